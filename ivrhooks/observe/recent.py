"""Counts of the last 5 and 60 minutes, by endpoint and source.

The counters only grow. They are copied every few seconds, and a window reports the
difference between two copies. This adds no work to an answer.
"""

from __future__ import annotations

import time
from array import array
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.observe.durations import SIZE, since

WINDOWS: Mapping[str, float] = {"5": 300.0, "60": 3600.0}
"""The length of each window in seconds, by its minutes."""

_STEPS = 12
"""How many copies a window keeps: it ends now, and its start is exact to a twelfth of
its length."""

_IDLE_FACTOR = 20.0
"""The thread that writes snapshots works at most one part in this many."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of one endpoint or source since the start. ``good``: answers with status
    200, or lookups; ``failed``: those among them in which something failed."""

    all: int
    good: int
    failed: int
    took: array[float]


_NONE = Counted(0, 0, 0, array("d", bytes(8 * (SIZE - 1))))

Tallies = Mapping[str, Counted]


class Window:
    """Counts of the last ``length`` seconds."""

    def __init__(self, length: float) -> None:
        self._length = length
        self._notes: deque[tuple[float, Tallies]] = deque()

    def rates(self, now: float, counts: Tallies) -> dict[str, Any]:
        """Return by name ``all``, ``good``, ``failed`` and ``took``, without names that
        had no activity."""
        notes = self._notes
        if not notes:
            notes.append((now, {}))
        while len(notes) > 1 and notes[0][0] < now - self._length:
            notes.popleft()
        before = notes[0][1]
        if now - notes[-1][0] >= self._length / _STEPS:
            notes.append((now, counts))
        return {
            name: _difference(counted, before.get(name, _NONE))
            for name, counted in counts.items()
            if counted.all != before.get(name, _NONE).all
        }


def _difference(now: Counted, before: Counted) -> dict[str, Any]:
    return {
        "all": now.all - before.all,
        "good": now.good - before.good,
        "failed": now.failed - before.failed,
        "took": since(now.took, before.took),
    }


class Recent:
    """The windows over everything that ``count`` returns. ``count`` receives its last
    result, so that unchanged counts are not copied again."""

    def __init__(
        self,
        count: Callable[[Tallies], Tallies],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count = count
        self._clock = clock
        self._windows = {name: Window(length) for name, length in WINDOWS.items()}
        self._last: Tallies = {}
        self._rates: dict[str, Any] = {name: {} for name in WINDOWS}
        self._next = float("-inf")

    def rates(self) -> dict[str, Any]:
        """Return the activity by window and name."""
        now = self._clock()
        if now >= self._next:
            self._last = self._count(self._last)
            self._rates = {
                name: window.rates(now, self._last)
                for name, window in self._windows.items()
            }
            self._next = now + _IDLE_FACTOR * (self._clock() - now)
        return self._rates
