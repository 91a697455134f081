"""A configured source: asks its customer system, and always answers in time.

The way of a question: what is kept, a flight under way, breaker, limit, token,
exchange, retry. A flight belongs to the source and outlives who started it where its
answer is to be kept; who waits leaves at a deadline of their own.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.bulkhead import Bulkhead
from ivrhooks.resilience.circuit_breaker import CircuitBreaker
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.fair_scheduler import FairScheduler
from ivrhooks.resilience.pipeline import Call, Refused, ResiliencePipeline
from ivrhooks.resilience.retry_budget import RetryBudget
from ivrhooks.resilience.single_flight import InFlight, SingleFlight
from ivrhooks.sources.asking.attempts import Asking, Attempts, Tried
from ivrhooks.sources.asking.direct import DirectAttempts
from ivrhooks.sources.asking.reply_cache import Found, ReplyCache
from ivrhooks.sources.asking.shared_resources import SharedResources
from ivrhooks.sources.asking.token_provider import TokenProvider
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import (
    FAILED,
    CacheSettings,
    Client,
    Outcome,
    Query,
    Reply,
    Request,
    SourceSettings,
)
from ivrhooks.sources.transport.pool import ConnectionPool

log = logging.getLogger(__name__)

SPARE_CONNECTIONS = 2  # beside the places: a token may be fetched on its own

_REFUSED = {
    "open": Outcome("open", code="open", message="the circuit breaker is open"),
    "busy": Outcome("busy", code="busy", message="max_concurrent is reached"),
}


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a source is doing now, for metrics. ``breaker``: closed | open |
    half_open; ``asking``: places taken; ``waiting``: who waits for a place."""

    breaker: str
    asking: int
    waiting: int


@dataclass(slots=True, eq=False)
class _Asked:
    """What a flight is about. ``cache`` is None until somebody wants it kept."""

    cache: CacheSettings | None
    course: Call[Reply]
    attempt: Tried


