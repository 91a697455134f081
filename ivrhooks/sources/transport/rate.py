"""Delays requests to a source so that they keep to its ``rate_limit``."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrhooks.basics.errors import SourceBusy
from ivrhooks.sources.transport.exchange import Exchange

if TYPE_CHECKING:
    from ivrhooks.store.shared import Shared


MAX_WAIT = 0.05  # seconds; longer would be a queue that only delays the default
BURST = 1.0  # seconds' worth that goes at once


class RateLimiter:
    """The rate of one source, by the generic cell rate algorithm: one number is kept,
    the moment at which the next request would come if all came evenly. ``interval``:
    seconds between two requests; ``burst``: seconds by which one may come before its
    time."""

    __slots__ = ("_due", "burst", "interval")

    def __init__(self, per_second: float) -> None:
        self.interval = 1.0 / per_second
        self.burst = max(BURST, self.interval)
        self._due = 0.0

    def take(self, now: float, max_wait: float = MAX_WAIT) -> float | None:
        """Return the seconds until a request may leave, and count it."""
        due = max(self._due, now) + self.interval
        wait = due - self.burst - now
        if wait > max_wait + 1e-9:  # sums of fractions are slightly too small
            return None
        self._due = due
        return max(0.0, wait)


Begin = Callable[[Exchange], None]


class RequestRate:
    """The rate limit of one source, on the running loop.

    It counts for this process, or with ``shared`` for all that use the same ``key`` in
    Redis. While Redis is down each process counts for itself.
    """

    def __init__(
        self, per_second: float, *, shared: Shared | None = None, key: str = ""
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._limiter = RateLimiter(per_second)
        self._shared = shared
        self._key = "ivrhooks:rate:" + hashlib.sha256(key.encode()).hexdigest()[:40]
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Wait for commands to Redis whose results are no longer used."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, exchange: Exchange, begin: Begin) -> None:
        """Begin ``exchange`` when its turn has come, or end it as busy.

        Where it has to wait, nothing is called before this function has returned.
        """
        if self._shared is not None and self._shared.up:
            task = self._loop.create_task(self._ask(self._shared, exchange, begin))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            exchange.dial = task
            return
        self._wait(self._limiter.take(self._loop.time()), exchange, begin)

    async def _ask(self, shared: Shared, exchange: Exchange, begin: Begin) -> None:
        limiter = self._limiter
        wait = await shared.next_slot(
            self._key,
            interval=limiter.interval,
            burst=limiter.burst,
            max_wait=MAX_WAIT,
        )
        exchange.dial = None
        if wait is None:
            wait = limiter.take(self._loop.time())
        elif wait < 0.0:
            wait = None
        self._wait(wait, exchange, begin)

    def _wait(self, wait: float | None, exchange: Exchange, begin: Begin) -> None:
        if wait is None:
            busy = SourceBusy("rate_limit is reached")
            exchange.dial = self._loop.call_soon(exchange.fail, busy)
        elif wait > 0.0:
            exchange.dial = self._loop.call_later(wait, self._begin, exchange, begin)
        else:
            begin(exchange)

    def _begin(self, exchange: Exchange, begin: Begin) -> None:
        exchange.dial = None
        begin(exchange)
