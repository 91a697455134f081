"""Compares a recorded answer with the present answer to the same data request.

Each output gets one verdict: ``same``, ``changed``, ``lost`` (a value became a
default), ``won`` (a default became a value) or ``not_judged`` (a lookup that it names
has no recording, or it shows the id of an action).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SAME, CHANGED, LOST, WON, NOT_JUDGED = "same", "changed", "lost", "won", "not_judged"
MAX_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class OutputAnswer:
    """One output of one answer. ``because``: why it is a default or left out, "" where
    it has a value of its own."""

    value: Any
    because: str = ""

    @property
    def has_value(self) -> bool:
        return not self.because


@dataclass(frozen=True, slots=True)
class Example:
    """One data request in which an output changes; values masked."""

    request_id: str
    before: Any
    after: Any
    because: str


@dataclass(slots=True)
class OutputTally:
    """How often an output got each verdict, with the first examples."""

    name: str
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((SAME, CHANGED, LOST, WON, NOT_JUDGED), 0)
    )
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class EndpointTally:
    """All data requests of one endpoint, under its present name."""

    endpoint: str
    requests: int = 0
    changed: int = 0
    outputs: dict[str, OutputTally] = field(default_factory=dict)

    def count_the_same(self) -> None:
        """Count one more data request in which nothing changes."""
        self.requests += 1
        for output in self.outputs.values():
            output.counts[SAME] += 1

    def output(self, name: str) -> OutputTally:
        """Return the tally of an output; one that is first met late counts as ``same``
        until then."""
        tally = self.outputs.get(name)
        if tally is None:
            tally = self.outputs[name] = OutputTally(name)
            tally.counts[SAME] = self.requests
        return tally


def verdict_on(before: OutputAnswer | None, after: OutputAnswer | None) -> str:
    """Return the verdict on one output; None: it is not declared on that side."""
    if after is None:
        return LOST
    if before is None:
        return WON if after.has_value else SAME
    if before.has_value and not after.has_value:
        return LOST
    if after.has_value and not before.has_value:
        return WON
    return SAME if _alike(before.value, after.value) else CHANGED


def _alike(before: Any, after: Any) -> bool:
    return type(before) is type(after) and bool(before == after)


def why(verdict: str, before: OutputAnswer | None, after: OutputAnswer | None) -> str:
    """Return in words what made an output change."""
    if after is None:
        return "the output is gone"
    if before is None:
        return "the output is new"
    if verdict == LOST:
        return after.because
    return f"was {before.because}" if verdict == WON else "another value"


def overall(tallies: Mapping[str, EndpointTally]) -> tuple[int, int]:
    """Return how many data requests there were, and for how many the answer changes."""
    requests = sum(tally.requests for tally in tallies.values())
    return requests, sum(tally.changed for tally in tallies.values())


def as_data(tallies: Mapping[str, EndpointTally]) -> dict[str, Any]:
    """Return what ``replay --json`` prints, without ``ok``."""
    requests, changed = overall(tallies)
    return {
        "requests": requests,
        "changed": changed,
        "endpoints": [_endpoint_data(tally) for tally in tallies.values()],
    }


def _endpoint_data(tally: EndpointTally) -> dict[str, Any]:
    return {
        "endpoint": tally.endpoint,
        "requests": tally.requests,
        "changed": tally.changed,
        "outputs": [
            {
                "name": output.name,
                **output.counts,
                "examples": [asdict(example) for example in output.examples],
            }
            for output in tally.outputs.values()
        ],
    }


def is_lost(tallies: Mapping[str, EndpointTally]) -> bool:
    """Return whether any value became a default."""
    return any(
        output.counts[LOST]
        for tally in tallies.values()
        for output in tally.outputs.values()
    )
