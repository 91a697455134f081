"""The concurrency limit: so many questions to a source at once, and no queue.

A source that hangs holds its own places and nothing else. Who finds none waits for a
moment, in turn, and is then told that the source is busy.
"""

from __future__ import annotations

import asyncio
from collections import deque

PATIENCE = 0.05  # seconds; longer would be a queue that only delays the default


class Bulkhead:
    """The places of one source in one process."""

    def __init__(self, places: int, *, patience: float = PATIENCE) -> None:
        self._free = places
        self._patience = patience
        self._queue: deque[asyncio.Future[bool]] = deque()
        self.places = places

    @property
    def taken(self) -> int:
        """How many places are taken now."""
        return self.places - self._free

    @property
    def waiting(self) -> int:
        """How many wait for a place now."""
        return sum(not waiter.done() for waiter in self._queue)

    async def enter(self) -> bool:
        """Takes a place, waiting up to ``patience`` seconds; False: there is none."""
        if self._free > 0:
            self._free -= 1
            return True
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        self._queue.append(waiter)
        timer = loop.call_later(self._patience, _settle, waiter, False)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.result():
                self.leave()  # it was given a place in the moment it was cancelled
            raise
        finally:
            timer.cancel()

    def leave(self) -> None:
        """Gives a place back, to who has waited longest."""
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_result(True)
                return
        self._free += 1


def _settle(waiter: asyncio.Future[bool], result: bool) -> None:
    if not waiter.done():
        waiter.set_result(result)
