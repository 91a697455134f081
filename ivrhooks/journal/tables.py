"""The journal's one table, in SQLite or wherever ``store:`` says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from ivrhooks.basics.loose_json import loose_json
from ivrhooks.journal.entry import MOST_BODY, MOST_HEAD, MOST_TRACE, Entry
from ivrhooks.store.engine import open_engine

FILE = "journal.db"
OPEN_SECONDS = 30.0
"""How long a worker waits for others that open the journal at the same time."""

METADATA = sa.MetaData()

DATA_REQUESTS = sa.Table(
    "data_requests",
    METADATA,
    sa.Column(
        "id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("request_id", sa.String(128), nullable=False),
    sa.Column("endpoint", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("ms", sa.Float, nullable=False),
    sa.Column("peer", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("warnings", sa.Text, nullable=False),
    sa.Column("degraded", sa.Text, nullable=False),
    sa.Column("defaults", sa.Text, nullable=False),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("test", sa.Boolean, nullable=False),
    sa.Column("body_bytes", sa.Integer, nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("trace", sa.LargeBinary, nullable=True),
    sqlite_autoincrement=True,
)

DETAIL, DEADLINE = "detail", "deadline_ms"
"""What is kept within a trace; no keys of the trace itself."""

HEAVY = ("head", "body", "trace")
"""Columns that a list of data requests does without."""


def journal_url(store: str, folder: Path) -> str:
    """``store:`` of the configuration, else a file in the data folder."""
    return store or f"sqlite:///{folder / FILE}"


def open_journal(url: str) -> Engine:
    """The engine, its table made when missing. A file that is made here can be read by
    its owner alone. Raises OSError and SQLAlchemyError."""
    parsed = make_url(url)
    in_file = parsed.get_backend_name() == "sqlite" and parsed.database
    if not in_file or parsed.database == ":memory:":
        return _make(url)
    descriptor = os.open(str(parsed.database), os.O_CREAT | os.O_RDWR, 0o600)
    os.close(descriptor)
    # One at a time: SQLite waits for nobody where a new file is switched to WAL.
    with FileLock(f"{parsed.database}.lock", timeout=OPEN_SECONDS, mode=0o600):
        return _make(url)


def _make(url: str) -> Engine:
    engine = open_engine(url, durable=False)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # one process at a time
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7083)"))
        # Not create_all, which looks first: another worker may be as far.
        connection.execute(CreateTable(DATA_REQUESTS, if_not_exists=True))
        for index in DATA_REQUESTS.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    return engine


def row_of(entry: Entry) -> dict[str, Any]:
    """The row that keeps ``entry``, within its bounds."""
    trace = _trace(entry)
    head, body = entry.head[:MOST_HEAD], entry.body[:MOST_BODY]
    row: dict[str, Any] = {
        name: _text(getattr(entry, name))
        for name in (
            "request_id",
            "endpoint",
            "door",
            "method",
            "path",
            "peer",
            "code",
            "reason",
            "degraded",
            "config",
        )
    }
    return row | {
        "at": entry.at,
        "status": entry.status,
        "ms": entry.ms,
        "warnings": orjson.dumps(list(entry.warnings)).decode(),
        "defaults": orjson.dumps(dict(entry.defaults)).decode(),
        "test": entry.test,
        "body_bytes": max(entry.body_bytes, len(entry.body)),
        "head": head,
        "body": body,
        "trace": trace,
        "size": len(head) + len(body) + len(trace or b"") + 512,
    }


def _text(value: str) -> str:
    """A text that every database takes: no NUL, no lone surrogate, not endless."""
    text = value[:2048].replace("\0", "\ufffd")
    return text.encode("utf-8", "replace").decode()


def _trace(entry: Entry) -> bytes | None:
    if entry.trace is None:
        return None
    steps = [
        {**step, "result": "left out: too long"}
        for step in entry.trace.get("operations", ())
    ]
    whole = {**entry.trace, DEADLINE: entry.deadline_ms}
    cut = {**whole, "operations": steps}
    for kept in (
        {**whole, DETAIL: entry.detail},
        {**cut, DETAIL: entry.detail},
        cut,
    ):
        data = loose_json(kept)
        if len(data) <= MOST_TRACE:
            return data
    return None
