"""The same client for whoever has no event loop: what people run, and their pages."""

from __future__ import annotations

import asyncio
import threading

from ivrhooks.basics.errors import SourceTimeout
from ivrhooks.sources.connection_settings import DIRECT, ConnectionSettings
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.pool import ConnectionPool


class SyncTransport:
    """Sends one request on a connection of its own, in the thread that asks. Safe to
    use from several threads, and in none that runs an event loop. ``settings``: those
    of a source, where it is one that is asked."""

    def __init__(self, settings: ConnectionSettings = DIRECT) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._under_way: dict[asyncio.Task[Response], asyncio.AbstractEventLoop] = {}

    def send(self, request: Request, *, timeout: float, limit: int) -> Response:
        """The whole response within ``limit`` bytes and ``timeout`` seconds, looking up
        the name and connecting included. Raises SourceError and nothing else."""
        with asyncio.Runner() as runner:
            return runner.run(self._send(request, timeout, limit))

    def close(self) -> None:
        """Ends the exchanges under way, wherever they are waited for."""
        with self._lock:
            for task, loop in self._under_way.items():
                loop.call_soon_threadsafe(task.cancel)

    async def _send(self, request: Request, timeout: float, limit: int) -> Response:
        loop = asyncio.get_running_loop()
        pool = ConnectionPool(connections=1, settings=self._settings)
        deadline = loop.time() + timeout
        task = loop.create_task(pool.exchange(request, limit=limit, deadline=deadline))
        with self._lock:
            self._under_way[task] = loop
        try:
            await asyncio.wait((task,))
            if task.cancelled():
                raise SourceTimeout("no answer in time")
            return task.result()
        finally:
            with self._lock:
                del self._under_way[task]
            await pool.close()
            task.cancel()
