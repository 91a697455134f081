"""Queries a database: a statement runs in a thread and is cancelled when time is up."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.interface import Query, Reply, SourceSettings
from ivrhooks.sources.kind import Asker
from ivrhooks.sources.sql.dialects import LONGEST_SECONDS, dialect_of, open_pool
from ivrhooks.sources.sql.errors import explained
from ivrhooks.sources.sql.operations import MAX_ROWS
from ivrhooks.sources.sql.options import SqlOptions
from ivrhooks.sources.sql.values import bound, record_of

log = logging.getLogger(__name__)


class SqlAsker(Asker):
    """Queries one database, with as many connections as ``max_concurrent`` allows."""

    def __init__(self, settings: SourceSettings) -> None:
        options: SqlOptions = settings.options
        count = settings.max_concurrent
        self._name = settings.name
        self._queries = {name: text(query) for name, query in options.queries.items()}
        self._secrets = options.secrets
        self._dialect = dialect_of(options.url)
        self._engine = open_pool(options.url, count)
        self._threads = ThreadPoolExecutor(count, f"sql {settings.name}")
        self._cancelling = ThreadPoolExecutor(1, f"sql {settings.name} cancels")

    def key(self, query: Query) -> Hashable:
        return tuple(
            (name, type(value).__name__, str(bound(value)))
            for name, value in query.params.items()
        )

    async def ask(self, query: Query, seconds: Callable[[], float]) -> Reply:
        statement = _Statement(self, query, seconds)
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, statement.run)
        try:
            return await running
        except asyncio.CancelledError:
            statement.cancelled.set()
            running.add_done_callback(_retrieve)
            if statement.connection is not None:
                with suppress(RuntimeError):  # while it is closed
                    self._cancelling.submit(statement.cancel)
            raise

    async def close(self) -> None:
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        """Wait until each connection is returned, at the latest at its statement's
        limit.

        A connection returned to a pool that is already closed would stay open.
        """
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._cancelling.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()


class _Statement:
    """One query while it runs in a thread.

    ``connection``: the driver's own connection; another thread can cancel it.
    """

    def __init__(
        self, asker: SqlAsker, query: Query, seconds: Callable[[], float]
    ) -> None:
        self._asker = asker
        self._query = query
        self._seconds = seconds
        self._lock = threading.Lock()
        self.cancelled = threading.Event()
        self.connection: Any = None

    def run(self) -> Reply:
        """Return the rows. Raises SourceError."""
        query, asker = self._query, self._asker
        params = {name: bound(value) for name, value in query.params.items()}
        try:
            with asker._engine.connect() as connection:
                return self._read(connection, params)
        except Exception as problem:
            hide = (*asker._secrets, *map(str, params.values()))
            raise explained(problem, hide) from None

    def _read(self, connection: Connection, params: dict[str, Any]) -> Reply:
        asker = self._asker
        seconds = min(self._seconds(), LONGEST_SECONDS)
        if self.cancelled.is_set() or seconds <= 0:
            raise SourceRejected("nobody waits any more", received=False)
        asker._dialect.begin(connection, seconds)
        with self._lock:
            self.connection = connection.connection.driver_connection
        try:
            statement = asker._queries[self._query.operation.name]
            result = connection.execute(statement, params).mappings()
            rows = result.fetchmany(MAX_ROWS if self._query.all_rows else 1)
            result.close()
        finally:
            with self._lock:
                self.connection = None
            try:
                asker._dialect.end(connection)
            except SQLAlchemyError:  # such a connection is not used again
                connection.invalidate()
        records = [record_of(row) for row in rows]
        if self._query.all_rows:
            return Reply({"rows": records}, found=bool(records))
        return Reply(records[0] if records else None, found=bool(records))

    def cancel(self) -> None:
        """Cancel the statement where it is still running."""
        with self._lock:
            if self.connection is None:
                return
            try:
                self._asker._dialect.cancel(self.connection, self._asker._engine)
            except Exception as problem:
                log.warning(
                    "source %s: a statement could not be cancelled: %r",
                    self._asker._name,
                    problem,
                )


def _retrieve(running: asyncio.Future[Reply]) -> None:
    if not running.cancelled():
        running.exception()  # retrieved, though nobody waits for it any more
