"""The journal's tables, in SQLite or in the database of ``store:``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ivrhooks.journal.entry import Entry
from ivrhooks.journal.sealing import seal_full, seal_list
from ivrhooks.store.cipher import MARK_BYTES, Cipher
from ivrhooks.store.opening import create_tables, lock_across_processes, open_prepared

FILE = "journal.db"
METADATA = sa.MetaData()

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

ENTRIES = sa.Table(
    "journal_entries",
    METADATA,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False),
    # The column's name in the journals of earlier versions.
    sa.Column("door", sa.Text, key="server_kind", nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("ms", sa.Float, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("degraded", sa.Text, nullable=False),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("test", sa.Boolean, nullable=False),
    sa.Column("body_bytes", sa.Integer, nullable=False),
    sa.Column("key", sa.String(16), nullable=False),
    sa.Column("list", sa.LargeBinary, nullable=False),
    sa.Column("whole", sa.LargeBinary, nullable=False),
    sa.Index("journal_by_age", "at", "size", "key"),
    sqlite_autoincrement=True,
)
"""``list`` and ``whole`` are encrypted (``journal.sealing``); ``key`` names the key. No
other column holds personal data. Ages and sizes are read from the index, since rows are
long."""

MARKS = sa.Table(
    "journal_marks",
    METADATA,
    sa.Column("mark", sa.LargeBinary(MARK_BYTES), primary_key=True),
    sa.Column("entry", _ID, primary_key=True, index=True),
    sqlite_with_rowid=False,
)
"""The hashes by which an entry is found (``store.people``)."""

HEAVY = ("whole",)
"""Columns that a list of data requests does not need."""

_PLAIN = "data_requests"
"""The table of earlier versions, which held what was sent in plain text."""


def journal_url(store: str, folder: Path) -> str:
    """Return ``store:`` of the configuration, else a file in the data folder."""
    return store or f"sqlite:///{folder / FILE}"


def open_journal(url: str) -> Engine:
    """Return the engine; the table is created if missing.

    A new file is readable by its owner alone. Raises OSError and SQLAlchemyError.
    """
    return open_prepared(url, _make, durable=False)


def _make(engine: Engine) -> None:
    with engine.begin() as connection:
        lock_across_processes(connection, 7083)
        create_tables(connection, (ENTRIES, MARKS))
        plain = sa.inspect(connection).has_table(_PLAIN)
        if plain:
            connection.execute(sa.text(f"DROP TABLE {_PLAIN}"))
    if plain and engine.dialect.name == "sqlite":
        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        # This erases the dropped rows from the file.
        with autocommit.connect() as connection:
            connection.execute(sa.text("VACUUM"))


def unreadable(connection: Connection, cipher: Cipher) -> int:
    """Return how many entries none of the keys can decrypt."""
    known = ENTRIES.c.key.in_(cipher.key_ids)
    statement = sa.select(sa.func.count()).select_from(ENTRIES).where(~known)
    return int(connection.execute(statement).scalar_one())


def row_of(entry: Entry, cipher: Cipher) -> dict[str, Any]:
    """Return the row that stores ``entry``, within the size limits."""
    listed, whole = seal_list(entry, cipher), seal_full(entry, cipher)
    texts = ("endpoint", "server_kind", "method", "code", "degraded", "config")
    return {
        **{name: _text(getattr(entry, name)) for name in texts},
        "at": entry.at,
        "status": entry.status,
        "ms": entry.ms,
        "test": entry.test,
        "body_bytes": max(entry.body_bytes, len(entry.body)),
        "key": cipher.key_id,
        "list": listed,
        "whole": whole,
        "size": len(listed) + len(whole) + 512,
    }


def _text(value: str) -> str:
    """Return a text that every database accepts: bounded, no NUL, no lone surrogate."""
    text = value[:2048].replace("\0", "\ufffd")
    return text.encode("utf-8", "replace").decode()
