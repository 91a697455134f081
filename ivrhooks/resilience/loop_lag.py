"""Measures how far a loop lags: the age of its current iteration.

Requests that arrive while a loop is busy all start in one long iteration, and none of
them continues before it ends. So the age of the iteration shows overload before a
single answer is late.
"""

from __future__ import annotations

import asyncio

from ivrhooks.resilience.deadline import Clock


class LoopLag:
    """The current iteration of the running loop, measured from the first call in it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.began: float | None = None

    def begin(self) -> None:
        """Start to measure this iteration, where ``began`` is None."""
        self.began = self._clock()
        asyncio.get_running_loop().call_soon(self._over)

    def age(self) -> float:
        """Return the seconds since the first call in this iteration; 0.0 at that
        call."""
        if self.began is None:
            self.begin()
            return 0.0
        return self._clock() - self.began

    def _over(self) -> None:
        self.began = None
