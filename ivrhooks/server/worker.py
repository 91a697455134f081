"""A worker process under gunicorn: the HTTP protocol on uvloop and httptools."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterable
from functools import partial
from typing import Any

import uvloop
from gunicorn.arbiter import Arbiter
from gunicorn.sock import ssl_context
from gunicorn.workers.base import Worker

from ivrhooks.basics.log.log_lines import send_before_lines
from ivrhooks.server.connections import SWEEP_SECONDS, Connections
from ivrhooks.server.protocol import HttpProtocol
from ivrhooks.server.service import Service

ENDINGS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP})
"""Signals that are blocked in a worker until it has installed its handlers."""

CLOSING_SECONDS = 0.05
"""Seconds between checks whether all connections of a stopping worker are closed."""

LISTENERS = 4
"""How many descriptors a worker listens with at each of its addresses. libuv accepts
one connection per descriptor in one iteration of the loop."""

YOUNG = 5000
"""How many new objects start a collection of the youngest generation. Python's own 700
are reached in every tenth lookup."""

OLDER = 20


class HttpWorker(Worker):  # type: ignore[misc]
    """Serves a Service. The master handles HUP: it replaces the worker."""

    _stopping: asyncio.Event

    def init_signals(self) -> None:
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGABRT, self.handle_abort)
        signal.signal(signal.SIGUSR1, self.handle_usr1)
        signal.siginterrupt(signal.SIGUSR1, False)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def service(self) -> Service:
        """Return the service to run."""
        service: Service = self.wsgi
        return service

    def run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
            loop.add_signal_handler(number, self._stopping.set)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        service = self.service()
        try:
            await service.open()
        except Exception:
            self.log.exception("the worker could not start")
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
        tune_gc()
        # Else the collector scans each new configuration, and no request is answered
        # meanwhile. The old one is freed without it: it has no reference cycles.
        service.config_store.on_load = gc.freeze
        limit = 0 if self.max_requests == sys.maxsize else self.max_requests
        connections = Connections(
            service,
            loop,
            keep_alive=self.cfg.keepalive,
            max_requests=limit,
            on_last=partial(self._end, "it has answered max_requests"),
        )
        service.recorder.on_forget = connections.heads.clear
        send_before_lines(connections.writes.flush)
        self._tick(connections)
        servers = await self._listen(connections)
        await self._stopping.wait()
        service.recorder.ending = True
        for server in servers:
            server.close()
        await self._drain(connections)
        await service.close()

    async def _listen(self, connections: Connections) -> list[asyncio.Server]:
        loop = asyncio.get_running_loop()
        secure = ssl_context(self.cfg) if self.cfg.is_ssl else None
        make = partial(HttpProtocol, connections)
        servers = []
        for listener in duplicate_listeners(self.sockets):
            listener.setblocking(False)
            listen: Any = loop.create_server
            if listener.family == socket.AF_UNIX:
                listen = loop.create_unix_server
            backlog = self.cfg.backlog
            server = await listen(make, sock=listener, ssl=secure, backlog=backlog)
            servers.append(server)
        return servers

    async def _drain(self, connections: Connections) -> None:
        """Wait for all pending answers, within gunicorn's graceful timeout."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.cfg.graceful_timeout
        connections.shutdown()
        while connections.open and loop.time() < until:
            await asyncio.sleep(CLOSING_SECONDS)
        connections.abort()

    def _tick(self, connections: Connections) -> None:
        """Do the periodic work: notify gunicorn, close expired connections, check the
        master."""
        self.notify()
        connections.sweep()
        if os.getppid() != self.ppid and not self._stopping.is_set():
            # As gunicorn's own workers do: else the next master could not bind.
            self._end("the master is gone")
        connections.loop.call_later(SWEEP_SECONDS, self._tick, connections)

    def _end(self, reason: str) -> None:
        self.log.info("this worker ends: %s", reason)
        self._stopping.set()


def duplicate_listeners(listeners: Iterable[Any]) -> list[socket.socket]:
    """Return the sockets of gunicorn's ``listeners``, with further descriptors of
    each."""
    return [
        descriptor
        for listener in listeners
        for descriptor in (
            listener.sock,
            *(listener.sock.dup() for _ in range(LISTENERS - 1)),
        )
    ]


def tune_gc() -> None:
    """Freeze what is loaded and collect less often; called after everything is loaded.

    Otherwise Python's collector scans all modules as soon as traffic comes, and no
    request is answered meanwhile.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)


def freeze_before_fork() -> None:
    """Freeze all objects; called in the master before each fork.

    The collector writes to the objects it scans, and a worker then gets copies of their
    pages. Frozen objects are not scanned.
    """
    gc.collect()  # objects frozen before are not scanned
    gc.freeze()
