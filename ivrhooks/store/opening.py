"""Opens a database that several processes may open at once, and makes its tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, Engine, Table, make_url, text
from sqlalchemy.schema import CreateIndex, CreateTable

from ivrhooks.store.engine import open_engine

OPEN_SECONDS = 30.0
"""How long a process waits for others that open the same file."""


def open_prepared(
    url: str, prepare: Callable[[Engine], None], *, durable: bool = True
) -> Engine:
    """Return an engine for ``url``, after ``prepare`` has made what is missing there.

    One process at a time prepares a SQLite file. A new file is readable by its owner
    alone. ``durable``: see ``open_engine``. Raises OSError and SQLAlchemyError.
    """
    with _file_lock(url):
        engine = open_engine(url, durable=durable)
        try:
            prepare(engine)
        except BaseException:
            engine.dispose()
            raise
        return engine


def lock_across_processes(connection: Connection, number: int) -> None:
    """On PostgreSQL, wait for other processes with the same number.

    They then wait until this transaction ends. A SQLite file is held already.
    """
    if connection.dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(:number)")
        connection.execute(statement, {"number": number})


def create_tables(connection: Connection, tables: Iterable[Table]) -> None:
    """Create the tables that are missing, with their indexes.

    Not ``create_all``, which checks first: another process may be doing the same.
    """
    for table in tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index, if_not_exists=True))


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite URL; None for another database or one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.query.get("uri"):
        return None
    name = parsed.database
    return Path(name) if name and name != ":memory:" else None


@contextmanager
def _file_lock(url: str) -> Iterator[None]:
    file = file_of(url)
    if file is None:
        yield
        return
    os.stat(file.parent)  # FileLock would make a missing folder
    # While a new file is switched to WAL, SQLite does not wait for others.
    with FileLock(f"{file}.lock", timeout=OPEN_SECONDS, mode=0o600):
        # An existing file is not opened: closing it would drop all locks that the
        # connections of this process hold on it, and the next process to leave would
        # remove the log that they write to.
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        yield
