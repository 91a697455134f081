"""Records each answer: in the counts always, in the journal where it is switched on.

Each worker process has one recorder, which outlives every reload.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ivrhooks.actions.interface import DeadAction
from ivrhooks.actions.service import ActionService
from ivrhooks.answering.answer import Answer
from ivrhooks.basics.clock import seconds_since_1970
from ivrhooks.basics.errors import ConfigError
from ivrhooks.basics.timed_check import TimedCheck
from ivrhooks.config.compile.source.sources import SANDBOX_URL, SANDBOX_VARIABLE
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.http.request import HttpRequest
from ivrhooks.journal.entry import Entry
from ivrhooks.observe import journal_entries as entries
from ivrhooks.observe.alerts import Alerts, dead_action
from ivrhooks.observe.counters import Counters
from ivrhooks.observe.forgetting import SECONDS, NoteReader
from ivrhooks.observe.journal_entries import ReceivedRequest
from ivrhooks.observe.orders import Order, Orders
from ivrhooks.observe.readiness import Readiness, StoreHealth, readiness
from ivrhooks.observe.snapshots import Snapshot, Workers, server_name
from ivrhooks.observe.tracing import Tracing, open_tracing
from ivrhooks.sources.asking.reply_cache import forget_kept
from ivrhooks.sources.asking.source import Source
from ivrhooks.store.console_token import configured_token, stored_token
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import open_cipher
from ivrhooks.store.people import Person

if TYPE_CHECKING:
    from ivrhooks.actions.outbox import Outbox
    from ivrhooks.journal.query import Journal
    from ivrhooks.journal.recorder import Recorder

_logger = logging.getLogger("ivrhooks.observe.request_recorder")


class DispatcherLike(Protocol):
    """What the recorder reads of a dispatcher."""

    @property
    def configuration(self) -> Configuration: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def engine(self) -> Any: ...
    @property
    def shared(self) -> Any: ...


class RequestRecorder:
    """``server_kind``: asgi | wsgi. ``problem`` returns why a newer configuration is
    refused, "" where none is. The environment is read here, once."""

    def __init__(
        self,
        server_kind: str,
        configuration: Configuration,
        problem: Callable[[], str],
        *,
        environ: Any = os.environ,
        folder: Callable[[], Path] = data_folder,
        now: Callable[[], float] = seconds_since_1970,
    ) -> None:
        self.server_kind = server_kind
        self.counters = Counters()
        self.writer: Recorder | None = None
        self.journal: Journal | None = None
        self.token = ""
        self.server = ""
        self.now = now
        self.actions = ActionService(folder=folder, on_dead=self._report_dead)
        self.alerts = Alerts(now, self.actions.store)
        self.sandbox_url = (environ.get(SANDBOX_VARIABLE) or SANDBOX_URL).rstrip("/")
        self._environ = environ
        self._configured_token = configured_token(environ)
        self._problem = problem
        self._folder = folder
        self._notes = NoteReader(folder, lambda: open_cipher(folder, environ))
        self._first = configuration
        self._loaded_at = datetime.now(UTC)
        self._dispatcher: DispatcherLike | None = None
        self._workers: Workers | None = None
        self._pid = 0
        self._opening = threading.Lock()
        self._orders: Orders | None = None
        self.tracing: Tracing | None = None
        self.on_reload: Callable[[], None] = lambda: None
        self.on_forget: Callable[[], None] = lambda: None
        self._journal_answers = TimedCheck(self._journal_responds, failed=False)
        self.ending = False

    # ------------------------------------------------------------------- its life

    @property
    def configuration(self) -> Configuration:
        """The configuration in use."""
        dispatcher = self._dispatcher
        return self._first if dispatcher is None else dispatcher.configuration

    @property
    def loaded_at(self) -> datetime:
        """When the configuration in use was loaded."""
        dispatcher = self._dispatcher
        return self._loaded_at if dispatcher is None else dispatcher.opened_at

    @property
    def switched_on(self) -> bool:
        """Whether there is a console."""
        return bool(self._configured_token) or self.configuration.console.enabled

    def open(self) -> None:
        """Start, once in each process: threads do not survive a fork."""
        if self._pid == os.getpid():
            return
        with self._opening:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                self.writer = self.journal = None  # left from before a fork
                server = self.server or server_name()
                self.tracing = open_tracing(self._environ)
                self._orders = Orders(self._folder, server, self.now)
                self._workers = Workers(
                    self._folder,
                    server,
                    self.snapshot,
                    self._run_checks,
                )
                self._workers.start()
                self._open_stores()

    def _run_checks(self) -> None:
        """Do the periodic checks, four times a second, beside the answers."""
        self._notes.carry_out_new(self._forget)
        if self._orders is not None:
            self._orders.carry_out_new(self._carry_out)
        if self.configuration.alerts:
            self.alerts.check(self.configuration.alerts, self.snapshot())

    def order(self, kind: str, source: str) -> None:
        """Give an order to all workers of this server (``observe.orders``)."""
        self.open()
        if self._orders is None:
            return
        self._orders.publish(Order(kind, source))

    def _carry_out(self, order: Order) -> None:
        """Carry out an order in this worker. Called in the thread that writes
        snapshots."""
        _logger.info(
            "ordered in the console: %s, source: %s", order.kind, order.source or "all"
        )
        if order.kind == "reload":
            self.on_reload()
            return
        for source in self._sources():
            if order.source in ("", source.settings.name) and source.loop is not None:
                doing = _apply(source, order.kind)
                asyncio.run_coroutine_threadsafe(doing, source.loop).result(SECONDS)

    def _sources(self) -> list[Source]:
        """Return the sources in use, if their loop is running."""
        dispatcher = self._dispatcher
        sources = () if dispatcher is None else dispatcher.engine.sources.values()
        ours = [source for source in sources if isinstance(source, Source)]
        return [
            source
            for source in ours
            if source.loop is not None and source.loop.is_running()
        ]

    def _report_dead(self, dead: DeadAction) -> None:
        alert = dead_action(dead.endpoint, dead.action, dead.source, dead.error)
        self.alerts.send(self.configuration.alerts, alert)

    def outbox(self, configuration: Configuration) -> Outbox | None:
        """Return the outbox that stores the actions of ``configuration``."""
        return self.actions.outbox(configuration)

    def follow(self, dispatcher: DispatcherLike) -> None:
        """Use this dispatcher from now on."""
        self._dispatcher = dispatcher
        self.actions.follow(dispatcher.configuration, dispatcher.engine.sources)
        self.open()
        if self.tracing is not None:
            dispatcher.engine.tracer = self.tracing.begin
        self._open_stores()

    def close(self) -> None:
        """Write what is queued, and stop. Only in the process that opened it."""
        if self._pid != os.getpid():
            return
        if self._workers is not None:
            self._workers.close()
        self._close_stores()
        self.actions.close()
        if self.tracing is not None:
            self.tracing.close()
        self._pid = 0

    def _open_stores(self) -> None:
        """Open the console's token where there is a console, and the journal where
        there is one or it is switched on by itself."""
        settings, token = self.configuration.journal, ""
        if not (self.switched_on or settings.enabled):
            self._close_stores()
            return
        from ivrhooks.journal.query import Journal  # loads SQLAlchemy
        from ivrhooks.journal.recorder import Recorder
        from ivrhooks.journal.tables import journal_url

        try:
            if self.switched_on:
                token = self._configured_token or stored_token(self._folder())
            url = journal_url(self.configuration.store, self._folder())
            cipher = open_cipher(self._folder, self._environ)
        except (OSError, ConfigError) as problem:
            why = getattr(problem, "strerror", None) or problem
            _logger.error(
                "console and journal are off: the data folder cannot be used: %s; "
                "check IVRHOOKS_DATA and its rights",
                why,
            )
            self._close_stores()
            return
        self.token = token
        writer = self.writer
        if writer is not None and writer.url == url:
            writer.keep, writer.max_entries = settings.keep, settings.max_entries
            return
        self._close_stores(token=token)
        self.writer = Recorder(
            url, cipher, keep=settings.keep, max_entries=settings.max_entries
        )
        self.journal = Journal(url, cipher)

    def _close_stores(self, *, token: str = "") -> None:
        writer, journal = self.writer, self.journal
        self.writer, self.journal, self.token = None, None, token
        if writer is not None:
            writer.close()
        if journal is not None:
            journal.close()

    # ------------------------------------------------------------- what is written

    def answered(
        self,
        request: HttpRequest,
        plan: Plan,
        answer: Answer,
        configuration: Configuration,
        *,
        test: bool = False,
    ) -> None:
        """Record an endpoint's answer or refusal. ``test``: of a test run."""
        if answer.trace is not None:
            self.counters.count(answer.trace, answer.status, test=test)
            if self.tracing is not None:
                parent = request.headers.get("traceparent") or ""
                self.tracing.record(answer.trace, answer.status, configuration, parent)
        if self.writer is not None:
            received = ReceivedRequest.of(
                self.now(), self.server_kind, request.head(), request.body, test=test
            )
            self.writer.record(
                partial(entries.answered, received, plan, answer, configuration)
            )

    def not_found(self, answer: Answer, raw: bytes) -> None:
        """Record a request to a path that no endpoint has."""
        self._record_refusal(
            answer, partial(entries.not_found, self._received(raw), answer)
        )

    def refused(self, answer: Answer, peer: str, raw: bytes) -> None:
        """Record a request that the server refused before dispatching it."""
        self._record_refusal(
            answer, partial(entries.refused, self._received(raw), answer, peer)
        )

    def _received(self, raw: bytes) -> ReceivedRequest:
        return ReceivedRequest.of(self.now(), self.server_kind, raw)

    def _record_refusal(
        self, answer: Answer, make: Callable[[Configuration], Entry]
    ) -> None:
        self.counters.refuse(answer.trace.error if answer.trace is not None else "")
        if self.writer is not None:
            self.writer.record(partial(make, self.configuration))

    # ------------------------------------------------------------------ what is read

    def readiness(self) -> Readiness:
        """Return whether this server should receive requests, and its problems."""
        return readiness(
            self.configuration, self.workers(), self.store_health(), ending=self.ending
        )

    def store_health(self) -> StoreHealth:
        """Return the health of journal and outbox databases, at most a second old."""
        journal, outbox = self._journal_health(), self.actions.health()
        states = {journal.state, outbox.store}
        state = next((word for word in ("down", "ok") if word in states), "unused")
        return StoreHealth(state, outbox.waiting, outbox.dead, outbox.oldest_s)

    def _journal_health(self) -> StoreHealth:
        if self.writer is None or self.journal is None:
            return StoreHealth()
        down = self.writer.trouble or not self._journal_answers.result()
        return StoreHealth("down" if down else "ok")

    def _journal_responds(self) -> bool:
        journal = self.journal
        return journal is not None and journal.answers()

    def workers(self) -> list[Snapshot]:
        """Return a snapshot of each live worker of this server, this one's first."""
        self.open()
        return [self.snapshot()] if self._workers is None else self._workers.all()

    def _forget(self, caller: Person) -> int:
        """Remove a caller's cached answers; return how many. Called in the snapshot
        thread."""
        self.on_forget()
        dispatcher = self._dispatcher
        sources = () if dispatcher is None else dispatcher.engine.sources.values()
        ours = [source for source in sources if isinstance(source, Source)]
        loop = ours[0].loop if ours else None
        if loop is None or not loop.is_running():
            return 0
        caches = {id(source.cache): source.cache for source in ours}
        forgetting = forget_kept(caches.values(), caller)
        return asyncio.run_coroutine_threadsafe(forgetting, loop).result(SECONDS)

    def _shares(self, sources: Iterable[Any]) -> bool | None:
        """Return whether Redis answers; None where it is not used."""
        known = [source.shares for source in sources if isinstance(source, Source)]
        if self._dispatcher is not None and self._dispatcher.shared is not None:
            known.append(self._dispatcher.shared.up)
        states = [state for state in known if state is not None]
        return all(states) if states else None

    def snapshot(self) -> Snapshot:
        """Return this worker's counts, as ``observe.totals`` describes them."""
        dispatcher = self._dispatcher
        sources = {} if dispatcher is None else dispatcher.engine.sources
        return {
            "pid": os.getpid(),
            "config": {
                "fingerprint": self.configuration.fingerprint,
                "loaded_at": self.loaded_at.isoformat(timespec="seconds"),
            },
            "problems": [line for line in self._problem().splitlines() if line],
            "in_flight": 0 if dispatcher is None else dispatcher.in_flight,
            "dropped": 0 if self.writer is None else self.writer.dropped,
            "forgotten": dict(self._notes.forgotten),
            "breakers": {
                name: source.state.breaker
                for name, source in sources.items()
                if isinstance(source, Source)
            },
            "shares": self._shares(sources.values()),
            **self.counters.read(),
        }


async def _apply(source: Source, kind: str) -> None:
    """Purge a source's cache or close its breaker; runs in its loop."""
    if kind == "purge":
        await source.replies.purge()
    else:
        source.pipeline.breaker.reset()
