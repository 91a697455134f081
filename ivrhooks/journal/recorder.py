"""Stores data requests after they were answered; no answer waits for it.

The server passes a function that makes an entry. One thread calls it and writes all
waiting entries in one commit. When more arrives than can be written, the newest are
dropped and counted.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from ivrhooks.basics.clock import seconds_since_1970
from ivrhooks.journal.entry import Entry
from ivrhooks.journal.tables import ENTRIES, MARKS, open_journal, row_of, unreadable
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.keys import VARIABLE
from ivrhooks.store.people import marks_of

WAITING = 2000
"""The number of entries that may wait; further ones are dropped."""

GROUP = 200  # entries in one commit
PURGE_EACH = 200  # entries between two purges
PURGE_SECONDS = 30.0  # the longest time between two purges
END_SECONDS = 5.0

_logger = logging.getLogger("ivrhooks.journal")

MakeEntry = Callable[[], Entry]
SealedEntry = tuple[dict[str, Any], set[bytes]]


class Recorder:
    """The journal's writer in one process.

    ``keep``: seconds that an entry is kept; ``max_entries``: their most; ``dropped``
    counts entries that could not be stored.
    """

    def __init__(
        self,
        url: str,
        cipher: Cipher,
        *,
        keep: float,
        max_entries: int,
        now: Callable[[], float] = seconds_since_1970,
        waiting: int = WAITING,
    ) -> None:
        self.url = url
        self.keep = keep
        self.max_entries = max_entries
        self.dropped = 0
        self._now = now
        self._cipher = cipher
        self._waiting: queue.Queue[MakeEntry | threading.Event | None]
        self._waiting = queue.Queue(waiting)
        self._engine: Engine | None = None
        self._since_purge = PURGE_EACH  # the first write purges old entries
        self._trouble = False
        self._thread = threading.Thread(
            target=self._run, name="ivrhooks-journal", daemon=True
        )
        self._thread.start()

    def record(self, make: MakeEntry) -> None:
        """Store what ``make()`` returns, soon. Never waits and never raises."""
        try:
            self._waiting.put_nowait(make)
        except queue.Full:
            self.dropped += 1

    @property
    def trouble(self) -> bool:
        """Whether the last write failed."""
        return self._trouble

    def flush(self, seconds: float = END_SECONDS) -> bool:
        """Wait at most ``seconds`` and return whether everything recorded so far is
        written."""
        reached = threading.Event()
        try:
            self._waiting.put(reached, timeout=seconds)
        except queue.Full:
            return False
        return reached.wait(seconds)

    def close(self) -> None:
        """Write the waiting entries and end the thread."""
        try:
            self._waiting.put(None, timeout=END_SECONDS)
        except queue.Full:
            return
        self._thread.join(END_SECONDS)

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        ended = False
        while not ended:
            waiting, events, ended = self._next_group()
            if waiting or self._since_purge:
                self._write_group(waiting)
            for event in events:
                event.set()
        if self._engine is not None:
            self._engine.dispose()

    def _next_group(self) -> tuple[list[MakeEntry], list[threading.Event], bool]:
        """Wait for an entry, and return the waiting ones up to one commit's worth."""
        waiting: list[MakeEntry] = []
        events: list[threading.Event] = []
        try:
            item = self._waiting.get(timeout=PURGE_SECONDS)
            while item is not None:
                if isinstance(item, threading.Event):
                    events.append(item)
                else:
                    waiting.append(item)
                if len(waiting) >= GROUP:
                    return waiting, events, False
                item = self._waiting.get_nowait()
        except queue.Empty:
            if not waiting and not events:
                self._since_purge = PURGE_EACH  # so that a purge follows
            return waiting, events, False
        return waiting, events, True

    def _write_group(self, waiting: list[MakeEntry]) -> None:
        sealed = [row for row in map(self._sealed, waiting) if row]
        try:
            try:
                self._write(sealed)
            except OperationalError:  # another worker held the lock for too long
                self._write(sealed)
            self._trouble = False
        except Exception as problem:  # no error may end the thread
            self.dropped += len(sealed)
            if not self._trouble:
                _logger.error(
                    "the journal cannot be written: %s; data requests are answered, "
                    "but not recorded. Check the disk and the rights of the store",
                    type(getattr(problem, "orig", None) or problem).__name__,
                )
            self._trouble = True

    def _write(self, sealed: list[SealedEntry]) -> None:
        if self._engine is None:
            self._engine = open_journal(self.url)
            self._warn_of_lost_keys(self._engine)
        with self._engine.begin() as connection:
            if sealed:
                self._insert(connection, sealed)
                self._drop_the_oldest(connection)
            self._since_purge += len(sealed)
            if self._since_purge >= PURGE_EACH:
                self._purge(connection)
                self._since_purge = 0

    def _sealed(self, make: MakeEntry) -> SealedEntry | None:
        try:
            entry = make()
            sighted = {*entry.people, ("request", entry.request_id)}
            return row_of(entry, self._cipher), marks_of(sighted, self._cipher)
        except Exception:
            self.dropped += 1
            _logger.exception("internal error: a data request was not recorded")
            return None

    def _insert(self, connection: Connection, sealed: list[SealedEntry]) -> None:
        insert = ENTRIES.insert().returning(ENTRIES.c.id, sort_by_parameter_order=True)
        ids = connection.execute(insert, [row for row, _ in sealed]).scalars()
        marks = [
            {"mark": mark, "entry": entry}
            for entry, (_, marks) in zip(ids, sealed, strict=True)
            for mark in marks
        ]
        if marks:
            connection.execute(MARKS.insert(), marks)

    def _drop_the_oldest(self, connection: Connection) -> None:
        """Delete the oldest. Ids ascend by one, so no count is needed."""
        last = sa.select(sa.func.max(ENTRIES.c.id)).scalar_subquery()
        too_much = last - self.max_entries
        connection.execute(MARKS.delete().where(MARKS.c.entry <= too_much))
        connection.execute(ENTRIES.delete().where(ENTRIES.c.id <= too_much))

    def _purge(self, connection: Connection) -> None:
        """Delete expired entries."""
        too_old = ENTRIES.c.at < self._now() - self.keep
        old = sa.select(ENTRIES.c.id).where(too_old)
        connection.execute(MARKS.delete().where(MARKS.c.entry.in_(old)))
        connection.execute(ENTRIES.delete().where(too_old))

    def _warn_of_lost_keys(self, engine: Engine) -> None:
        with engine.connect() as connection:
            count = unreadable(connection, self._cipher)
        if count:
            _logger.warning(
                "%d data requests of the journal were encrypted with an unknown key "
                "and cannot be read; they expire as usual. If you still have that key, "
                "add it behind a comma in %s. Answers are not affected",
                count,
                VARIABLE,
            )
