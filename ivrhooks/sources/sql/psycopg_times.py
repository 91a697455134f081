"""Dates and times of PostgreSQL that Python has no value for: they stay text.

``infinity``, years before Christ and ``24:00`` are common in tables of validity and of
opening hours. By itself psycopg raises an error for them, and the whole row is lost.
"""

from __future__ import annotations

from typing import Any

from psycopg import DataError, postgres
from psycopg.abc import AdaptContext, Buffer
from psycopg.abc import Loader as LoaderProtocol
from psycopg.adapt import AdaptersMap, Loader
from psycopg.pq import Format

TYPES = ("date", "time", "timetz", "timestamp", "timestamptz")


def keep_texts(adapters: AdaptersMap) -> None:
    """Make the connection of ``adapters`` return such a value as the database writes
    it."""
    for name in TYPES:
        oid = postgres.types[name].oid
        loader = adapters.get_loader(oid, Format.TEXT)
        if loader is not None:
            adapters.register_loader(oid, _or_text(loader))


def _or_text(loader: type[LoaderProtocol]) -> type[Loader]:
    class OrText(Loader):
        def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
            super().__init__(oid, context)
            self._loader = loader(oid, context)

        def load(self, data: Buffer) -> Any:
            try:
                return self._loader.load(data)
            except DataError:
                return bytes(data).decode("utf-8", "replace")

    return OrText
