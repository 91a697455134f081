"""Keeps data requests after they have been answered: the answer never waits for it.

A door hands in how an entry is made; one thread makes it, and writes what has come in
one commit. Where more comes than can be written, the newest are dropped and counted.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

from ivrhooks.journal.entry import Entry
from ivrhooks.journal.tables import DATA_REQUESTS, open_journal, row_of

WAITING = 2000
"""Entries that wait to be written; further ones are dropped."""

MOST_ROWS = 10_000
MOST_BYTES = 64 * 1024 * 1024
GROUP = 200  # entries in one commit
PURGE_EACH = 200  # entries written between two purges
PURGE_SECONDS = 30.0  # and the longest time between two
END_SECONDS = 5.0

_logger = logging.getLogger("ivrhooks.journal")

Make = Callable[[], Entry]


def seconds_since_1970() -> float:
    """The moment now, as entries have it."""
    return datetime.now(UTC).timestamp()


class Recorder:
    """The journal's writer in one process. ``keep``: seconds that an entry is kept;
    ``dropped`` counts what could not be."""

    def __init__(
        self,
        url: str,
        keep: float,
        *,
        now: Callable[[], float] = seconds_since_1970,
        rows: int = MOST_ROWS,
        most_bytes: int = MOST_BYTES,
        waiting: int = WAITING,
    ) -> None:
        self.url = url
        self.keep = keep
        self.dropped = 0
        self._now = now
        self._rows = rows
        self._most_bytes = most_bytes
        self._waiting: queue.Queue[Make | threading.Event | None]
        self._waiting = queue.Queue(waiting)
        self._engine: Engine | None = None
        self._since_purge = PURGE_EACH  # the first write purges what is old
        self._trouble = False
        self._thread = threading.Thread(
            target=self._run, name="ivrhooks-journal", daemon=True
        )
        self._thread.start()

    def record(self, make: Make) -> None:
        """Has ``make()`` written, soon. Never waits, never raises."""
        try:
            self._waiting.put_nowait(make)
        except queue.Full:
            self.dropped += 1

    @property
    def trouble(self) -> bool:
        """Whether the last write failed."""
        return self._trouble

    def flush(self, seconds: float = END_SECONDS) -> bool:
        """Whether what has been recorded until now is written, within ``seconds``."""
        reached = threading.Event()
        try:
            self._waiting.put(reached, timeout=seconds)
        except queue.Full:
            return False
        return reached.wait(seconds)

    def close(self) -> None:
        """Writes what waits, and ends the thread."""
        try:
            self._waiting.put(None, timeout=END_SECONDS)
        except queue.Full:
            return
        self._thread.join(END_SECONDS)

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        ended = False
        while not ended:
            makes, events, ended = self._next_group()
            if makes or self._since_purge:
                self._written(makes)
            for event in events:
                event.set()
        if self._engine is not None:
            self._engine.dispose()

    def _next_group(self) -> tuple[list[Make], list[threading.Event], bool]:
        """What waits, at most one commit's worth; waits for the first."""
        makes: list[Make] = []
        events: list[threading.Event] = []
        try:
            item = self._waiting.get(timeout=PURGE_SECONDS)
            while item is not None:
                if isinstance(item, threading.Event):
                    events.append(item)
                else:
                    makes.append(item)
                if len(makes) >= GROUP:
                    return makes, events, False
                item = self._waiting.get_nowait()
        except queue.Empty:
            if not makes and not events:
                self._since_purge = PURGE_EACH  # time to look for what is too old
            return makes, events, False
        return makes, events, True

    def _written(self, makes: list[Make]) -> None:
        rows = [row for row in map(self._made, makes) if row]
        try:
            try:
                self._write(rows)
            except OperationalError:  # locked by another worker for too long
                self._write(rows)
            self._trouble = False
        except Exception as problem:  # whatever it is, it must not end the thread
            self.dropped += len(rows)
            if not self._trouble:
                _logger.error(
                    "the journal cannot be written, data requests are answered all "
                    "the same: %s",
                    type(getattr(problem, "orig", None) or problem).__name__,
                )
            self._trouble = True

    def _write(self, rows: list[dict[str, Any]]) -> None:
        if self._engine is None:
            self._engine = open_journal(self.url)
        with self._engine.begin() as connection:
            if rows:
                connection.execute(DATA_REQUESTS.insert(), rows)
                self._drop_the_oldest(connection)
            self._since_purge += len(rows)
            if self._since_purge >= PURGE_EACH:
                self._purge(connection)
                self._since_purge = 0

    def _made(self, make: Make) -> dict[str, Any] | None:
        try:
            return row_of(make())
        except Exception:
            self.dropped += 1
            _logger.exception("a data request could not be written down")
            return None

    def _drop_the_oldest(self, connection: Connection) -> None:
        """Ids go up by one: no count is needed to know what is too much."""
        table = DATA_REQUESTS
        last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
        connection.execute(table.delete().where(table.c.id <= last - self._rows))

    def _purge(self, connection: Connection) -> None:
        """What is too old goes, then what is too many bytes, the oldest first."""
        table = DATA_REQUESTS
        too_old = table.c.at < self._now() - self.keep
        connection.execute(table.delete().where(too_old))
        count, size = connection.execute(
            sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(table.c.size), 0))
        ).one()
        while count and size > self._most_bytes:
            part = (
                sa.select(table.c.id)
                .order_by(table.c.id)
                .offset(max(1, count // 10) - 1)
                .limit(1)
                .scalar_subquery()
            )
            connection.execute(table.delete().where(table.c.id <= part))
            count, size = connection.execute(
                sa.select(
                    sa.func.count(), sa.func.coalesce(sa.func.sum(table.c.size), 0)
                )
            ).one()
