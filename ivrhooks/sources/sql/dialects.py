"""What each database needs so that a statement only reads and ends in time."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

CONNECT_SECONDS = 5
CANCEL_SECONDS = 2.0
LONGEST_SECONDS = 60.0  # limit of a statement that nothing else limits
BIT = 16  # the number of MySQL's type
STEPS = 1000  # virtual machine steps of SQLite between two checks of the clock


class Dialect:
    """An unknown database: its transaction is rolled back."""

    def options(self, url: URL) -> dict[str, Any]:
        """Return the arguments for the engine."""
        return {}

    def prepare(self, raw: Any) -> None:
        """Prepare a new connection of the driver."""

    def begin(self, connection: Connection, seconds: float) -> None:
        """Begin a read-only transaction with a time limit for its statements."""

    def end(self, connection: Connection) -> None:
        """End the transaction."""
        connection.rollback()

    def cancel(self, connection: Any, engine: Engine) -> None:
        """Cancel the statement of a driver's connection, from another thread."""


class SQLite(Dialect):
    """Opens the file read-only; a statement is interrupted."""

    def options(self, url: URL) -> dict[str, Any]:
        return {"connect_args": {"check_same_thread": False, "timeout": 1.0}}

    def begin(self, connection: Connection, seconds: float) -> None:
        raw: sqlite3.Connection = _driver(connection)
        raw.execute("pragma query_only = on")
        end = time.monotonic() + seconds
        raw.set_progress_handler(lambda: int(time.monotonic() > end), STEPS)

    def end(self, connection: Connection) -> None:
        raw: sqlite3.Connection = _driver(connection)
        raw.set_progress_handler(None, STEPS)
        connection.rollback()

    def cancel(self, connection: Any, engine: Engine) -> None:
        connection.interrupt()


class PostgreSQL(Dialect):
    """Sets ``statement_timeout`` for the transaction and sends a cancel request."""

    def options(self, url: URL) -> dict[str, Any]:
        return {
            "isolation_level": "AUTOCOMMIT",  # our own BEGIN makes it read-only
            "connect_args": {
                "connect_timeout": CONNECT_SECONDS,
                "keepalives_idle": 10,
                "tcp_user_timeout": 10_000,
                "prepare_threshold": None,  # poolers such as PgBouncer know none
            },
        }

    def prepare(self, raw: Any) -> None:
        if hasattr(raw, "adapters"):  # not with another driver
            from ivrhooks.sources.sql.psycopg_values import mend_values  # and psycopg

            mend_values(raw.adapters)

    def begin(self, connection: Connection, seconds: float) -> None:
        limit = max(1, math.ceil(seconds * 1000))
        connection.exec_driver_sql(
            f"begin read only; set local statement_timeout = {limit}"
        )

    def end(self, connection: Connection) -> None:
        connection.exec_driver_sql("rollback")

    def cancel(self, connection: Any, engine: Engine) -> None:
        connection.cancel_safe(timeout=CANCEL_SECONDS)


class MySQL(Dialect):
    """Sets ``max_statement_time`` (MariaDB) or ``max_execution_time``; KILL QUERY
    cancels."""

    def options(self, url: URL) -> dict[str, Any]:
        return {
            "connect_args": {
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": LONGEST_SECONDS + CONNECT_SECONDS,
                "write_timeout": CONNECT_SECONDS,
            }
        }

    def prepare(self, raw: Any) -> None:
        if hasattr(raw, "decoders"):  # PyMySQL
            raw.decoders = {**raw.decoders, BIT: _flag}

    def begin(self, connection: Connection, seconds: float) -> None:
        connection.rollback()  # ends the transaction of SQLAlchemy's own check
        mariadb = getattr(connection.dialect, "is_mariadb", False)
        limit = (
            f"max_statement_time = {max(0.001, seconds):.3f}"
            if mariadb
            else f"max_execution_time = {max(1, math.ceil(seconds * 1000))}"
        )
        connection.exec_driver_sql(f"set session {limit}")
        connection.exec_driver_sql("start transaction read only")

    def cancel(self, connection: Any, engine: Engine) -> None:
        with engine.connect() as other:
            other.exec_driver_sql(f"kill query {int(connection.thread_id())}")


def _flag(value: bytes) -> int | bytes:
    """Return the number of a BIT(1), which drivers return as a byte.

    Wider ones stay bytes: the type is the same where the server sends the digits of an
    expression such as ``max(flags)``, so ``5`` may be 53.
    """
    return value[0] if value in (b"\0", b"\1") else value


_KNOWN: dict[str, Callable[[], Dialect]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
    "mysql": MySQL,
    "mariadb": MySQL,
}


def dialect_of(url: URL) -> Dialect:
    """Return the dialect of a URL's database."""
    return _KNOWN.get(url.get_backend_name(), Dialect)()


def open_pool(url: URL, connections: int) -> Engine:
    """Return an engine with at most so many connections; it connects on first use."""
    dialect = dialect_of(url)
    options: dict[str, Any] = {
        "pool_size": connections,
        "max_overflow": 1,  # cancelling a statement needs a connection too
        "pool_timeout": CONNECT_SECONDS,
        "pool_pre_ping": False,
        **dialect.options(url),
    }
    if url.get_backend_name() == "sqlite" and not url.database:
        raise ValueError("a database in memory is empty")
    engine = create_engine(url, **options)
    event.listen(engine, "connect", lambda raw, _: dialect.prepare(raw))
    return engine


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