class Source:
    """A source of the YAML, on the running loop."""

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
        self._resources = resources
        self._clock: Clock = resources.clock
        self._scheduler = resources.scheduler
        self._attempts = asking
        self._kept = ReplyCache(
            resources.cache,
            whose=f"{settings.name} {settings.kind} {whose}",
            clock=resources.clock,
            now=resources.now,
            shared=resources.shared,
        )
        self._guard = _guard(settings, resources.clock, chance)
        self._flights: SingleFlight[Outcome] = SingleFlight(resources.scheduler)

    @property
    def state(self) -> SourceState:
        """What it is doing now."""
        limit = self._guard.limit
        return SourceState(self._guard.breaker.state, limit.taken, limit.waiting)

    @property
    def shares(self) -> bool | None:
        """Whether Redis is there to share with; None where none is configured."""
        shared = self._resources.shared
        return None if shared is None else shared.up

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """How the source answers ``query``, by ``deadline``. Raises nothing but what
        ends the caller itself. The record may be shared: it is to be read only."""
        try:
            request = self._attempts.prepared(query)
            if not request.repeatable:
                outcome = await self._wait(
                    self._start(query, request, None, None), deadline
                )
            else:
                outcome = await self._read(query, request, deadline)
            if query.pick is None or outcome.record is None:
                return outcome
            record = self._attempts.picked(query, outcome.record)
            return replace(outcome, record=record)
        except SourceError as problem:
            return _failure(problem)
        except Exception as problem:
            return self._internal(problem)

    async def close(self) -> None:
        """Ends what is under way and closes the connections."""
        await self._flights.close()
        await self._kept.close()
        await self._attempts.close()
        await self._resources.release()

    # ------------------------------------------------------------------ reading

    async def _read(
        self, query: Query, request: Request, deadline: Deadline
    ) -> Outcome:
        cache = query.cache or self.settings.cache
        key = self._attempts.key(query, request)
        if cache is None:
            flight = self._flights.under_way(key)
            if flight is None and self._guard.breaker.refuses:
                return _REFUSED["open"]
            flight = flight or self._start(query, request, key, None)
            return await self._wait(flight, deadline)
        found = self._kept.find(key, cache)
        if found is None:
            if self._is_hopeless(key):
                return _REFUSED["open"]
            outcome = await self._wait(
                self._to_keep(query, request, key, cache), deadline
            )
            if outcome.status not in FAILED:
                return outcome
            found = self._kept.find(key, cache)  # what another process shared
            return outcome if found is None else _at_once(found)
        if found.is_stale:
            self._refresh(query, request, key, cache, deadline)
            found = self._kept.find(key, cache) or found
        return _at_once(found)

    def _is_hopeless(self, key: Hashable) -> bool:
        """Whether nobody can say anything: the breaker refuses, no flight is under way,
        and no other process shares what it found."""
        return (
            self._guard.breaker.refuses
            and self._resources.shared is None
            and self._flights.under_way(key) is None
        )

    def _to_keep(
        self, query: Query, request: Request, key: Hashable, cache: CacheSettings
    ) -> InFlight[Outcome]:
        """The flight that fills the cache: it goes on after the answer, up to the
        source's ``timeout``."""
        flight = self._flights.under_way(key) or self._start(query, request, key, cache)
        flight.subject.cache = cache
        if self.settings.timeout is not None:
            flight.keep_alive_until(Deadline.after(self.settings.timeout, self._clock))
        return flight

    def _refresh(
        self,
        query: Query,
        request: Request,
        key: Hashable,
        cache: CacheSettings,
        deadline: Deadline,
    ) -> None:
        """Fetches again behind the answer, once at a time; without a ``timeout`` for
        as long as who asks now would have waited."""
        if self._guard.breaker.refuses:
            self._kept.refresh_failed(key)
            if self._resources.shared is None:
                return
        self._to_keep(query, request, key, cache).keep_alive_until(deadline)

    async def _wait(self, flight: InFlight[Outcome], deadline: Deadline) -> Outcome:
        asked: _Asked = flight.subject
        outcome = await flight.wait(deadline)
        if outcome is not None:
            return outcome
        return Outcome(
            "timeout",
            code="timeout",
            message="no answer by the deadline",
            tries=asked.course.tries,
            http=asked.attempt.http,
        )

    # ------------------------------------------------------------------- flights

    def _start(
        self,
        query: Query,
        request: Request,
        key: Hashable | None,
        cache: CacheSettings | None,
    ) -> InFlight[Outcome]:
        attempt, course = self._call(
            query, request, key, lambda: flight.latest - self._clock()
        )

        async def fly(flight: InFlight[Outcome]) -> Outcome:
            try:
                outcome = await self._flown(flight, key, course)
            except Refused as refused:
                outcome = _REFUSED[refused.status]
            except SourceError as problem:
                outcome = _failure(problem)
            except Exception as problem:
                outcome = self._internal(problem)
            if outcome.status in FAILED:
                self._kept.refresh_failed(key)
                if outcome.status != "busy":  # that is our own doing
                    self._scheduler.failed(self.settings.name)
                await self._scheduler.turn()
            else:
                self._scheduler.answered(self.settings.name)
            return Outcome(
                outcome.status,
                outcome.record,
                outcome.age,
                outcome.code,
                outcome.message,
                course.tries,
                attempt.http,
            )

        def late() -> None:
            course.late()
            self._kept.refresh_failed(key)
            self._scheduler.failed(self.settings.name)

        flight = self._flights.start(key, fly)
        flight.subject = _Asked(cache, course, attempt)
        flight.on_late = late
        return flight

    def _call(
        self,
        query: Query,
        request: Request,
        key: Hashable | None,
        left: Callable[[], float],
    ) -> tuple[Tried, Call[Reply]]:
        attempt = self._attempts.attempt(query, request, left)
        retries = 0 if key is None else self.settings.retries
        return attempt, Call(attempt.ask, retries=retries, left=left)

    async def _flown(
        self, flight: InFlight[Outcome], key: Hashable | None, course: Call[Reply]
    ) -> Outcome:
        asked: _Asked = flight.subject
        cache = asked.cache
        age = None
        if cache is None:
            reply = await self._guard.run(course)
            if asked.cache is not None:  # somebody joined who keeps it
                self._kept.keep(key, reply, asked.cache)
        else:
            reply, age = await self._kept.fetched(
                key, cache, lambda: self._guard.run(course)
            )
        return Outcome("ok" if reply.found else "not_found", reply.record, age)

    def _internal(self, problem: Exception) -> Outcome:
        """A mistake of ours. It costs this lookup, and never the answer."""
        log.error("source %s: %r", self.settings.name, problem, exc_info=problem)
        text = f"internal error: {type(problem).__name__}"
        return Outcome("error", code="internal", message=text)


