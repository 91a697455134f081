"""How far a loop is behind: the age of its present turn.

Requests that arrive while a loop is busy all start in one long iteration, and none of
them continues before it ends. So the age of the iteration shows overload before a
single answer is late.
"""

from __future__ import annotations

import asyncio

from ivrhooks.resilience.deadline import Clock


class LoopLag:
    """The present turn of the running loop, from the first look at it on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began: float | None = None

    def age(self) -> float:
        """Seconds since the first look in this turn; zero at that."""
        if self._began is None:
            self._began = self._clock()
            asyncio.get_running_loop().call_soon(self._over)
            return 0.0
        return self._clock() - self._began

    def _over(self) -> None:
        self._began = None
