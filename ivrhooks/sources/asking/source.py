"""A configured source: queries its customer system and always answers in time.

A query passes the cache, a request in flight that it may join, breaker, bulkhead,
token, exchange and retries, in this order. A request in flight belongs to the source:
where its reply is to be cached, it outlives the caller who started it. Each caller
waits until their own deadline. A query runs as a task only where it waits for more than
one exchange.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.awaited import outcome_of
from ivrhooks.resilience.cache import Cache, CacheEntry
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.single_flight import SingleFlight, Waiter
from ivrhooks.sources.asking.attempts import Asking
from ivrhooks.sources.asking.reply_cache import CachedReply, ReplyCache
from ivrhooks.sources.asking.request_in_flight import (
    OPEN,
    RequestInFlight,
    failure,
    internal,
)
from ivrhooks.sources.asking.shared_resources import SharedResources
from ivrhooks.sources.asking.source_pipeline import pipeline_of
from ivrhooks.sources.interface import (
    FAILED,
    CacheSettings,
    Outcome,
    Query,
    Request,
    SourceSettings,
)

OnOutcome = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class SourceState:
    """The state of a source, for metrics.

    ``breaker``: closed | open | half_open; ``asking``: permits in use; ``waiting``:
    queries that wait for a permit.
    """

    breaker: str
    asking: int
    waiting: int


class Source:
    """A source of the YAML, bound to the running event loop."""

    def __init__(
        self,
        settings: SourceSettings,
        asking: Asking,
        resources: SharedResources,
        *,
        chance: Callable[[], float],
        whose: str = "",
    ) -> None:
        self.settings = settings
        self.clock: Clock = resources.clock
        self.scheduler = resources.scheduler
        self.attempts = asking
        self._resources = resources
        self.replies = ReplyCache(
            resources.cache,
            whose=f"{settings.name} {settings.kind} {whose}",
            clock=resources.clock,
            now=resources.now,
            shared=resources.shared,
        )
        self.pipeline = pipeline_of(settings, resources.clock, chance)
        self.flights: SingleFlight[RequestInFlight] = SingleFlight(
            resources.scheduler, resources.deadlines
        )

    @property
    def state(self) -> SourceState:
        """The current state."""
        bulkhead = self.pipeline.bulkhead
        breaker = self.pipeline.breaker.state
        return SourceState(breaker, bulkhead.in_use, bulkhead.waiting)

    @property
    def cache(self) -> Cache:
        """The cache that this source shares with the others of the process."""
        return self._resources.cache

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop to which it belongs."""
        return self._resources.loop

    @property
    def shares(self) -> bool | None:
        """Whether Redis is reachable; None where none is configured."""
        shared = self._resources.shared
        return None if shared is None else shared.up

    def start(
        self,
        query: Query,
        deadline: Deadline,
        on_outcome: OnOutcome,
        watched: bool = False,
    ) -> Outcome | Waiter[Outcome]:
        """Query the source. Never raises.

        Return the outcome where it is known at once. Otherwise return a waiter, and
        call ``on_outcome`` by ``deadline``. The record may be shared between callers:
        do not change it. ``watched``: the caller watches the deadline itself, and calls
        ``expire`` of the waiter.
        """
        try:
            request = self.attempts.prepared(query)
            if request.repeatable:
                answer = self._read(query, request, deadline, on_outcome, watched)
            else:
                flight = self._begin(query, request, None, None)
                answer = self._join(flight, query, deadline, on_outcome, watched)
        except SourceError as problem:
            return failure(problem)
        except Exception as problem:
            return internal(self.settings.name, problem)
        if query.pick is not None and isinstance(answer, Outcome):
            return self._picked(query, answer)
        return answer

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """Do the same as ``start``, for a caller that awaits the outcome."""

        def begin(on_done: OnOutcome) -> Waiter[Outcome] | None:
            answer = self.start(query, deadline, on_done)
            if not isinstance(answer, Outcome):
                return answer
            on_done(answer)
            return None

        return await outcome_of(begin)

    def entry(self, query: Query) -> tuple[CacheEntry, float] | None:
        """Return the cache entry of ``query`` and how many seconds it is fresh, or
        None.

        Raises SourceError where the query cannot be made.
        """
        settings = query.cache or self.settings.cache
        if settings is None:
            return None
        key = self.attempts.key(query, self.attempts.prepared(query))
        entry = self.replies.entry(key)
        return None if entry is None else (entry, settings.fresh)

    async def close(self) -> None:
        """Cancel what is running and close the connections."""
        self.flights.close()
        await self.replies.close()
        await self.attempts.close()
        await self._resources.release()

    # ------------------------------------------------------------------ reading

    def _read(
        self,
        query: Query,
        request: Request,
        deadline: Deadline,
        on_outcome: OnOutcome,
        watched: bool,
    ) -> Outcome | Waiter[Outcome]:
        cache = query.cache or self.settings.cache
        key = self.attempts.key(query, request)
        if cache is None:
            flight = self.flights.under_way(key)
            flight = flight or self._begin(query, request, key, None)
            return self._join(flight, query, deadline, on_outcome, watched)
        cached = self.replies.find(key, cache)
        if cached is None:
            return self._fetch(
                query, request, key, cache, deadline, on_outcome, watched
            )
        if cached.is_stale:
            flight = self._to_keep(query, request, key, cache)
            if flight is not None:  # refresh behind the answer, up to the same deadline
                flight.keep_alive_until(deadline)
            cached = self.replies.find(key, cache) or cached
        return _at_once(cached)

    def _fetch(
        self,
        query: Query,
        request: Request,
        key: Hashable,
        cache: CacheSettings,
        deadline: Deadline,
        on_outcome: OnOutcome,
        watched: bool,
    ) -> Outcome | Waiter[Outcome]:
        """Query the system and cache the reply.

        Where that fails, a reply that another process has shared meanwhile is used.
        """

        def fetched(outcome: Outcome) -> None:
            if outcome.status in FAILED:
                cached = self.replies.find(key, cache)
                outcome = outcome if cached is None else _at_once(cached)
            on_outcome(outcome)

        flight = self._to_keep(query, request, key, cache)
        callback = on_outcome if self._resources.shared is None else fetched
        return self._join(flight, query, deadline, callback, watched)

    def _to_keep(
        self, query: Query, request: Request, key: Hashable, cache: CacheSettings
    ) -> RequestInFlight | None:
        """Return the request in flight that fills the cache.

        It goes on after the answer, up to the source's ``timeout``.
        """
        flight = self.flights.under_way(key)
        if flight is None:
            flight = self._begin(query, request, key, cache)
        if flight is not None:
            flight.cache = cache
            if self.settings.timeout is not None:
                lasts = Deadline.after(self.settings.timeout, self.clock)
                flight.keep_alive_until(lasts)
        return flight

    def _begin(
        self,
        query: Query,
        request: Request,
        key: Hashable | None,
        cache: CacheSettings | None,
    ) -> RequestInFlight | None:
        """Start a request in flight; None where the breaker is open."""
        flight = RequestInFlight(self, query, request, key)
        flight.cache = cache
        if flight.begin():
            return flight
        if cache is not None:
            self.replies.refresh_failed(key)
        return None

    def _join(
        self,
        flight: RequestInFlight | None,
        query: Query,
        deadline: Deadline,
        on_outcome: OnOutcome,
        watched: bool,
    ) -> Outcome | Waiter[Outcome]:
        if flight is None:
            return OPEN
        if flight.done and flight.result is not None:
            return flight.result
        if query.pick is not None:
            on_outcome = partial(self._pick, query, on_outcome)
        return flight.join(on_outcome, deadline, watched=watched)

    # ------------------------------------------------------------------ picking

    def _pick(self, query: Query, on_outcome: OnOutcome, outcome: Outcome) -> None:
        on_outcome(self._picked(query, outcome))

    def _picked(self, query: Query, outcome: Outcome) -> Outcome:
        if outcome.record is None:
            return outcome
        try:
            record = self.attempts.picked(query, outcome.record)
        except SourceError as problem:
            return failure(problem)
        except Exception as problem:
            return internal(self.settings.name, problem)
        chosen = record is not None and record is not outcome.record
        count = _entry_count(query, outcome.record) if chosen else None
        return replace(outcome, record=record, picked_of=count)


def _entry_count(query: Query, record: Any) -> int | None:
    """Return the number of entries from which one was picked."""
    name = query.operation.entries
    if isinstance(record, Mapping):
        record = record.get(name or "items")
    return len(record) if isinstance(record, list) else None


def _at_once(cached: CachedReply) -> Outcome:
    reply = cached.reply
    if not reply.found:
        return Outcome("not_found", reply.record, cached.age)
    stale = cached.is_stale and cached.refresh_failed
    return Outcome("stale" if stale else "ok", reply.record, cached.age)
