"""The steps of a data request on a time line, as numbers that an SVG can have.

The line is as long as what happened. A deadline or a time-out that lies beyond its end
is marked at the edge, and said to lie there: 14 ms of 2 s are no dot at the left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 100.0
"""The time line's width, in its own units."""

_LEAST = 0.6  # a step that took no time can still be seen
_ROOM = 1.06  # of what happened: a mark just behind it is not at the edge
_NEAR = 1.5  # of what happened: a mark as near as this is drawn where it belongs


@dataclass(frozen=True, slots=True)
class Mark:
    """A bound in milliseconds of the line, and where it stands. ``beyond``: at the
    edge, since the line ends before."""

    ms: float
    x: float
    beyond: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: where it begins on the line, how wide it is, and where its source's own
    ``timeout`` ends it, counted from its begin."""

    step: Mapping[str, Any]
    x: float
    width: float
    mood: str  # good | warn | bad | idle
    timeout: Mark | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """``deadline``: None where it is not known. ``timeouts``: by source, each once."""

    bars: tuple[Bar, ...]
    end_ms: float
    deadline: Mark | None
    timeouts: Mapping[str, float]


def timeline(
    operations: Sequence[Mapping[str, Any]], deadline_ms: float | None
) -> Timeline:
    """The steps, zoomed to what happened."""
    last = max((_end(step) for step in operations), default=0.0) or 1.0
    bounds = [_bound(step) for step in operations] + [deadline_ms or None]
    near = [one for one in bounds if one is not None and one <= last * _NEAR]
    end = max([last, *near]) * _ROOM
    bars = tuple(_bar(step, end) for step in operations)
    deadline = None if not deadline_ms else _mark(deadline_ms, end)
    timeouts = {
        _source(step): float(step["timeout_ms"])
        for step in operations
        if step.get("timeout_ms") is not None
    }
    return Timeline(bars, round(end, 3), deadline, timeouts)


def _bar(step: Mapping[str, Any], end: float) -> Bar:
    per_ms = WIDTH / end
    bound = _bound(step)
    return Bar(
        step,
        round(min(_number(step, "start_ms") * per_ms, WIDTH - _LEAST), 3),
        round(max(_number(step, "elapsed_ms") * per_ms, _LEAST), 3),
        _mood(step),
        None if bound is None else _mark(bound, end),
    )


def _mark(milliseconds: float, end: float) -> Mark:
    beyond = milliseconds > end
    x = WIDTH if beyond else round(milliseconds * WIDTH / end, 3)
    return Mark(milliseconds, x, beyond)


def _bound(step: Mapping[str, Any]) -> float | None:
    """When the source's own time-out ends a step, on the line."""
    own = step.get("timeout_ms")
    if own is None or step.get("status") == "skipped":
        return None
    return _number(step, "start_ms") + float(own)


def _source(step: Mapping[str, Any]) -> str:
    """The source of a step ``<lookup> <source>.<operation>``."""
    return str(step.get("name", "")).partition(" ")[2].partition(".")[0]


def _mood(step: Mapping[str, Any]) -> str:
    if step.get("status") == "skipped":
        return "idle"
    if step.get("success"):
        return "good"
    return "warn" if step.get("name") == "answer" else "bad"  # it left, degraded


def _end(step: Mapping[str, Any]) -> float:
    return _number(step, "start_ms") + _number(step, "elapsed_ms")


def _number(step: Mapping[str, Any], key: str) -> float:
    value = step.get(key)
    return float(value) if isinstance(value, int | float) else 0.0
