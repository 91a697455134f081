"""Why an output is its default, as closely as its lookups say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Word = tuple[str, str]
"""A group of texts, and the word in it."""


def why(
    output: Mapping[str, Any],
    detail: Mapping[str, Any],
    operations: Sequence[Mapping[str, Any]],
) -> Word:
    """The text that says it: what became of the lookup that decided, else the reason
    itself. ``detail``: of this output, as ``answering/shown/detail.py`` tells it."""
    because = str(output.get("because") or "")
    named = detail.get("lookups") or {}
    for step in operations:
        lookup = str(step.get("name", "")).partition(" ")[0]
        if lookup in named and _decided(step, because) and step.get("cause"):
            return "cause", str(step["cause"])
    return "because", because


def _decided(step: Mapping[str, Any], because: str) -> bool:
    """Whether this lookup has the status that is the reason."""
    withheld = because == "withheld" and step.get("cause") == "withheld"
    return withheld or step.get("status") == because
