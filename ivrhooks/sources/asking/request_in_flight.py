"""One query in flight: it makes the tries, retries them and caches the reply."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.awaited import Awaited, OnDone, UnderWay, outcome_of
from ivrhooks.resilience.pipeline import Call, Refused
from ivrhooks.resilience.single_flight import InFlight
from ivrhooks.sources.asking.attempts import Tried
from ivrhooks.sources.interface import (
    CacheSettings,
    Outcome,
    Query,
    Reply,
    Request,
)

if TYPE_CHECKING:
    from ivrhooks.sources.asking.source import Source

log = logging.getLogger(__name__)

OPEN = Outcome("open", code="open", message="the circuit breaker is open")
BUSY = Outcome("busy", code="busy", message="max_concurrent is reached")


class RequestInFlight(InFlight[Outcome], Call[Reply]):
    """``cache`` is None until a caller wants the reply cached."""

    def __init__(
        self, source: Source, query: Query, request: Request, key: Hashable | None
    ) -> None:
        InFlight.__init__(self, source.flights, key, source.clock)
        Call.__init__(self, 0 if key is None else source.settings.retries)
        self._source = source
        self.cache: CacheSettings | None = None
        self._fetching: Awaited[tuple[Reply, float | None]] | None = None
        self._on_fetched: OnDone[Reply] | None = None
        self._attempt: Tried | None = source.attempts.attempt(query, request, self.left)

    def begin(self) -> bool:
        """Start the query. Return False where the breaker refuses it at once."""
        source = self._source
        if self.cache is not None and source.shares:
            self._fetching = Awaited(
                source.replies.fetched(self.key, self.cache, self._fetch),
                self._fetched,
                source.attempts.tasks,
            )
        elif not source.pipeline.begin(self):
            return False
        source.flights.add(self)
        return True

    def start_try(self, on_done: OnDone[Reply]) -> UnderWay:
        if self._attempt is None:
            raise RuntimeError("the request has ended")
        return self._attempt.start(on_done)

    def abort(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
        self._on_fetched = self._attempt = None
        self.withdraw()

    def late(self) -> None:
        self.count_late()
        self._source.replies.refresh_failed(self.key)
        self._source.scheduler.failed(self._source.settings.name)

    def late_result(self) -> Outcome:
        return Outcome(
            "timeout",
            code="deadline",
            message="no answer by the deadline",
            tries=self.tries,
            http=None if self._attempt is None else self._attempt.http,
        )

    async def _fetch(self) -> Reply:
        """Fetch the reply in this process, once no other process is fetching it."""
        return await outcome_of(self._begin_fetch)

    def _begin_fetch(self, on_done: OnDone[Reply]) -> UnderWay:
        self._on_fetched = on_done
        if not self._source.pipeline.begin(self):
            loop = asyncio.get_running_loop()
            return loop.call_soon(self.called, Refused("open"))
        return _Fetch(self)

    def _fetched(self, result: tuple[Reply, float | None] | BaseException) -> None:
        self._fetching = None
        if isinstance(result, BaseException):
            self._failed(result)
        else:
            self._answered(*result)

    def called(self, result: Reply | BaseException) -> None:
        on_fetched = self._on_fetched
        if on_fetched is not None:
            self._on_fetched = None
            on_fetched(result)
        elif isinstance(result, BaseException):
            self._failed(result)
        else:
            if self.cache is not None:
                self._source.replies.keep(self.key, result, self.cache)
            self._answered(result, None)

    def _answered(self, reply: Reply, age: float | None) -> None:
        source, attempt = self._source, self._attempt
        if source.scheduler.any_failed:
            source.scheduler.answered(source.settings.name)
        status = "ok" if reply.found else "not_found"
        http = None if attempt is None else attempt.http
        self._end(Outcome(status, reply.record, age, None, "", self.tries, http))

    def _failed(self, problem: BaseException) -> None:
        """Report a failure in a turn of the event loop that reports no other."""
        source, attempt = self._source, self._attempt
        if isinstance(problem, Refused):
            outcome = OPEN if problem.status == "open" else BUSY
        elif isinstance(problem, SourceError) and attempt is not None:
            outcome = failure(
                problem, self.tries, attempt.http, attempt.retry_after, attempt.answer
            )
        else:
            outcome = internal(source.settings.name, problem)
        source.replies.refresh_failed(self.key)
        if outcome.status != "busy":  # `busy` is our own limit
            source.scheduler.failed(source.settings.name)
        source.scheduler.later(partial(self._end, outcome))

    def _end(self, outcome: Outcome) -> None:
        self._attempt = None  # it may refer to this request: a reference cycle
        self.end(outcome)


class _Fetch:
    """The handle of a request whose reply another coroutine awaits."""

    __slots__ = ("_call",)

    def __init__(self, call: RequestInFlight) -> None:
        self._call = call

    def cancel(self) -> None:
        """Cancel the call; the request itself goes on."""
        self._call._on_fetched = None
        self._call.withdraw()


def failure(
    problem: SourceError,
    tries: int = 0,
    http: int | None = None,
    retry_after: float | None = None,
    answer: bytes = b"",
) -> Outcome:
    """Return the outcome of a lookup whose source failed."""
    return Outcome(
        problem.status,
        code=problem.code,
        message=str(problem),
        tries=tries,
        http=http,
        retry_after=retry_after,
        answer=answer,
    )


def internal(source: str, problem: BaseException) -> Outcome:
    """Report an internal error of ours. It fails this lookup, never the answer."""
    log.error("source %s: %r", source, problem, exc_info=problem)
    text = f"internal error: {type(problem).__name__}"
    return Outcome("error", code="internal", message=text)
