"""Runs the engine's event loop of a WSGI process in one background thread.

The thread is started lazily, because threads do not survive a fork (``--preload``).
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
from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.http.request import HttpRequest
from ivrhooks.http.route import Route
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.reload.config_store import ConfigStore
from ivrhooks.server.service import Service

MARGIN = 0.05
"""How many seconds past the deadline a view waits for the engine's answer."""

START_SECONDS = 30.0

_logger = logging.getLogger("ivrhooks.server.engine_runner")
T = TypeVar("T")


class ThreadRunner:
    """Gives views, which run in threads, an engine that runs in a loop of its own."""

    def __init__(self, config_store: ConfigStore, recorder: RequestRecorder) -> None:
        self.recorder = recorder
        self.config_store = config_store
        self._starting = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service: Service | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None

    def dispatcher(self) -> Dispatcher:
        """Return the dispatcher of the current configuration; start the loop if none
        runs."""
        service = self._service
        if service is None or self._pid != os.getpid():
            service = self._start()
        return service.dispatcher

    def answer(
        self, dispatcher: Dispatcher, route: Route, request: HttpRequest
    ) -> Answer:
        """Return the engine's answer, or the defaults if the loop does not respond."""
        test_run = dispatcher.test_run(route, request)
        deadline = dispatcher.deadline(route.plan, test_run)
        future = self._submit(dispatcher.answer(route, request, deadline))
        try:
            return future.result(deadline.remaining() + MARGIN)
        except TimeoutError:
            future.cancel()
            _logger.error(
                "endpoint %s: no answer in time, defaults were answered; the engine's "
                "loop is blocked or the machine is overloaded",
                route.plan.endpoint,
            )
        return dispatcher.give_up(route, request)

    def close(self) -> None:
        """Stop the loop and close what the engine holds open."""
        if self._loop is None or self._stop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_SECONDS)
        self._service = None
        self.recorder.close()

    def _submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        if self._loop is None:
            raise RuntimeError("the engine's loop is not running")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _start(self) -> Service:
        with self._starting:
            service = self._service
            if service is None or self._pid != os.getpid():
                self._service, self._pid = None, os.getpid()
                ready: concurrent.futures.Future[Service]
                ready = concurrent.futures.Future()
                self._thread = threading.Thread(
                    target=self._run, args=(ready,), name="ivrhooks-engine", daemon=True
                )
                self._thread.start()
                service = self._service = ready.result(START_SECONDS)
            return service

    def _run(self, ready: concurrent.futures.Future[Service]) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._live(ready))
        except Exception as broken:
            if not ready.done():
                ready.set_exception(broken)
            _logger.exception(
                "internal error: the engine's loop ended; restart this process"
            )

    async def _live(self, ready: concurrent.futures.Future[Service]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        service = Service(self.config_store, self.recorder)
        await service.open()
        ready.set_result(service)
        await self._stop.wait()
        await service.close()
