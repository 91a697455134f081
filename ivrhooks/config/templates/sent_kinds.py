"""The kinds of what a request carries: a field that is one parameter has its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ivrhooks.basics.people.personal import IDENTIFYING, strictest

_PARAMETER = re.compile(
    r"\s*\{\{-?\s*(?P<place>inputs|headers)"
    r"(?:\.(?P<name>\w+)|\[\s*(?P<quote>['\"])(?P<quoted>.+?)(?P=quote)\s*\])"
    r"\s*(?:\|\s*phone\([^()]*\)\s*)?-?\}\}\s*"
)
"""A template that gives a parameter's value, or a number in another form."""

_TOLD = IDENTIFYING | {"name"}


def sent_kinds(value: Any, kinds: Mapping[str, str]) -> dict[str, str]:
    """By the name of a field in ``value``, which is written under ``params`` or
    ``request``: its kind where it says of whom it is. ``kinds``: those of the
    parameters, ``inputs.tel`` (of headers in lower case)."""
    found: dict[str, str] = {}
    for name, text in _texts(value, ""):
        match = _PARAMETER.fullmatch(text)
        if match is None:
            continue
        asked = match["name"] or match["quoted"]
        asked = asked.lower() if match["place"] == "headers" else asked
        kind = kinds.get(f"{match['place']}.{asked}", "text")
        if name and kind in _TOLD:
            found[name] = strictest([found.get(name, kind), kind])
    return found


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Each text in a value with the name of the field that it is, or is a part of."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif isinstance(value, str):
        yield name, value
