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
from ivrhooks.http.dispatcher import Dispatcher, Route, open_dispatcher
from ivrhooks.http.request import HttpRequest
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.config_store import ConfigStore
from ivrhooks.server.config_watch import ConfigWatcher

MARGIN = 0.05
"""Seconds past the deadline that the engine's answer is still waited for."""

START_SECONDS = 30.0

ENGINE = "ivrhooks.engine"
"""Where a Flask app keeps its ThreadRunner among its extensions."""

_logger = logging.getLogger("ivrhooks.server.engine_runner")
T = TypeVar("T")


class ThreadRunner:
    """Lends an engine in a loop of its own to views, which run in threads."""

    def __init__(self, config_store: ConfigStore, recorder: RequestRecorder) -> None:
        self.recorder = recorder
        self.config_store = config_store
        self._starting = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatcher: Dispatcher | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None

    def dispatcher(self) -> Dispatcher:
        """The reception of today's configuration; starts the loop where none runs."""
        dispatcher = self._dispatcher
        if dispatcher is None or self._pid != os.getpid():
            dispatcher = self._start()
        return dispatcher

    def answer(
        self, dispatcher: Dispatcher, route: Route, request: HttpRequest
    ) -> Answer:
        """The engine's answer; the defaults where the loop does not come back."""
        test_run = dispatcher.test_run(route, request)
        deadline = dispatcher.deadline(route.plan, test_run)
        future = self._submit(dispatcher.answer(route, request, deadline))
        try:
            return future.result(deadline.remaining() + MARGIN)
        except TimeoutError:
            future.cancel()
            _logger.error("endpoint %s: no answer in time", route.plan.endpoint)
        return dispatcher.give_up(route, request)

    def close(self) -> None:
        """Ends the loop and what the engine holds open."""
        if self._loop is None or self._stop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_SECONDS)
        self._dispatcher = None
        self.recorder.close()

    def _submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        if self._loop is None:
            raise RuntimeError("the engine's loop is not running")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _start(self) -> Dispatcher:
        with self._starting:
            if self._dispatcher is None or self._pid != os.getpid():
                self._pid = os.getpid()
                ready: concurrent.futures.Future[Dispatcher]
                ready = concurrent.futures.Future()
                self._thread = threading.Thread(
                    target=self._run, args=(ready,), name="ivrhooks-engine", daemon=True
                )
                self._thread.start()
                self._dispatcher = ready.result(START_SECONDS)
            return self._dispatcher

    def _run(self, ready: concurrent.futures.Future[Dispatcher]) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._live(ready))
        except Exception as broken:
            if not ready.done():
                ready.set_exception(broken)
            _logger.exception("the engine's loop ended")

    async def _live(self, ready: concurrent.futures.Future[Dispatcher]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        dispatcher = await open_dispatcher(self.config_store.current, self.recorder)
        self.recorder.follow(dispatcher)
        config_watcher = ConfigWatcher(self.config_store, dispatcher, self._swap)
        config_watcher.start()
        ready.set_result(dispatcher)
        await self._stop.wait()
        await config_watcher.close()

    def _swap(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self.recorder.follow(dispatcher)
