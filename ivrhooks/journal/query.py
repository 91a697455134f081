"""Reads the journal: the data requests of all workers, newest first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, RowMapping

from ivrhooks.journal.entry import EntryFilter
from ivrhooks.journal.sealing import open_full, open_list, open_replayed
from ivrhooks.journal.tables import ENTRIES, HEAVY, MARKS, open_journal, unreadable
from ivrhooks.languages.catalogue import because
from ivrhooks.store.cipher import CannotDecrypt, Cipher
from ivrhooks.store.people import Person, index_text

Row = Mapping[str, Any] | RowMapping

MAX_ROWS = 500
"""The number of rows in one answer."""

_WHOLE = [column.label(column.key) for column in ENTRIES.columns]
_LIGHT = [column for column in _WHOLE if column.name not in HEAVY]
_LOST = {
    "request_id": "",
    "path": "",
    "peer": "",
    "reasons": [because("sealed")],
    "warnings": [],
    "defaults": {},
    "people": [],
    "callers": [],
}


class Journal:
    """One journal, opened when it is first read.

    It holds personal data unmasked; whoever shows an entry masks it.
    """

    def __init__(self, url: str, cipher: Cipher) -> None:
        self._url = url
        self._cipher = cipher
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    def answers(self) -> bool:
        """Return whether the database can be read now."""
        try:
            with self.engine.connect() as connection:
                connection.execute(sa.select(ENTRIES.c.id).limit(1)).first()
        except (sa.exc.SQLAlchemyError, OSError):
            return False
        return True

    def recent(
        self, chosen: EntryFilter | None = None, *, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Return the newest rows, without what was sent.

        With ``after`` and more than ``limit`` rows, the newest are returned.
        """
        limit = max(1, min(limit, MAX_ROWS))
        chosen = chosen or EntryFilter()
        statement = self._statement(chosen)
        searched = chosen.caller is not None or chosen.request_id
        entries: list[dict[str, Any]] = []
        with self.engine.connect() as connection:
            if not searched:
                statement = statement.limit(limit)
            for row in connection.execute(statement).mappings():
                opened = self._decrypted_list(row)
                if _matches(opened, chosen):
                    entries.append(opened)
                if len(entries) >= limit:
                    break
        return entries

    def entry(self, row_id: int) -> dict[str, Any] | None:
        """Return one row with what was sent, its trace, ``detail``, ``answers`` and
        ``deadline_ms``; None where it no longer exists."""
        statement = sa.select(*_WHOLE).where(ENTRIES.c.id == row_id)
        with self.engine.connect() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else self._decrypted(row)

    def count(self, chosen: EntryFilter) -> int:
        """Return how many entries match; for a caller, how many may match."""
        statement = (
            self._statement(chosen)
            .with_only_columns(sa.func.count(), maintain_column_froms=True)
            .order_by(None)
        )
        with self.engine.connect() as connection:
            return int(connection.execute(statement).scalar_one())

    def entries(
        self, chosen: EntryFilter, *, stride: int = 1, batch: int = 200
    ) -> Iterator[dict[str, Any]]:
        """Yield each ``stride``-th entry, oldest first, with few in memory at a time.

        They have what a replay needs, without trace. Unreadable entries are skipped.
        """
        whole = self._statement(chosen, whole=True, oldest_first=True)
        ids = whole.with_only_columns(ENTRIES.c.id, maintain_column_froms=True)
        after, each = chosen.after, batch * stride
        while True:
            with self.engine.connect() as connection:
                next_ids = ids.where(ENTRIES.c.id > after).limit(each)
                known = connection.execute(next_ids).scalars().all()
                sample = whole.where(ENTRIES.c.id.in_(known[::stride]))
                result = connection.execute(sample)
                names = tuple(result.keys())
                rows = [dict(zip(names, row, strict=True)) for row in result]
            for row in rows:
                opened = self._decrypted(row, open_replayed)
                if not opened["lost"] and _matches(opened, chosen):
                    yield opened
            if len(known) < each:
                return
            after = known[-1]

    def newest(
        self, chosen: EntryFilter, *, most: int, whole: bool = False, batch: int = 200
    ) -> Iterator[dict[str, Any]]:
        """Yield at most ``most`` entries, newest first, with few in memory at a time.

        ``whole``: with what was sent and answered, without the trace. Unreadable
        entries are skipped.
        """
        before = chosen.before
        while most > 0:
            statement = self._statement(replace(chosen, before=before), whole=whole)
            with self.engine.connect() as connection:
                limited = statement.limit(min(batch, most))
                rows = connection.execute(limited).mappings().all()
            for row in rows:
                opened = (
                    self._decrypted(row, open_replayed)
                    if whole
                    else self._decrypted_list(row)
                )
                if not opened["lost"]:
                    yield opened
            if len(rows) < batch:
                return
            before, most = rows[-1]["id"], most - len(rows)

    def size(self) -> dict[str, Any]:
        """Return ``rows``, ``bytes``, ``oldest`` (seconds since 1970) and how many are
        ``unreadable``."""
        statement = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(ENTRIES.c.size), 0),
            sa.func.min(ENTRIES.c.at),
        )
        with self.engine.connect() as connection:
            rows, size, oldest = connection.execute(statement).one()
            lost = unreadable(connection, self._cipher)
        return {"rows": rows, "bytes": size, "oldest": oldest, "unreadable": lost}

    def forget(self, caller: Person) -> int:
        """Remove the entries of a caller and return how many there were."""
        statement = self._statement(EntryFilter(caller=caller))
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.execute(sa.text("PRAGMA secure_delete = ON"))
            ids = [
                row["id"]
                for row in connection.execute(statement).mappings()
                if caller.is_in(self._decrypted_list(row)["people"])
            ]
            _remove(connection, ids)
        return len(ids)

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """The engine, opened on first use."""
        with self._opening:
            if self._engine is None:
                self._engine = open_journal(self._url)
            return self._engine

    # ------------------------------------------------------------------- what is read

    def _statement(
        self, chosen: EntryFilter, *, whole: bool = False, oldest_first: bool = False
    ) -> sa.Select[Any]:
        order = ENTRIES.c.id if oldest_first else ENTRIES.c.id.desc()
        statement = sa.select(*(_WHOLE if whole else _LIGHT)).order_by(order)
        conditions = [
            ENTRIES.c.id > chosen.after if chosen.after else None,
            ENTRIES.c.id < chosen.before if chosen.before else None,
            ENTRIES.c.endpoint == chosen.endpoint if chosen.endpoint else None,
            ENTRIES.c.at >= chosen.since if chosen.since else None,
            None if chosen.tests else ENTRIES.c.test.is_(False),
            _status(chosen.status),
            self._mark_condition(chosen),
        ]
        return statement.where(
            *(element for element in conditions if element is not None)
        )

    def _mark_condition(self, chosen: EntryFilter) -> sa.ColumnElement[bool] | None:
        """Return the condition on marks that the wanted entries meet."""
        if chosen.caller is None and not chosen.request_id:
            return None
        marks = list(chosen.caller.marks(self._cipher)) if chosen.caller else []
        if chosen.request_id:
            marks += self._cipher.marks(index_text(("request", chosen.request_id)))
        marked = sa.select(MARKS.c.entry).where(MARKS.c.mark.in_(marks))
        return ENTRIES.c.id.in_(marked)

    def _decrypted_list(self, row: Row) -> dict[str, Any]:
        """Return a row as plain values, and whether its key is ``lost``."""
        entry: dict[str, Any] = dict(row)
        entry["test"] = bool(entry["test"])
        try:
            listed = {**open_list(entry.pop("list"), self._cipher), "lost": False}
        except CannotDecrypt:
            listed = {**_LOST, "lost": True}
        return {**entry, **listed}

    def _decrypted(
        self,
        row: Row,
        open_part: Callable[[bytes, Cipher], dict[str, Any]] = open_full,
    ) -> dict[str, Any]:
        entry = self._decrypted_list(row)
        sealed = entry.pop("whole")
        try:
            return {**entry, **open_part(sealed, self._cipher)}
        except CannotDecrypt:
            nothing: Mapping[str, Any] = {
                "trace": None,
                "detail": {},
                "answers": [],
                "outputs": {},
            }
            sent = {"head": b"", "body": b"", "deadline_ms": 0.0}
            return {**entry, **nothing, **sent, "lost": True}


def _remove(connection: Connection, ids: list[int]) -> None:
    for start in range(0, len(ids), MAX_ROWS):
        some = ids[start : start + MAX_ROWS]
        connection.execute(MARKS.delete().where(MARKS.c.entry.in_(some)))
        connection.execute(ENTRIES.delete().where(ENTRIES.c.id.in_(some)))


def _matches(row: Mapping[str, Any], chosen: EntryFilter) -> bool:
    """Return whether a row whose marks match is really wanted."""
    if chosen.caller is None and not chosen.request_id:
        return True
    if chosen.request_id and row["request_id"] == chosen.request_id:
        return True
    return chosen.caller is not None and chosen.caller.is_in(row["people"])


def _status(text: str) -> sa.ColumnElement[bool] | None:
    status = ENTRIES.c.status
    if text.isdecimal() and len(text) == 3:
        return status == int(text)
    if len(text) == 3 and text.endswith("xx") and text[0].isdecimal():
        return status.between(int(text[0]) * 100, int(text[0]) * 100 + 99)
    if text == "refused":
        return ENTRIES.c.code != ""
    return ENTRIES.c.degraded != "" if text == "degraded" else None
