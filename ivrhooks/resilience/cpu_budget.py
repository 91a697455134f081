"""The CPU budget: limits heavy work to a share of the event loop's time.

While a loop parses a source's large answers, it serves nobody else. Cheap work is done
at once; expensive work waits here for its slice. After each slice the rest of the
process gets twice as long.
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

SLICE = 0.001  # seconds of work in one slice
SHARE = 1 / 3  # of the loop's time, while work is waiting
LONGEST_PAUSE = 0.1  # seconds


def _resolve(outcome: asyncio.Future[T], work: Callable[[], T]) -> None:
    if outcome.done():
        return
    try:
        outcome.set_result(work())
    except Exception as problem:
        outcome.set_exception(problem)


class CpuBudget:
    """Runs heavy work in order of arrival. There is one for all sources of a process.

    ``clock`` measures the cost of work; a loop's own clock may not advance meanwhile.
    """

    def __init__(self, *, clock: Clock = time.perf_counter) -> None:
        self.clock = clock
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Callable[[], None]] = deque()
        self._timer: asyncio.Handle | None = None
        self._next_slice = 0.0

    def later(self, work: Callable[[], None]) -> None:
        """Run ``work``, which must not raise, when its slice comes."""
        self._waiting.append(work)
        if self._timer is None:
            self._wait(self._next_slice - self.clock())

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` gives, or raise what it raises, when its slice comes.

        It is not run at all where nobody waits for it any more.
        """
        outcome: asyncio.Future[T] = self._loop.create_future()
        self.later(partial(_resolve, outcome, work))
        try:
            return await outcome
        finally:
            del outcome  # the raised exception refers to this frame: a cycle

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._timer = self._loop.call_later(seconds, self._run_slice)
        else:
            self._timer = self._loop.call_soon(self._run_slice)

    def _run_slice(self) -> None:
        began = self.clock()
        spent = 0.0
        while self._waiting and spent < SLICE:
            self._waiting.popleft()()
            spent = self.clock() - began
        pause = min(spent * (1.0 / SHARE - 1.0), LONGEST_PAUSE)
        self._next_slice = began + spent + pause
        self._timer = None
        if self._waiting:
            self._wait(pause)
