"""Single-flight: who asks the same at the same time joins the request under way.

A flight belongs to the source, not to who asked first: each who waits leaves at a
deadline of their own, and the flight is ended when nobody waits any more - unless its
answer is to be kept, then it may go on for a bounded time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

from ivrhooks.resilience.deadline import Deadline
from ivrhooks.resilience.fair_scheduler import FairScheduler, wake

T = TypeVar("T")


class InFlight(Generic[T]):
    """One request under way. ``on_late`` is told when somebody's time, or the
    flight's own, is over before there is an answer; ``latest`` is the last moment
    anybody waits for; ``subject`` is for its owner, until it ends."""

    def __init__(
        self,
        run: Callable[[InFlight[T]], Awaitable[T]],
        *,
        on_end: Callable[[InFlight[T]], None],
        scheduler: FairScheduler,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_end = on_end
        self._scheduler = scheduler
        self._waiters: set[asyncio.Future[None]] = set()
        self._lasts: asyncio.TimerHandle | None = None
        self.latest = 0.0
        self.subject: Any = None
        self.on_late: Callable[[], None] | None = None
        self.task: asyncio.Task[T | None] = self._loop.create_task(self._fly(run))
        self.task.add_done_callback(self._wake)  # one that never began

    async def _fly(self, run: Callable[[InFlight[T]], Awaitable[T]]) -> T | None:
        try:
            return await run(self)
        except asyncio.CancelledError:
            return None  # raised, it would know this flight: a circle
        finally:
            self._ended()

    def keep_alive_until(self, deadline: Deadline) -> None:
        """Lets it go on without anybody waiting until then, to be kept."""
        self.latest = max(self.latest, deadline.at)
        if self._lasts is None and not self.task.done():
            self._lasts = self._loop.call_later(deadline.remaining(), self._expire)

    async def wait(self, deadline: Deadline) -> T | None:
        """The answer, or None when the deadline comes first; then as soon as courtesy
        allows.

        Where the caller is cancelled it leaves without a word: that says nothing of
        the source.
        """
        woken: asyncio.Future[None] = self._loop.create_future()
        self._waiters.add(woken)
        self.latest = max(self.latest, deadline.at)
        timer = self._loop.call_later(deadline.remaining(), self._over, woken)
        try:
            if not self.task.done():
                await woken
            if not self.task.done():
                return None
        finally:
            timer.cancel()
            self._waiters.discard(woken)
            self._end_if_idle()
        return None if self.task.cancelled() else self.task.result()

    def _over(self, woken: asyncio.Future[None]) -> None:
        """Somebody's time is: counted at once, and told in a turn of its own."""
        if not self.task.done():
            self._late()
        self._scheduler.later(partial(wake, woken))

    def _late(self) -> None:
        if self.on_late is not None:
            self.on_late()

    def _expire(self) -> None:
        self._lasts = None
        if not self._waiters and not self.task.done():
            self._late()
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        if not self._waiters and self._lasts is None and not self.task.done():
            self._ended()
            self.task.cancel()

    def _ended(self) -> None:
        if self._lasts is not None:
            self._lasts.cancel()
            self._lasts = None
        self.subject = self.on_late = None  # which know the flight: a circle
        self._wake()
        self._on_end(self)

    def _wake(self, _: object = None) -> None:
        """Those who wait go on in the next turn of the loop, when the task is done."""
        for woken in self._waiters:
            wake(woken)


class SingleFlight(Generic[T]):
    """The flights of one source. Strong references: a task that nobody holds may be
    collected in mid-air."""

    def __init__(self, scheduler: FairScheduler) -> None:
        """``courtesy``: in whose turns they leave who waited in vain."""
        self._scheduler = scheduler
        self._by_key: dict[Hashable, InFlight[T]] = {}
        self._all: set[InFlight[T]] = set()

    def __len__(self) -> int:
        return len(self._all)

    def under_way(self, key: Hashable) -> InFlight[T] | None:
        """The flight that one can join, if there is one."""
        return self._by_key.get(key)

    def start(
        self,
        key: Hashable | None,
        run: Callable[[InFlight[T]], Awaitable[T]],
    ) -> InFlight[T]:
        """A new flight. ``key`` None: nobody can join it (a write)."""

        def forget(flight: InFlight[T]) -> None:
            if key is not None and self._by_key.get(key) is flight:
                del self._by_key[key]

        flight: InFlight[T] = InFlight(run, on_end=forget, scheduler=self._scheduler)
        if key is not None:
            self._by_key[key] = flight
        self._all.add(flight)
        flight.task.add_done_callback(lambda _: self._all.discard(flight))
        return flight

    async def close(self) -> None:
        """Ends every flight."""
        tasks = [flight.task for flight in self._all]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
