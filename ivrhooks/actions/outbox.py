"""The outbox of one process: an action is on the disk before its answer leaves.

One thread writes. Actions that arrive during a commit go into the next transaction
(group commit), so a hundred callers cost few commits. While the store cannot be
written, callers get ``not_stored`` at once instead of waiting.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from ivrhooks.actions.draft import AcceptedAction, Draft, NotStored, new_id
from ivrhooks.actions.storing import insert, withdraw
from ivrhooks.actions.tables import TOTALS, open_outbox
from ivrhooks.basics.clock import seconds_since_1970
from ivrhooks.store.cipher import Cipher

GROUP = 500
"""Data requests in one commit."""

MAX_WAITING = 10_000
"""The number of jobs that may wait; further ones are not stored."""

LOOK_SECONDS = 0.5
"""The time between two attempts to reach a store that could not be written."""

STALL_SECONDS = 3.0
"""The time after which a transaction no longer makes callers wait: they get
``not_stored``."""

END_SECONDS = 5.0

_AGAIN = frozenset({"40001", "40P01"})
"""PostgreSQL's codes of a transaction that may be repeated: serialization_failure and
deadlock_detected."""

_logger = logging.getLogger("ivrhooks.actions.outbox")
T = TypeVar("T")
Work = Callable[[Connection, float], T]
"""The work of a transaction, given the current time in seconds since 1970."""


@dataclass(slots=True, eq=False)
class _Job:
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    work: Work[Any] | None = None
    group: str = ""
    order: str = ""
    drafts: Sequence[Draft] = ()
    ids: Sequence[str] = ()
    result: Any = None


class Outbox:
    """The writer of one process; its thread starts with the first call.

    ``url``: of the store. ``open_cipher`` is called in the thread. ``clock`` gives the
    current time; the default is the database server's, or this machine's for a file.
    """

    def __init__(
        self,
        url: str,
        open_cipher: Callable[[], Cipher],
        *,
        clock: Callable[[], float] | None = None,
        look: float = LOOK_SECONDS,
    ) -> None:
        self.url = url
        self.on_stored: Callable[[], None] = lambda: None
        self._open_cipher = open_cipher
        self._clock = clock
        self._look = look
        self._cipher: Cipher | None = None
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._changed = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._closing = False
        self._began: float | None = None
        self._trouble = ""
        self._doubtful: list[str] = []
        self._thread: threading.Thread | None = None

    @property
    def trouble(self) -> str:
        """Return why it cannot be written now, or "" where no problem is known."""
        if not self._trouble and self._is_stalled():
            return "the store does not answer"
        return self._trouble

    @property
    def cipher(self) -> Cipher:
        """The cipher that decrypts what it returns; set after the first write."""
        if self._cipher is None:
            raise RuntimeError("the outbox was not opened")
        return self._cipher

    def start(self) -> None:
        """Open the store before it is needed."""
        with self._changed:
            self._begin()

    def store(self, drafts: Sequence[Draft]) -> asyncio.Future[list[AcceptedAction]]:
        """Store all of ``drafts`` in one transaction.

        The future is done when they are on the disk, or fails with NotStored.
        Cancelling it withdraws them.
        """
        loop = asyncio.get_running_loop()
        ids = [new_id() for _ in drafts]
        return self._put(_Job(loop, loop.create_future(), drafts=drafts, ids=ids))

    def run(
        self, work: Work[T], *, group: str = "", order: str = ""
    ) -> asyncio.Future[T]:
        """Have ``work`` done by the writer; the future fails with NotStored.

        Only work of the same ``group`` shares a transaction, sorted by ``order``, so
        that no two processes take the same locks in different order.
        """
        loop = asyncio.get_running_loop()
        return self._put(_Job(loop, loop.create_future(), work, group, order))

    def close(self) -> None:
        """Write what waits and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(END_SECONDS)

    def _put(self, job: _Job) -> asyncio.Future[Any]:
        trouble = self.trouble
        if not trouble and len(self._waiting) >= MAX_WAITING:
            trouble = "too many wait to be stored"
        if trouble:
            job.future.set_exception(NotStored(trouble))
            return job.future
        with self._changed:
            self._begin()
            self._waiting.append(job)
            self._changed.notify()
        return job.future

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="ivrhooks-outbox", daemon=True
            )
            self._thread.start()

    def _is_stalled(self) -> bool:
        began = self._began
        return began is not None and time.monotonic() - began > STALL_SECONDS

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        self._try_to_open()
        while (jobs := self._next_jobs()) is not None:
            if self._trouble:
                self._try_to_open()
            for group in _grouped(jobs):
                if not self._trouble:
                    self._run_group(group)
                else:
                    _reject(group, NotStored(self._trouble))
        self._close_store()

    def _next_jobs(self) -> list[_Job] | None:
        """Return the waiting jobs, or None at the end.

        An empty list means: check whether the store can be written again.
        """
        with self._changed:
            while not self._waiting:
                if self._closing:
                    return None
                self._changed.wait(self._look if self._trouble else None)
                if self._trouble:
                    break
            count = min(GROUP, len(self._waiting))
            return [self._waiting.popleft() for _ in range(count)]

    def _try_to_open(self) -> None:
        """Open the store, or check whether it can be written again."""
        try:
            if self._cipher is None:
                self._cipher = self._open_cipher()
            if self._engine is None:
                self._engine = open_outbox(self.url)
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                _probe(self._connection)
                if self._doubtful:  # it is unknown whether their commit succeeded
                    withdraw(self._connection, self._doubtful)
            self._doubtful = []
        except Exception as problem:
            self._note_failure(problem)
            return
        if self._trouble:
            _logger.warning("the outbox can be written again, actions are stored")
        self._trouble = ""

    def _run_group(self, jobs: list[_Job]) -> None:
        """Do all of ``jobs`` in one transaction, or none."""
        live = [job for job in jobs if not job.future.cancelled()]
        if not live:
            return
        self._began = time.monotonic()
        try:
            self._write(live)
        except Exception as problem:
            self._handle_failure(live, problem)
        else:
            self._report_done(live)
        finally:
            self._began = None

    def _handle_failure(self, jobs: list[_Job], problem: Exception) -> None:
        """Fail all jobs for an error of the store, or one job for an error of its
        own."""
        store = isinstance(problem, (SQLAlchemyError, OSError))
        if store and not isinstance(problem, (DataError, IntegrityError)):
            self._doubtful += [action_id for job in jobs for action_id in job.ids]
            _reject(jobs, NotStored(self._note_failure(problem)))
        elif len(jobs) > 1:
            for job in jobs:
                self._run_group([job])
        else:
            _logger.error("internal error in storing an action", exc_info=problem)
            _reject(jobs, NotStored("a mistake of ivrhooks"))

    def _write(self, jobs: list[_Job]) -> None:
        try:
            self._run_transaction(jobs)
        except DBAPIError as problem:
            state = getattr(problem.orig, "sqlstate", None)
            if not (problem.connection_invalidated or state in _AGAIN):
                raise
            self._run_transaction(jobs)  # nothing of the first attempt was stored

    def _run_transaction(self, jobs: list[_Job]) -> None:
        if self._connection is None or self._cipher is None:
            raise RuntimeError("the outbox is not open")
        connection = self._connection
        with connection.begin():
            now = self._now(connection)
            drafts = [draft for job in jobs for draft in job.drafts]
            ids = [action_id for job in jobs for action_id in job.ids]
            accepted = (
                insert(connection, drafts, self._cipher, now, ids) if drafts else []
            )
            results = iter(accepted)
            for job in jobs:
                if job.work is not None:
                    job.result = job.work(connection, now)
                else:
                    job.result = [next(results) for _ in job.drafts]

    def _now(self, connection: Connection) -> float:
        if self._clock is not None:
            return self._clock()
        if connection.dialect.name != "postgresql":
            return seconds_since_1970()
        statement = sa.text("SELECT extract(epoch from clock_timestamp())")
        return float(connection.execute(statement).scalar_one())

    def _note_failure(self, problem: Exception) -> str:
        """Return what is wrong, without data. The store is opened anew."""
        original = getattr(problem, "orig", None) or problem
        reason = f"the store cannot be written: {_words(original)}"
        if not self._trouble:
            _logger.error(
                "%s; data requests are answered, but their actions are not stored",
                reason,
            )
        self._trouble = reason
        self._close_store()
        return reason

    def _close_store(self) -> None:
        """Close what is open; a broken connection is not rolled back."""
        engine, self._engine = self._engine, None
        connection, self._connection = self._connection, None
        with suppress(Exception):
            if connection is not None:
                connection.close()
        if engine is not None:
            engine.dispose()

    # ------------------------------------------------------------- back in the loop

    def _report_done(self, jobs: list[_Job]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in jobs:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, group in by_loop.items():
            _call(loop, partial(self._resolve, group))

    def _withdraw(self, ids: Sequence[str]) -> None:
        work: Work[None] = lambda connection, now: withdraw(connection, ids)  # noqa: E731
        self.run(work).add_done_callback(_ignore)

    def _resolve(self, jobs: list[_Job]) -> None:
        """Set the results, in the loop. What was stored for a cancelled caller is
        withdrawn."""
        unwanted: list[str] = []
        stored = False
        for job in jobs:
            if not job.future.done():
                job.future.set_result(job.result)
                stored = stored or job.work is None
            elif job.work is None and job.future.cancelled():
                unwanted += [
                    accepted.id for accepted in job.result if not accepted.repeated
                ]
        if unwanted:
            self._withdraw(unwanted)
        if stored:
            self.on_stored()


def _grouped(jobs: list[_Job]) -> list[list[_Job]]:
    """Group the jobs that share a transaction; storing comes first."""
    groups: dict[tuple[bool, str], list[_Job]] = {}
    for job in jobs:
        groups.setdefault((job.work is not None, job.group), []).append(job)
    return [
        sorted(group, key=lambda job: job.order)
        for _, group in sorted(groups.items(), key=lambda item: item[0])
    ]


def _ignore(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()  # retrieved; nobody waits for it


def _reject(jobs: list[_Job], error: Exception) -> None:
    for job in jobs:
        _call(job.loop, partial(_fail, job.future, error))


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _call(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(work)
    except RuntimeError:
        return  # the loop has ended, so nobody waits any more


def _probe(connection: Connection) -> None:
    """Write one row, which fails at once for a full disk or a read-only file."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(TOTALS).values(source="", delivered=0, retried=1)
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=[TOTALS.c.source],
            set_={"retried": TOTALS.c.retried + adding.excluded.retried},
        )
    )


def _words(problem: BaseException) -> str:
    """Return a database's error without the statement and its values."""
    known = {
        "readonly": "it can only be read",
        "disk is full": "the disk is full",
        "No space left": "the disk is full",
        "locked": "another process holds it",
        "Connection refused": "the database server refuses connections",
        "unable to open": "its file cannot be opened",
        "Permission denied": "its file may not be opened",
    }
    text = str(problem)
    advice = next((words for sign, words in known.items() if sign in text), "")
    return advice or type(problem).__name__
