"""The SQLAlchemy engine under the journal, the outbox and the sandbox.

SQLite by default, in WAL mode so that readers never wait for a writer; any other
SQLAlchemy URL (PostgreSQL) is opened as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

BUSY_SECONDS = 5.0
"""How long SQLite waits for another process that writes."""

POSTGRESQL: Mapping[str, Any] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""Parameters of libpq: a server that has gone without a word is noticed in seconds."""


def problem_of(url: str) -> str:
    """Why no engine can be made for ``url``, and what to write; "" where one can."""
    try:
        make_url(url).get_dialect().import_dbapi()
    except NoSuchModuleError:
        return "is no database that can be used; write postgresql+psycopg://…"
    except ArgumentError:
        return "is no URL; write a URL as postgresql+psycopg://user@host/name"
    except ImportError as missing:
        return f"needs the Python package {missing.name}; install it beside ivrhooks"
    return ""


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """An engine for ``url``; nothing is opened before its first use.

    ``durable``: a commit outlives a power cut (SQLite: ``synchronous=FULL``); without
    it a commit outlives the process only, and is quicker. A SQLite database in memory
    is one connection, shared by all threads. POSTGRESQL's parameters hold where the URL
    gives no others.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        if parsed.get_driver_name() in ("psycopg", "psycopg2"):
            given = {k: v for k, v in POSTGRESQL.items() if k not in parsed.query}
            return create_engine(parsed, pool_pre_ping=True, connect_args=given)
        return create_engine(parsed, pool_pre_ping=True)
    options: dict[str, Any] = {
        "connect_args": {"check_same_thread": False, "timeout": BUSY_SECONDS}
    }
    if parsed.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool
    engine = create_engine(parsed, **options)
    _set_pragmas(engine, durable)
    return engine


def _set_pragmas(engine: Engine, durable: bool) -> None:
    synchronous = "FULL" if durable else "NORMAL"

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
