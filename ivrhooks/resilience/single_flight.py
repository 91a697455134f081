"""Single-flight: identical queries made at the same time share one request.

A request in flight belongs to the source, not to its first caller. Each waiting lookup
leaves at its own deadline. The request ends when nobody waits any more; if its answer
goes into a cache, it may go on for a limited time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.deadlines import Deadlines
from ivrhooks.resilience.fair_scheduler import FairScheduler

T = TypeVar("T")
Flight = TypeVar("Flight", bound="InFlight[Any]")


class Left:
    """The seconds for which anybody still waits for a request.

    It has no reference to the request, so that whatever the request calls may hold it
    without a reference cycle.
    """

    __slots__ = ("clock", "latest")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.latest = 0.0

    def __call__(self) -> float:
        return self.latest - self.clock()


class InFlight(Generic[T]):
    """One request in flight.

    Its owner overrides ``abort`` and ``late`` and ends it by ``end``. ``left``: the
    seconds for which anybody waits for it.
    """

    __slots__ = (
        "_flights",
        "_keep_alive",
        "_key",
        "_scheduler",
        "_waiters",
        "deadlines",
        "done",
        "left",
        "result",
    )

    def __init__(
        self, flights: SingleFlight[Any], key: Hashable | None, clock: Clock
    ) -> None:
        """``key`` None: nobody can join it (a write)."""
        self._flights: SingleFlight[Any] | None = flights
        self._key = key
        self._scheduler = flights.scheduler
        self.deadlines = flights.deadlines
        self._waiters: dict[Waiter[T], None] = {}
        self._keep_alive: asyncio.TimerHandle | None = None
        self.left = Left(clock)
        self.done = False
        self.result: T | None = None

    def abort(self) -> None:
        """Cancel the running work: nobody waits for it any more."""

    def late(self) -> None:
        """Handle that a caller's time, or its own, is over without an answer."""

    def late_result(self) -> T:
        """Return the result for a caller that leaves without an answer."""
        raise NotImplementedError

    def keep_alive_until(self, deadline: Deadline) -> None:
        """Let the request go on until then with nobody waiting, so that its answer can
        be cached."""
        self.left.latest = max(self.left.latest, deadline.at)
        if self._keep_alive is None and not self.done:
            loop = asyncio.get_running_loop()
            self._keep_alive = loop.call_later(deadline.remaining(), self._expire)

    def join(self, on_result: Callable[[T], None], deadline: Deadline) -> Waiter[T]:
        """Wait for the answer until the deadline. May be called only while the request
        is not done."""
        waiter = Waiter(self, on_result, deadline)
        self._waiters[waiter] = None
        if deadline.at > self.left.latest:
            self.left.latest = deadline.at
        return waiter

    def end(self, result: T) -> None:
        """Give the answer to all who wait; later answers are ignored."""
        if self.done:
            return
        self.result = result
        self._close()
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            waiter.give(result)

    def cancel(self) -> None:
        """End the request without an answer: the source is closed."""
        if not self.done:
            result = self.late_result()
            self._close()
            self.abort()
            waiters, self._waiters = self._waiters, {}
            for waiter in waiters:
                waiter.give(result)

    def leave(self, waiter: Waiter[T]) -> None:
        """Remove a waiter."""
        self._waiters.pop(waiter, None)
        self._end_if_idle()

    def time_over(self, waiter: Waiter[T]) -> None:
        """Count the late answer at once, and give the waiter its result in a separate
        iteration of the loop."""
        if not self.done:
            self.late()
        self._scheduler.later(waiter.give_up)

    def _expire(self) -> None:
        self._keep_alive = None
        if not self._waiters and not self.done:
            self.late()
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        if not self._waiters and self._keep_alive is None and not self.done:
            self._close()
            self.abort()

    def _close(self) -> None:
        self.done = True
        if self._keep_alive is not None:
            self._keep_alive.cancel()
            self._keep_alive = None
        if self._flights is not None:
            self._flights.remove(self._key, self)
            self._flights = None


class Waiter(Generic[T]):
    """One caller that waits for a request in flight, until its own deadline."""

    __slots__ = ("_deadlines", "_flight", "_on_result")

    def __init__(
        self,
        flight: InFlight[T],
        on_result: Callable[[T], None],
        deadline: Deadline,
    ) -> None:
        self._flight: InFlight[T] | None = flight
        self._on_result: Callable[[T], None] | None = on_result
        self._deadlines = flight.deadlines
        self._deadlines.watch_for(self, deadline.remaining())

    def cancel(self) -> None:
        """Leave without a callback; this says nothing about the source."""
        flight, self._flight, self._on_result = self._flight, None, None
        self._deadlines.forget(self)
        if flight is not None:
            flight.leave(self)

    def give(self, result: T) -> None:
        """Take the answer and stop waiting."""
        on_result, self._flight, self._on_result = self._on_result, None, None
        self._deadlines.forget(self)
        if on_result is not None:
            on_result(result)

    def give_up(self) -> None:
        """Leave without an answer."""
        flight, on_result = self._flight, self._on_result
        if flight is None or on_result is None:
            return
        result = flight.late_result()
        self.cancel()
        on_result(result)

    def expire(self) -> None:
        """Handle that its deadline has come."""
        if self._flight is not None:
            self._flight.time_over(self)


class SingleFlight(Generic[Flight]):
    """The requests in flight of one source."""

    def __init__(
        self, scheduler: FairScheduler, deadlines: Deadlines | None = None
    ) -> None:
        """``scheduler``: schedules the results of callers that waited in vain;
        ``deadlines``: those of the loop."""
        self.scheduler = scheduler
        self.deadlines = deadlines or Deadlines()
        self._by_key: dict[Hashable, Flight] = {}
        self._all: dict[Flight, None] = {}

    def __len__(self) -> int:
        return len(self._all)

    def under_way(self, key: Hashable) -> Flight | None:
        """Return the request that a caller can join, or None."""
        return self._by_key.get(key)

    def add(self, key: Hashable | None, flight: Flight) -> None:
        """Add a request that has begun."""
        if key is not None:
            self._by_key[key] = flight
        self._all[flight] = None

    def remove(self, key: Hashable | None, flight: Flight) -> None:
        """Remove a request that has ended."""
        self._all.pop(flight, None)
        if key is not None and self._by_key.get(key) is flight:
            del self._by_key[key]

    def close(self) -> None:
        """Cancel every request."""
        for flight in tuple(self._all):
            flight.cancel()
