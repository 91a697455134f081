"""The outbox's tables, in a SQLite file of the data folder or in the database of
``store:``.

A commit survives a power cut: SQLite has ``synchronous=FULL``, PostgreSQL has
``synchronous_commit`` on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ivrhooks.store.opening import create_tables, lock_across_processes, open_prepared

STATEMENT_MILLISECONDS = 5000

METADATA = sa.MetaData()

WAITING: sa.ColumnElement[str] = sa.literal_column("'waiting'")
DELIVERING: sa.ColumnElement[str] = sa.literal_column("'delivering'")
DEAD: sa.ColumnElement[str] = sa.literal_column("'dead'")
"""Written into the statement and not bound: SQLite uses a partial index only where the
statement has the very condition of the index."""

ACTIONS = sa.Table(
    "actions",
    METADATA,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("order_mark", sa.LargeBinary, nullable=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("stored_at", sa.Float, nullable=False),
    sa.Column("next_at", sa.Float, nullable=False),
    sa.Column("give_up", sa.Float, nullable=False),
    sa.Column("give_up_at", sa.Float, nullable=False),
    sa.Column("lease", sa.String(36), nullable=True),
    sa.Column("lease_until", sa.Float, nullable=True),
    sa.Column("ended_at", sa.Float, nullable=True),
    sa.Column("status", sa.Integer, nullable=True),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary, nullable=True),
    sqlite_autoincrement=True,
)
"""``order_mark``: a keyed hash of ``order``; ``payload``: parameters, key and order,
encrypted; ``answer``: that of the last failed try, encrypted; ``lease``: identifies one
claim until ``lease_until``; ``status``: the last HTTP status; times in seconds since
1970."""


def _partial(name: str, *columns: str, where: sa.ColumnElement[bool]) -> sa.Index:
    return sa.Index(
        name,
        *(ACTIONS.c[column] for column in columns),
        sqlite_where=where,
        postgresql_where=where,
    )


IS_WAITING = ACTIONS.c.state == WAITING
IS_DELIVERING = ACTIONS.c.state == DELIVERING

_partial("actions_due", "source", "next_at", "seq", where=IS_WAITING)
_partial("actions_before", "order_mark", "seq", where=IS_WAITING)
_partial("actions_under_way", "order_mark", where=IS_DELIVERING)
_partial("actions_leased", "lease_until", where=IS_DELIVERING)
_partial("actions_giving_up", "give_up_at", where=IS_WAITING)
_partial("actions_dead", "source", "stored_at", where=ACTIONS.c.state == DEAD)
_partial("actions_held", "source", "stored_at", where=IS_DELIVERING)
_partial("actions_waiting", "source", "stored_at", where=IS_WAITING)
_partial("actions_ended", "ended_at", where=ACTIONS.c.ended_at.is_not(None))

KEYS = sa.Table(
    "action_keys",
    METADATA,
    sa.Column("mark", sa.LargeBinary, primary_key=True),
    sa.Column("action_id", sa.String(36), nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)
"""For each keyed hash of ``key``, the action that was stored under it."""

TOTALS = sa.Table(
    "action_totals",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("delivered", sa.BigInteger, nullable=False),
    sa.Column("retried", sa.BigInteger, nullable=False),
)
"""What all workers have delivered and retried, by source."""


READING: Mapping[str, Any] = {"ivrhooks_reading": True}
"""Execution options of a read-only connection."""


def open_outbox(url: str) -> Engine:
    """Return the engine; its tables are created if missing.

    A new file is readable by its owner alone. Raises OSError and SQLAlchemyError.
    """
    return open_prepared(url, _make)


def _make(engine: Engine) -> None:
    _prepare(engine)
    with engine.begin() as connection:
        lock_across_processes(connection, 7084)
        # All tables are created in one transaction, so one stands for all. Creating an
        # existing index would lock its table against writers.
        if not sa.inspect(connection).has_table(TOTALS.name):
            create_tables(connection, METADATA.sorted_tables)


def _prepare(engine: Engine) -> None:
    """Prepare each connection.

    For SQLite a transaction begins as a writer's, so that it waits for others and is
    never refused half-way. READING ones do not.
    """

    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def by_hand(connection: Any, _record: Any) -> None:
            connection.isolation_level = None

        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            reads = connection.get_execution_options().get("ivrhooks_reading")
            connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    elif engine.dialect.name == "postgresql":

        @sa.event.listens_for(engine, "connect")
        def bounded(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"SET statement_timeout = {STATEMENT_MILLISECONDS}")
            cursor.execute("SHOW synchronous_commit")
            if cursor.fetchone()[0] == "off":
                cursor.execute("SET synchronous_commit = on")
            cursor.close()
            connection.commit()
