"""Queries a source that is no HTTP API: a table of rows or a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any

from ivrhooks.basics.errors import SourceTimeout
from ivrhooks.resilience.awaited import Awaited, OnDone, UnderWay, cancel_all
from ivrhooks.sources.interface import Query, Reply, Request
from ivrhooks.sources.kind import Asker

_ASKED = Request("ASK", "")


class DirectAttempts:
    """``attempts.Asking`` for an Asker. ``timeout``: the source's, in seconds."""

    def __init__(self, asker: Asker, timeout: float | None) -> None:
        self._asker = asker
        self._timeout = timeout
        self.tasks: set[asyncio.Task[Any]] = set()

    def prepared(self, query: Query) -> Request:
        """Return a placeholder: there is nothing to prepare, and tries may be
        repeated."""
        return _ASKED

    def key(self, query: Query, request: Request) -> Hashable:
        """Return a key of the operation and its values."""
        return query.operation.name, query.all_rows, self._asker.key(query)

    def attempt(
        self, query: Query, request: Request, left: Callable[[], float]
    ) -> DirectAttempt:
        """Return an attempt at the query."""
        return DirectAttempt(self._asker, query, self._timeout, left, self.tasks)

    def picked(self, query: Query, record: Any) -> Any:
        """Return the record unchanged: ``pick`` does not apply to rows."""
        return record

    async def close(self) -> None:
        """Close what is open."""
        await cancel_all(self.tasks)
        await self._asker.close()


class DirectAttempt:
    """One query to an Asker, tried once or more."""

    __slots__ = (
        "_asker",
        "_left",
        "_query",
        "_tasks",
        "_timeout",
        "answer",
        "http",
        "retry_after",
    )

    def __init__(
        self,
        asker: Asker,
        query: Query,
        timeout: float | None,
        left: Callable[[], float],
        tasks: set[asyncio.Task[Any]],
    ) -> None:
        self._asker = asker
        self._tasks = tasks
        self._query = query
        self._timeout = timeout
        self._left = left
        self.answer = b""
        self.http: int | None = None
        self.retry_after: float | None = None

    def start(self, on_done: OnDone[Reply]) -> UnderWay:
        """Start one try as a task, bounded by the source's ``timeout``."""
        return Awaited(self._ask(), on_done, self._tasks)

    async def _ask(self) -> Reply:
        """Make one try, bounded by the source's ``timeout``. Raises SourceError."""
        if self._timeout is None:
            return await self._asker.ask(self._query, self._left)
        clock = asyncio.get_running_loop().time
        end = clock() + self._timeout

        def seconds() -> float:
            return min(self._left(), end - clock())

        try:
            async with asyncio.timeout_at(end):
                return await self._asker.ask(self._query, seconds)
        except TimeoutError:
            raise SourceTimeout("no answer within `timeout`") from None
