"""The concurrency limit: so many questions to a source at once, and no queue.

A source that hangs holds its own permits and nothing else. A lookup that finds no
permit waits for a moment, first come first served, and is then ``busy``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

MAX_WAIT = 0.05  # seconds; longer would be a queue that only delays the default


class Bulkhead:
    """The permits of one source in one process."""

    def __init__(self, permits: int, *, max_wait: float = MAX_WAIT) -> None:
        self._free = permits
        self._max_wait = max_wait
        self._queue: deque[PermitWait] = deque()
        self.permits = permits

    @property
    def in_use(self) -> int:
        """How many permits are in use now."""
        return self.permits - self._free

    @property
    def waiting(self) -> int:
        """How many wait for a permit now."""
        return sum(wait.is_waiting for wait in self._queue)

    def enter(self) -> bool:
        """Takes a permit; False: there is none now."""
        if self._free > 0:
            self._free -= 1
            return True
        return False

    def wait(self, on_end: Callable[[bool], None]) -> PermitWait:
        """Waits in turn, up to ``max_wait`` seconds. ``on_end`` learns whether there
        is a permit, in a turn of the loop of its own."""
        wait = PermitWait(self, on_end, self._max_wait)
        self._queue.append(wait)
        return wait

    def leave(self) -> None:
        """Gives a permit back, to whoever has waited longest."""
        while self._queue:
            if self._queue.popleft().give():
                return
        self._free += 1


class PermitWait:
    """One call's wait for a permit."""

    __slots__ = ("_bulkhead", "_given", "_on_end", "_timer")

    def __init__(
        self, bulkhead: Bulkhead, on_end: Callable[[bool], None], seconds: float
    ) -> None:
        self._bulkhead = bulkhead
        self._on_end: Callable[[bool], None] | None = on_end
        self._given = False
        loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle = loop.call_later(seconds, self._end)

    @property
    def is_waiting(self) -> bool:
        """Whether it has neither a permit nor given up."""
        return self._on_end is not None and not self._given

    def give(self) -> bool:
        """Hands it a permit; False where nobody waits any more."""
        if not self.is_waiting:
            return False
        self._given = True
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_soon(self._end)
        return True

    def cancel(self) -> None:
        """Leaves the queue; a permit that was given in this moment goes back."""
        self._timer.cancel()
        if self._on_end is not None and self._given:
            self._bulkhead.leave()
        self._on_end = None

    def _end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self._given)
