"""The state of a sandbox: JSON documents in collections, and the requests it received.

One table holds the documents of all systems, one the recorded requests. SQLite is the
default; the same models work with PostgreSQL.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Engine, Text, delete, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ivrhooks.store.engine import open_engine

MAX_REQUESTS = 1000
"""The number of recorded requests that are kept."""


class Base(DeclarativeBase):
    """The tables of a sandbox."""


class DocumentRow(Base):
    """One document of one collection; ``position`` keeps the order of arrival."""

    __tablename__ = "sandbox_documents"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    system: Mapped[str] = mapped_column(index=True)
    collection: Mapped[str]
    key: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)


class RequestRow(Base):
    """One request that a sandbox received."""

    __tablename__ = "sandbox_requests"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    body: Mapped[str] = mapped_column(Text)


class Store:
    """The sandbox's database. Thread-safe.

    ``lock`` makes a read and the write that follows one step: ``with store.lock: …``.
    ``alone``: nobody else writes to this database (an SQLite file has one sandbox), so
    what was read may be cached.
    """

    def __init__(self, database_url: str = "sqlite://") -> None:
        self.lock = threading.RLock()
        self.engine: Engine = open_engine(database_url, durable=False)
        self.alone = self.engine.dialect.name == "sqlite"
        self._collections: dict[tuple[str, str], Collection] = {}
        Base.metadata.create_all(self.engine)

    def collection(self, system: str, name: str, key: str = "id") -> Collection:
        """Return the collection of that name; the same name gives the same object."""
        with self.lock:
            known = self._collections.get((system, name))
            if known is None:
                known = Collection(self, system, name, key)
                self._collections[system, name] = known
            return known

    def reset(self) -> None:
        """Remove every recorded request (for documents see ``Collection.replace``)."""
        with self.lock, self.engine.begin() as connection:
            connection.execute(delete(RequestRow))

    def record(self, request: Mapping[str, Any]) -> None:
        """Store one request, and remove those over the limit."""
        body = _json(request)
        with self.lock, self.engine.begin() as connection:
            done = connection.execute(insert(RequestRow).values(body=body))
            number = done.inserted_primary_key[0] if done.inserted_primary_key else 0
            if number % 100 == 0:
                old = number - MAX_REQUESTS
                connection.execute(delete(RequestRow).where(RequestRow.number <= old))

    def requests(self) -> list[dict[str, Any]]:
        """Return the recorded requests, newest first."""
        newest = select(RequestRow.body).order_by(RequestRow.number.desc())
        with self.lock, self.engine.connect() as connection:
            rows = connection.execute(newest.limit(MAX_REQUESTS)).scalars().all()
        return [json.loads(body) for body in rows]

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


class Collection:
    """Documents of one kind, in the order of arrival.

    Every document is copied on its way in and out. One without the key field is stored
    (see ``all``), but cannot be found by key.
    """

    def __init__(self, store: Store, system: str, name: str, key: str) -> None:
        self.name = name
        self.key = key
        self._store = store
        self._system = system
        self._mine = (DocumentRow.system == system, DocumentRow.collection == name)
        self._cached: list[str] | None = None

    def all(self) -> list[dict[str, Any]]:
        """Return every document, oldest first."""
        return [orjson.loads(body) for body in self._bodies()]

    def get(self, key: Any) -> dict[str, Any] | None:
        """Return the document with that key (compared as text), or None."""
        statement = select(DocumentRow.body).where(
            *self._mine, DocumentRow.key == str(key)
        )
        with self._store.lock, self._store.engine.connect() as connection:
            body = connection.execute(statement).scalars().first()
        return None if body is None else dict(json.loads(body))

    def put(self, document: Mapping[str, Any]) -> None:
        """Add a document, or replace the one with its key in its place."""
        row = self._row(document)
        change = update(DocumentRow).where(*self._mine, DocumentRow.key == row["key"])
        with self._store.lock, self._store.engine.begin() as connection:
            self._cached = None
            changed = 0
            if row["key"]:
                done = connection.execute(change.values(body=row["body"]))
                changed = done.rowcount
            if not changed:
                connection.execute(insert(DocumentRow).values(**row))

    def delete(self, key: Any) -> bool:
        """Remove the document with that key and return whether there was one."""
        gone = delete(DocumentRow).where(*self._mine, DocumentRow.key == str(key))
        with self._store.lock, self._store.engine.begin() as connection:
            self._cached = None
            return connection.execute(gone).rowcount > 0

    def replace(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Replace all documents by these."""
        rows = [self._row(document) for document in documents]
        with self._store.lock, self._store.engine.begin() as connection:
            self._cached = None
            connection.execute(delete(DocumentRow).where(*self._mine))
            if rows:
                connection.execute(insert(DocumentRow), rows)

    def _bodies(self) -> list[str]:
        statement = select(DocumentRow.body).where(*self._mine)
        with self._store.lock:
            if self._cached is not None:
                return self._cached
            with self._store.engine.connect() as connection:
                ordered = statement.order_by(DocumentRow.position)
                bodies = list(connection.execute(ordered).scalars())
            if self._store.alone:
                self._cached = bodies
            return bodies

    def _row(self, document: Mapping[str, Any]) -> dict[str, str]:
        key = document.get(self.key)
        return {
            "system": self._system,
            "collection": self.name,
            "key": "" if key is None else str(key),
            "body": _json(dict(document)),
        }


def _json(value: Any) -> str:
    """Return JSON that a database accepts: a lone surrogate becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")