def _failure(problem: SourceError) -> Outcome:
    return Outcome(problem.status, code=problem.code, message=str(problem))


def _at_once(found: Found) -> Outcome:
    reply = found.reply
    if not reply.found:
        return Outcome("not_found", reply.record, found.age)
    stale = found.is_stale and found.refresh_failed
    return Outcome("stale" if stale else "ok", reply.record, found.age)


def _guard(
    settings: SourceSettings, clock: Clock, chance: Callable[[], float]
) -> ResiliencePipeline:
    breaker = CircuitBreaker(
        failures=settings.breaker.failures,
        reset=settings.breaker.reset,
        clock=clock,
        random=chance,
    )
    limit = Bulkhead(settings.max_concurrent)
    budget = RetryBudget(clock=clock)
    return ResiliencePipeline(
        breaker=breaker, limit=limit, budget=budget, random=chance
    )


def build_sources(
    settings: Mapping[str, SourceSettings],
    *,
    shared_cache: str = "",
    data_folder: Path | None = None,
    scheduler: FairScheduler | None = None,
) -> dict[str, Source]:
    """One source each, ready to be asked. Call it inside the running loop; close each.

    ``shared_cache``: the URL of a Redis; ``data_folder``: where tokens are kept, by
    default that of the environment; ``courtesy``: that of who answers with them.
    """
    resources = SharedResources(
        clock=asyncio.get_running_loop().time,
        now=lambda: datetime.now(UTC).timestamp(),
        shared_cache=shared_cache,
        folder=data_folder,
        users=len(settings),
        scheduler=scheduler,
    )
    return {name: _source(one, resources) for name, one in settings.items()}


def _source(settings: SourceSettings, resources: SharedResources) -> Source:
    kind = KINDS[settings.kind]
    if kind.open is not None:
        direct = DirectAttempts(kind.open(settings), settings.timeout)
        return Source(settings, direct, resources, chance=random.random)
    assert kind.client is not None  # noqa: S101 - a kind has one of the two, for mypy
    transport = ConnectionPool(
        connections=settings.max_concurrent + SPARE_CONNECTIONS,
        cpu_budget=resources.cpu_budget,
    )
    return http_source(
        settings,
        kind.client(settings),
        transport,
        resources,
        chance=random.random,
    )


def http_source(
    settings: SourceSettings,
    client: Client,
    transport: ConnectionPool,
    resources: SharedResources,
    *,
    chance: Callable[[], float],
) -> Source:
    """A source that is asked over HTTP, with its token where it needs one."""
    attempts = Attempts(
        client,
        transport,
        clock=resources.clock,
        now=resources.now,
        cpu_budget=resources.cpu_budget,
    )
    whose = ""
    if client.token_request(0.0) is not None:
        attempts.tokens = TokenProvider(
            client,
            attempts.send,
            resources.tokens,
            now=resources.now,
            lasts=settings.timeout is not None,
        )
        whose = attempts.tokens.key
    return Source(settings, attempts, resources, chance=chance, whose=whose)
