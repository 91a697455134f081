"""The retry budget: keeps retries from doubling the load of a failing source."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ivrhooks.resilience.deadline import Clock

WINDOW = 10.0  # seconds that are counted
SHARE = 0.2  # retries for each call within the window
LEAST = 3  # retries that are always allowed within the window
SHORTEST_PAUSE, LONGEST_PAUSE = 0.005, 0.05


@dataclass(slots=True)
class _Slice:
    """The counts of a tenth of the window, which begins at ``since``."""

    since: float
    calls: int = 0
    retries: int = 0


class RetryBudget:
    """How many retries one source may get: a share of its calls, and at least a few."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._slices: deque[_Slice] = deque()
        self._until = -math.inf  # the end of the newest slice

    def count_call(self) -> None:
        """Count one more call, whatever its result."""
        if self._clock() >= self._until:
            self._now()
        self._slices[-1].calls += 1

    def take(self) -> bool:
        """Return whether a retry is left; if so, take it."""
        now = self._now()
        calls = sum(part.calls for part in self._slices)
        retries = sum(part.retries for part in self._slices)
        if retries + 1 > max(LEAST, calls * SHARE):
            return False
        now.retries += 1
        return True

    def _now(self) -> _Slice:
        now = self._clock()
        while self._slices and self._slices[0].since <= now - WINDOW:
            self._slices.popleft()
        if not self._slices or now - self._slices[-1].since >= WINDOW / 10:
            self._slices.append(_Slice(now))
            self._until = now + WINDOW / 10
        return self._slices[-1]


def pause(random: Callable[[], float]) -> float:
    """Return the seconds before a retry: short, and random, so that calls that failed
    together do not retry together."""
    return SHORTEST_PAUSE + (LONGEST_PAUSE - SHORTEST_PAUSE) * random()
