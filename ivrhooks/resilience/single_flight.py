"""Single-flight: identical queries made at the same time share one request.

A request in flight belongs to the source, not to its first caller. Each waiting lookup
leaves at its own deadline. The request ends when nobody waits any more; if its answer
goes into a cache, it may go on for a limited time.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.deadlines import Deadlines
from ivrhooks.resilience.fair_scheduler import FairScheduler

T = TypeVar("T")
Flight = TypeVar("Flight", bound="InFlight[Any]")


class InFlight(ABC, Generic[T]):
    """One request in flight.

    Its owner says what ``abort``, ``late`` and ``late_result`` do, and ends it by
    ``end``. ``latest``: the time until which anybody waits for it.
    """

    def __init__(
        self, flights: SingleFlight[Any], key: Hashable | None, clock: Clock
    ) -> None:
        """``key`` None: nobody can join it (a write)."""
        self.flights = flights
        self.key = key
        self.clock = clock
        self.done = False
        self.latest = 0.0
        self.result: T | None = None
        self._waiters: dict[Waiter[T], None] = {}
        self._keep_alive: asyncio.TimerHandle | None = None

    def left(self) -> float:
        """Return the seconds for which anybody waits for it."""
        return self.latest - self.clock()

    @abstractmethod
    def abort(self) -> None:
        """Cancel the running work: nobody waits for it any more."""

    @abstractmethod
    def late(self) -> None:
        """Handle that a caller's time, or its own, is over without an answer."""

    @abstractmethod
    def late_result(self) -> T:
        """Return the result for a caller that leaves without an answer."""

    def keep_alive_until(self, deadline: Deadline) -> None:
        """Let the request go on until then with nobody waiting, so that its answer can
        be cached."""
        self.latest = max(self.latest, deadline.at)
        if self._keep_alive is None and not self.done:
            loop = asyncio.get_running_loop()
            self._keep_alive = loop.call_later(deadline.remaining(), self._expire)

    def join(
        self,
        on_result: Callable[[T], None],
        deadline: Deadline,
        *,
        watched: bool = False,
    ) -> Waiter[T]:
        """Wait for the answer until the deadline. May be called only while the request
        is not done.

        ``watched``: the caller watches its deadline itself and calls ``expire``.
        """
        deadlines = None if watched else self.flights.deadlines
        waiter = Waiter(self, on_result, deadlines)
        self._waiters[waiter] = None
        if deadline.at > self.latest:
            self.latest = deadline.at
        if deadlines is not None:
            deadlines.watch_for(waiter, deadline.remaining())
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
        self.flights.scheduler.later(waiter.give_up)

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
        self.flights.remove(self)


class Waiter(Generic[T]):
    """One caller that waits for a request in flight, until its own deadline.

    ``deadlines``: where that is watched; None where the caller calls ``expire``.
    """

    __slots__ = ("_deadlines", "_flight", "_on_result")

    def __init__(
        self,
        flight: InFlight[T],
        on_result: Callable[[T], None],
        deadlines: Deadlines | None,
    ) -> None:
        self._flight: InFlight[T] | None = flight
        self._on_result: Callable[[T], None] | None = on_result
        self._deadlines = deadlines

    def cancel(self) -> None:
        """Leave without a callback; this says nothing about the source."""
        flight, self._flight, self._on_result = self._flight, None, None
        if flight is not None:
            if self._deadlines is not None:
                self._deadlines.forget(self)
            flight.leave(self)

    def give(self, result: T) -> None:
        """Take the answer and stop waiting."""
        on_result, self._flight, self._on_result = self._on_result, None, None
        if self._deadlines is not None:
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
        """``scheduler``: schedules the results of callers whose wait has failed;
        ``deadlines``: those of the loop."""
        self.scheduler = scheduler
        self.deadlines = deadlines or Deadlines()
        self._by_key: dict[Hashable, Flight] = {}
        self._alone: set[Flight] = set()  # those that nobody can join

    def __len__(self) -> int:
        return len(self._by_key) + len(self._alone)

    def under_way(self, key: Hashable) -> Flight | None:
        """Return the request that a caller can join, or None."""
        return self._by_key.get(key)

    def add(self, flight: Flight) -> None:
        """Add a request that has begun, and that nobody could join so far."""
        if flight.key is None:
            self._alone.add(flight)
        else:
            self._by_key[flight.key] = flight

    def remove(self, flight: Flight) -> None:
        """Remove a request that has ended."""
        if flight.key is None:
            self._alone.discard(flight)
        elif self._by_key.get(flight.key) is flight:
            del self._by_key[flight.key]

    def close(self) -> None:
        """Cancel every request."""
        for flight in (*self._by_key.values(), *self._alone):
            flight.cancel()
