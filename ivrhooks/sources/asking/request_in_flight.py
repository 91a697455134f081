"""One query in flight: it makes the tries, retries them and caches the reply."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from typing import TYPE_CHECKING

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.awaited import Awaited, outcome_of
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


class RequestInFlight(InFlight[Outcome]):
    """``cache`` is None until a caller wants the reply cached. ``call`` is the query's
    passage through the source's resilience pipeline."""

    __slots__ = ("_attempt", "_fetching", "_key", "_source", "cache", "call")

    def __init__(
        self, source: Source, query: Query, request: Request, key: Hashable | None
    ) -> None:
        super().__init__(source.flights, key, source.clock)
        self._source = source
        self._key = key
        attempt: Tried = source.attempts.attempt(query, request, self.left)
        self._attempt = attempt
        self._fetching: Awaited[tuple[Reply, float | None]] | None = None
        self.cache: CacheSettings | None = None
        self.call: Call[Reply] = Call(
            attempt.start,
            retries=0 if key is None else source.settings.retries,
            left=self.left,
        )

    def begin(self) -> bool:
        """Start the query. Return False where the breaker refuses it at once."""
        source = self._source
        if self.cache is not None and source.shares:
            self._fetching = Awaited(
                source.replies.fetched(self._key, self.cache, self._fetch),
                self._fetched,
                source.attempts.tasks,
            )
        elif not source.pipeline.begin(self.call, self._called):
            return False
        source.flights.add(self._key, self)
        return True

    def abort(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
        self.call.cancel()

    def late(self) -> None:
        self.call.late()
        self._source.replies.refresh_failed(self._key)
        self._source.scheduler.failed(self._source.settings.name)

    def late_result(self) -> Outcome:
        return Outcome(
            "timeout",
            code="deadline",
            message="no answer by the deadline",
            tries=self.call.tries,
            http=self._attempt.http,
        )

    async def _fetch(self) -> Reply:
        """Fetch the reply in this process, once no other process is fetching it."""
        pipeline = self._source.pipeline
        return await outcome_of(lambda on_done: pipeline.open(self.call, on_done))

    def _fetched(self, result: tuple[Reply, float | None] | BaseException) -> None:
        self._fetching = None
        if isinstance(result, BaseException):
            self._failed(result)
        else:
            self._answered(*result)

    def _called(self, result: Reply | BaseException) -> None:
        if isinstance(result, BaseException):
            self._failed(result)
            return
        if self.cache is not None:
            self._source.replies.keep(self._key, result, self.cache)
        self._answered(result, None)

    def _answered(self, reply: Reply, age: float | None) -> None:
        source = self._source
        if source.scheduler.any_failed:
            source.scheduler.answered(source.settings.name)
        status = "ok" if reply.found else "not_found"
        tries, http = self.call.tries, self._attempt.http
        self.end(Outcome(status, reply.record, age, None, "", tries, http))

    def _failed(self, problem: BaseException) -> None:
        """Report a failure in a turn of the event loop that reports no other."""
        source = self._source
        if isinstance(problem, Refused):
            outcome = OPEN if problem.status == "open" else BUSY
        elif isinstance(problem, SourceError):
            attempt = self._attempt
            outcome = failure(
                problem,
                self.call.tries,
                attempt.http,
                attempt.retry_after,
                attempt.answer,
            )
        else:
            outcome = internal(source.settings.name, problem)
        source.replies.refresh_failed(self._key)
        if outcome.status != "busy":  # `busy` is our own doing
            source.scheduler.failed(source.settings.name)
        source.scheduler.later(lambda: self.end(outcome))


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
