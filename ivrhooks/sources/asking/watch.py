"""Records what is sent to a source for one data request, and what comes back.

It serves data requests that a person looks at: the API test and ``ivrhooks explain``.
People see the record masked (``answering/shown/exchanges.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.awaited import outcome_of
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import (
    Outcome,
    Query,
    Request,
    Response,
    SourceSettings,
)
from ivrhooks.sources.transport.exchange import Exchange as Handle
from ivrhooks.sources.transport.exchange import OnDone
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.timed import Phases
from ivrhooks.sources.transport.watched import start_watched


@dataclass(slots=True)
class ObservedExchange:
    """One exchange.

    ``request`` is None where the source is no HTTP API; it was then asked with
    ``params``. ``response`` is None where no whole response came.
    """

    request: Request | None = None
    params: Mapping[str, Any] | None = None
    response: Response | None = None
    phases: Phases | None = None
    milliseconds: Mapping[str, float] = field(default_factory=dict)

    def end(self, outcome: Response | BaseException) -> None:
        """Record how it ended."""
        if self.phases is None:
            return
        if isinstance(outcome, Response):
            self.response = outcome
            self.phases.end("body")
        self.milliseconds = self.phases.milliseconds()


@dataclass(slots=True)
class Watch:
    """The exchanges of one query, in order: tries, pages, repetitions with a new token.

    ``secrets``: the tokens that were sent.
    """

    seen: list[ObservedExchange] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    def hide(self, token: str | None) -> None:
        """Record that the exchanges carry this access token."""
        if token:
            self.secrets.append(token)

    def start(
        self, pool: ConnectionPool, request: Request, on_done: OnDone, **bounds: Any
    ) -> Handle:
        """Do the same as ``pool.start``."""
        phases = Phases()
        seen = ObservedExchange(request, phases=phases)
        self.seen.append(seen)

        def ended(outcome: Response | SourceError) -> None:
            seen.end(outcome)
            on_done(outcome)

        return start_watched(pool, phases, request, ended, **bounds)

    async def exchange(
        self, pool: ConnectionPool, request: Request, **bounds: Any
    ) -> Response:
        """Do the same as ``pool.exchange``."""
        return await outcome_of(
            lambda on_done: self.start(pool, request, on_done, **bounds)
        )


class StartableSource(Protocol):
    """A source whose exchanges can be recorded."""

    async def ask(self, query: Query, deadline: Deadline) -> Outcome: ...

    async def close(self) -> None: ...


class WatchedSource:
    """A source whose exchanges for one data request are recorded in ``watches``.

    They are found by the ``id`` of their query, which the trace keeps.
    """

    def __init__(
        self,
        source: StartableSource,
        settings: SourceSettings,
        watches: dict[int, Watch],
    ) -> None:
        self._source = source
        self._is_http = KINDS[settings.kind].client is not None
        self._watches = watches

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """Do the same as the source."""
        watch = self._watches[id(query)] = Watch()
        if self._is_http:
            query = replace(query, watch=watch)
        else:
            watch.seen.append(ObservedExchange(params=query.params))
        return await self._source.ask(query, deadline)

    async def close(self) -> None:
        """Close the source."""
        await self._source.close()
