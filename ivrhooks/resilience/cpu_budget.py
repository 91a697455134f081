"""The CPU budget: heavy work gets a share of the event loop's time, and no more.

While a loop parses what a flooding source sends, it answers nobody else. Cheap work is
done at once; expensive work waits here for its slice. After each slice the rest of the
process has twice as long for itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ivrhooks.resilience.deadline import Clock

T = TypeVar("T")

TURN = 0.001  # seconds of work, after which the next waits
SHARE = 1 / 3  # of the loop's time, while there is work that waits
LONGEST_PAUSE = 0.1  # seconds


def _resolve(outcome: asyncio.Future[T], work: Callable[[], T]) -> None:
    if outcome.done():
        return
    try:
        outcome.set_result(work())
    except Exception as problem:
        outcome.set_exception(problem)


class CpuBudget:
    """Lets heavy work through in turn. One for all sources of a process.

    ``clock`` measures what work costs; a loop's own time stands still meanwhile.
    """

    def __init__(self, *, clock: Clock = time.perf_counter) -> None:
        self.clock = clock
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Callable[[], None]] = deque()
        self._timer: asyncio.Handle | None = None
        self._next_turn = 0.0

    def later(self, work: Callable[[], None]) -> None:
        """Does ``work``, which must not raise, when its turn has come."""
        self._waiting.append(work)
        if self._timer is None:
            self._wait(self._next_turn - self.clock())

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` gives or raises, when its turn has come. Not done at all where
        nobody waits for it any more."""
        outcome: asyncio.Future[T] = self._loop.create_future()
        self.later(partial(_resolve, outcome, work))
        try:
            return await outcome
        finally:
            del outcome  # what it raises knows this frame: a circle

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._timer = self._loop.call_later(seconds, self._turn)
        else:
            self._timer = self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        began = self.clock()
        spent = 0.0
        while self._waiting and spent < TURN:
            self._waiting.popleft()()
            spent = self.clock() - began
        pause = min(spent * (1.0 / SHARE - 1.0), LONGEST_PAUSE)
        self._next_turn = began + spent + pause
        self._timer = None
        if self._waiting:
            self._wait(pause)
