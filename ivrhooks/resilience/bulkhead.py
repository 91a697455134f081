"""The concurrency limit: a maximum number of simultaneous queries to a source.

A source that hangs uses up only its own permits. A lookup that finds no free permit
waits for a moment, in order of arrival, and then gets the status ``busy``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

MAX_WAIT = 0.05  # seconds; a longer wait would only delay the default


class Bulkhead:
    """The permits of one source in one process."""

    def __init__(self, permits: int, *, max_wait: float = MAX_WAIT) -> None:
        self._free = permits
        self._max_wait = max_wait
        self._queue: deque[PermitWait] = deque()
        self.permits = permits

    @property
    def in_use(self) -> int:
        """Return how many permits are in use."""
        return self.permits - self._free

    @property
    def waiting(self) -> int:
        """Return how many calls wait for a permit."""
        return sum(wait.is_waiting for wait in self._queue)

    def enter(self) -> bool:
        """Take a permit; return False where none is free."""
        if self._free > 0:
            self._free -= 1
            return True
        return False

    def wait(self, on_end: Callable[[bool], None]) -> PermitWait:
        """Wait for a permit in order of arrival, up to ``max_wait`` seconds.

        ``on_end`` gets whether there is a permit, in a separate iteration of the loop.
        """
        wait = PermitWait(self, on_end, self._max_wait)
        self._queue.append(wait)
        return wait

    def leave(self) -> None:
        """Give a permit back, to the call that has waited longest."""
        while self._queue:
            if self._queue.popleft().give():
                return
        self._free += 1


class PermitWait:
    """One call's wait for a permit."""

    __slots__ = ("_bulkhead", "_granted", "_on_end", "_timer")

    def __init__(
        self, bulkhead: Bulkhead, on_end: Callable[[bool], None], seconds: float
    ) -> None:
        self._bulkhead = bulkhead
        self._on_end: Callable[[bool], None] | None = on_end
        self._granted = False
        loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle = loop.call_later(seconds, self._end)

    @property
    def is_waiting(self) -> bool:
        """Return whether it has neither got a permit nor given up."""
        return self._on_end is not None and not self._granted

    def give(self) -> bool:
        """Give it a permit; return False where it no longer waits."""
        if not self.is_waiting:
            return False
        self._granted = True
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_soon(self._end)
        return True

    def cancel(self) -> None:
        """Leave the queue; a permit that was just given is given back."""
        self._timer.cancel()
        if self._on_end is not None and self._granted:
            self._bulkhead.leave()
        self._on_end = None

    def _end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self._granted)
