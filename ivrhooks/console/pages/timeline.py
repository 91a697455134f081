"""The steps of a data request on a time line, as numbers that an SVG can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 100.0
"""The time line's width, in its own units."""

_LEAST = 0.6  # a step that took no time can still be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: where it begins on the line, and how wide it is."""

    step: Mapping[str, Any]
    x: float
    width: float
    mood: str  # good | warn | bad | idle


@dataclass(frozen=True, slots=True)
class Timeline:
    """``deadline``: where it is marked, None where it is not known."""

    bars: tuple[Bar, ...]
    end_ms: float
    deadline_ms: float | None
    deadline: float | None


def timeline(
    operations: Sequence[Mapping[str, Any]], deadline_ms: float | None
) -> Timeline:
    """The line reaches to the deadline, or to the last step where that is later."""
    last = max((_end(step) for step in operations), default=0.0)
    end = max(last, deadline_ms or 0.0) or 1.0
    per_ms = WIDTH / (end * 1.02)
    bars = tuple(
        Bar(
            step,
            round(min(_number(step, "start_ms") * per_ms, WIDTH - _LEAST), 3),
            round(max(_number(step, "elapsed_ms") * per_ms, _LEAST), 3),
            _mood(step),
        )
        for step in operations
    )
    mark = None if not deadline_ms else round(deadline_ms * per_ms, 3)
    return Timeline(bars, end, deadline_ms or None, mark)


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
