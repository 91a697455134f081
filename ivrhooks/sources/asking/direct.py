"""Asks a source that is no HTTP API: a table of rows, a database."""

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
    """``attempts.Asking`` over an Asker. ``timeout``: the source's, in seconds."""

    def __init__(self, asker: Asker, timeout: float | None) -> None:
        self._asker = asker
        self._timeout = timeout
        self.tasks: set[asyncio.Task[Any]] = set()

    def prepared(self, query: Query) -> Request:
        """Nothing is prepared; it may be asked again."""
        return _ASKED

    def key(self, query: Query, request: Request) -> Hashable:
        """The operation and its values."""
        return query.operation.name, query.all_rows, self._asker.key(query)

    def attempt(
        self, query: Query, request: Request, left: Callable[[], float]
    ) -> DirectAttempt:
        """The question, to be asked."""
        return DirectAttempt(self._asker, query, self._timeout, left, self.tasks)

    def picked(self, query: Query, record: Any) -> Any:
        """Nothing is picked of rows."""
        return record

    async def close(self) -> None:
        """Lets go of what is open."""
        await cancel_all(self.tasks)
        await self._asker.close()


class DirectAttempt:
    """One question to an Asker, asked once or more."""

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
        """One try, within the source's ``timeout``, in a task of its own."""
        return Awaited(self._ask(), on_done, self._tasks)

    async def _ask(self) -> Reply:
        """One try, within the source's ``timeout``. Raises SourceError."""
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
            raise SourceTimeout("no answer in time") from None
