"""The steps of a data request on a time line, as numbers for an SVG.

The line is as long as the steps. A deadline or timeout beyond its end is marked at the
edge; otherwise 14 ms of 2 s would be a dot at the left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 100.0
"""The time line's width, in its own units."""

_LEAST = 0.6  # the least width of a step, so that it is visible
_ROOM = 1.06  # times their length: a mark just after them is not at the edge
_NEAR = 1.5  # times their length: a mark nearer than this is drawn in its place


@dataclass(frozen=True, slots=True)
class Mark:
    """A limit in milliseconds, and where it is drawn. ``beyond``: at the edge, since
    the line ends before it."""

    ms: float
    x: float
    beyond: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: its start and width on the line, and where its source's ``timeout``
    would end it, counted from its start."""

    step: Mapping[str, Any]
    x: float
    width: float
    mood: str  # good | warn | bad | idle
    timeout: Mark | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """``deadline``: None where it is unknown. ``timeouts``: each source once."""

    bars: tuple[Bar, ...]
    end_ms: float
    deadline: Mark | None
    timeouts: Mapping[str, float]


def timeline(
    operations: Sequence[Mapping[str, Any]], deadline_ms: float | None
) -> Timeline:
    """Return the steps, scaled to their total length."""
    last = max((_end(step) for step in operations), default=0.0) or 1.0
    bounds = [_bound(step) for step in operations] + [deadline_ms or None]
    near = [bound for bound in bounds if bound is not None and bound <= last * _NEAR]
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
    """Return where the source's own timeout ends a step, or None."""
    own = step.get("timeout_ms")
    if own is None or step.get("status") == "skipped":
        return None
    return _number(step, "start_ms") + float(own)


def _source(step: Mapping[str, Any]) -> str:
    """Return the source of a step ``<lookup> <source>.<operation>``."""
    return str(step.get("name", "")).partition(" ")[2].partition(".")[0]


def _mood(step: Mapping[str, Any]) -> str:
    if step.get("status") == "skipped":
        return "idle"
    if step.get("success"):
        return "good"
    return "warn" if step.get("name") == "answer" else "bad"  # it left degraded


def _end(step: Mapping[str, Any]) -> float:
    return _number(step, "start_ms") + _number(step, "elapsed_ms")


def _number(step: Mapping[str, Any], key: str) -> float:
    value = step.get(key)
    return float(value) if isinstance(value, int | float) else 0.0
