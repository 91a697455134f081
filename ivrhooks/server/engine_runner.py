"""The engine's event loop of a WSGI process: one background thread, started lazily.

Lazily, because a thread does not live through a fork (``--preload``).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

from ivrhooks.answering.answer import Answer
from ivrhooks.http.dispatcher import Desk, Reception, open_reception
from ivrhooks.http.request import Message
from ivrhooks.http.test_runs.test_run import Trial
from ivrhooks.observe.request_recorder import Books
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.server.config_store import Keeper
from ivrhooks.server.config_watch import Reloader

MARGIN = 0.05
"""Seconds past the deadline that the engine's answer is still waited for."""

START_SECONDS = 30.0

ENGINE = "ivrhooks.engine"
"""Where a Flask app keeps its EngineThread among its extensions."""

_logger = logging.getLogger("ivrhooks.server.engine_runner")
T = TypeVar("T")


class EngineThread:
    """Lends an engine in a loop of its own to views, which run in threads."""

    def __init__(self, keeper: Keeper, books: Books) -> None:
        self.books = books
        self.keeper = keeper
        self._starting = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reception: Reception | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None

    def reception(self) -> Reception:
        """The reception of today's configuration; starts the loop where none runs."""
        reception = self._reception
        if reception is None or self._pid != os.getpid():
            reception = self._start()
        return reception

    def answer(
        self,
        reception: Reception,
        desk: Desk,
        message: Message,
        deadline: Deadline,
        trial: Trial | None = None,
    ) -> Answer:
        """The engine's answer; the defaults where the loop does not come back."""
        future = self._submit(reception.answer(desk, message, deadline, trial))
        try:
            return future.result(deadline.remaining() + MARGIN)
        except TimeoutError:
            future.cancel()
            _logger.error("endpoint %s: no answer in time", desk.plan.endpoint)
        return reception.give_up(desk, message)

    def close(self) -> None:
        """Ends the loop and what the engine holds open."""
        if self._loop is None or self._stop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_SECONDS)
        self._reception = None
        self.books.close()

    def _submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        if self._loop is None:
            raise RuntimeError("the engine's loop is not running")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _start(self) -> Reception:
        with self._starting:
            if self._reception is None or self._pid != os.getpid():
                self._pid = os.getpid()
                ready: concurrent.futures.Future[Reception]
                ready = concurrent.futures.Future()
                self._thread = threading.Thread(
                    target=self._run, args=(ready,), name="ivrhooks-engine", daemon=True
                )
                self._thread.start()
                self._reception = ready.result(START_SECONDS)
            return self._reception

    def _run(self, ready: concurrent.futures.Future[Reception]) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._live(ready))
        except Exception as broken:
            if not ready.done():
                ready.set_exception(broken)
            _logger.exception("the engine's loop ended")

    async def _live(self, ready: concurrent.futures.Future[Reception]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        reception = await open_reception(self.keeper.current, self.books)
        self.books.follow(reception)
        reloader = Reloader(self.keeper, reception, self._swap)
        reloader.start()
        ready.set_result(reception)
        await self._stop.wait()
        await reloader.close()

    def _swap(self, reception: Reception) -> None:
        self._reception = reception
        self.books.follow(reception)
