"""The SQLAlchemy engine under the journal, the outbox and the sandbox.

The default is SQLite in WAL mode, in which readers never wait for a writer. Any other
SQLAlchemy URL (PostgreSQL) is opened as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

BUSY_SECONDS = 5.0
"""How long SQLite waits for another process that is writing."""

POSTGRESQL: Mapping[str, Any] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""Parameters of libpq that detect a dead server within seconds."""


def problem_of(url: str) -> str:
    """Return why ``url`` cannot be opened, and what to write; "" where it can."""
    try:
        parsed = make_url(url)
        parsed.get_dialect().import_dbapi()
    except NoSuchModuleError:
        return "is no database that can be used; write postgresql+psycopg://…"
    except (ArgumentError, ValueError):  # ValueError: such as a port that is no number
        return "is no URL; write a URL as postgresql+psycopg://user@host/name"
    except ImportError as missing:
        return f"needs the Python package {missing.name}; install it beside ivrhooks"
    if parsed.port is not None and not 0 < parsed.port < 65536:
        return "has a port that cannot be; write one from 1 to 65535"
    return ""


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """Return an engine for ``url``; it connects on first use.

    With ``durable`` a commit survives a power cut (SQLite: ``synchronous=FULL``).
    Without, it survives the end of the process only, and is faster. A SQLite database
    in memory has one connection, shared by all threads. POSTGRESQL's parameters apply
    unless the URL sets them.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        if parsed.get_driver_name() in ("psycopg", "psycopg2"):
            arguments = {k: v for k, v in POSTGRESQL.items() if k not in parsed.query}
            if parsed.get_driver_name() == "psycopg":
                arguments["prepare_threshold"] = None  # for poolers such as PgBouncer
            return create_engine(parsed, pool_pre_ping=True, connect_args=arguments)
        return create_engine(parsed, pool_pre_ping=True)
    options: dict[str, Any] = {
        "connect_args": {"check_same_thread": False, "timeout": BUSY_SECONDS}
    }
    if parsed.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool
    engine = create_engine(parsed, **options)
    _set_pragmas(engine, durable=durable)
    return engine


def _set_pragmas(engine: Engine, *, durable: bool) -> None:
    synchronous = "FULL" if durable else "NORMAL"

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
