"""The same client without an event loop, for the command line and the console's
pages."""

from __future__ import annotations

import asyncio
import threading

from ivrhooks.basics.errors import SourceTimeout
from ivrhooks.sources.connection_settings import DIRECT, ConnectionSettings
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.pool import ConnectionPool


class SyncTransport:
    """Sends each request on a connection of its own, in the calling thread.

    It is thread-safe, but must not be used in a thread that runs an event loop.
    ``settings``: those of the source, where a source is called.
    """

    def __init__(self, settings: ConnectionSettings = DIRECT) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._under_way: dict[asyncio.Task[Response], asyncio.AbstractEventLoop] = {}

    def send(self, request: Request, *, timeout: float, limit: int) -> Response:
        """Return the whole response, within ``limit`` bytes and ``timeout`` seconds.

        Name lookup and connecting are included. Raises SourceError and nothing else.
        """
        with asyncio.Runner() as runner:
            return runner.run(self._send(request, timeout, limit))

    def close(self) -> None:
        """Abort the running exchanges of all threads."""
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
