"""Reads the journal: the data requests of all workers, the newest first."""

from __future__ import annotations

import threading
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Engine, RowMapping

from ivrhooks.journal.tables import (
    DATA_REQUESTS,
    DEADLINE,
    DETAIL,
    HEAVY,
    open_journal,
)

MOST = 500
"""Rows of one answer."""

_LIGHT = [column for column in DATA_REQUESTS.columns if column.name not in HEAVY]


class Journal:
    """One journal, opened when it is first read. Telephone numbers in it are whole:
    whoever shows an entry masks them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    def answers(self) -> bool:
        """Whether the database can be read now."""
        try:
            with self._opened().connect() as connection:
                connection.execute(sa.select(DATA_REQUESTS.c.id).limit(1)).first()
        except (sa.exc.SQLAlchemyError, OSError):
            return False
        return True

    def recent(
        self,
        *,
        after: int = 0,
        before: int = 0,
        endpoint: str = "",
        status: str = "",
        limit: int = 100,
    ) -> list[dict[str, Any]]:
        """The newest rows first, without what was sent. ``after`` and ``before``: ids;
        ``status``: a number (``401``), a class (``4xx``), ``refused`` or
        ``degraded``. With ``after`` and more rows than ``limit``, the newest."""
        table = DATA_REQUESTS
        asked = sa.select(*_LIGHT).order_by(table.c.id.desc())
        if after:
            asked = asked.where(table.c.id > after)
        if before:
            asked = asked.where(table.c.id < before)
        if endpoint:
            asked = asked.where(table.c.endpoint == endpoint)
        condition = _status(status)
        if condition is not None:
            asked = asked.where(condition)
        asked = asked.limit(max(1, min(limit, MOST)))
        with self._opened().connect() as connection:
            return [_read(row) for row in connection.execute(asked).mappings()]

    def entry(self, row_id: int) -> dict[str, Any] | None:
        """One row with what was sent, its trace, ``detail`` and ``deadline_ms``; None
        where it is no more."""
        asked = sa.select(DATA_REQUESTS).where(DATA_REQUESTS.c.id == row_id)
        with self._opened().connect() as connection:
            row = connection.execute(asked).mappings().first()
        return None if row is None else _read(row)

    def size(self) -> dict[str, Any]:
        """``rows``, ``bytes``, and when the ``oldest`` came (seconds since 1970)."""
        table = DATA_REQUESTS
        asked = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(table.c.size), 0),
            sa.func.min(table.c.at),
        )
        with self._opened().connect() as connection:
            rows, size, oldest = connection.execute(asked).one()
        return {"rows": rows, "bytes": size, "oldest": oldest}

    def close(self) -> None:
        """Closes the connections."""
        if self._engine is not None:
            self._engine.dispose()

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = open_journal(self._url)
            return self._engine


def _status(text: str) -> sa.ColumnElement[bool] | None:
    table = DATA_REQUESTS
    if text.isdecimal() and len(text) == 3:
        return table.c.status == int(text)
    if len(text) == 3 and text.endswith("xx") and text[0].isdecimal():
        return table.c.status.between(int(text[0]) * 100, int(text[0]) * 100 + 99)
    if text == "refused":
        return table.c.code != ""
    return table.c.degraded != "" if text == "degraded" else None


def _read(row: RowMapping) -> dict[str, Any]:
    """A row as plain values."""
    found = dict(row)
    found["warnings"] = orjson.loads(found["warnings"])
    found["defaults"] = orjson.loads(found["defaults"])
    found["test"] = bool(found["test"])
    if found.get("trace") is not None:
        try:
            found["trace"] = orjson.loads(found["trace"])
        except ValueError:  # what a customer system sent can be beyond all bounds
            found["trace"] = None
    trace = found.get("trace") or {}
    found["detail"], found["deadline_ms"] = (
        trace.pop(DETAIL, {}),
        trace.pop(DEADLINE, 0),
    )
    return found
