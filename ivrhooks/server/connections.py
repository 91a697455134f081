"""Holds what the connections of one worker share: app, clock, ``Date`` header."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from ivrhooks.basics.write_batch import WriteBatch
from ivrhooks.server.known_heads import KnownHeads

if TYPE_CHECKING:
    from ivrhooks.server.protocol import HttpProtocol

SWEEP_SECONDS = 0.5
"""Seconds between checks for expired connections. A connection may outlive its time
limit by this much. A timer for each request would cost more than the request."""

KEEP_ALIVE = 75.0


class Connections:
    """The open connections over one ``app`` (a ``Service``)."""

    def __init__(
        self,
        app: Any,
        loop: asyncio.AbstractEventLoop,
        *,
        keep_alive: float = KEEP_ALIVE,
        max_requests: int = 0,
        on_last: Callable[[], None] | None = None,
    ) -> None:
        """``on_last`` is called once ``max_requests`` have been answered."""
        self.app = app
        self.loop = loop
        self.now = loop.time
        self.keep_alive = keep_alive
        self.open: set[HttpProtocol] = set()
        self.date = b""
        self.heads = KnownHeads()
        self.writes = WriteBatch(loop)
        self.is_counting = max_requests > 0
        self._left = max_requests
        self._on_last = on_last

    def answered(self) -> None:
        """Count an answer; called only where ``is_counting``."""
        self._left -= 1
        if not self._left and self._on_last is not None:
            self._on_last()

    def sweep(self) -> None:
        """Renew the ``Date`` header and end the connections whose time limit has
        passed."""
        self.date = b"date: %s\r\n" % formatdate(usegmt=True).encode("ascii")
        now = self.now()
        for connection in [
            protocol for protocol in self.open if protocol.expires <= now
        ]:
            connection.expired()

    def shutdown(self) -> None:
        """End each connection after the answers to the requests it has received."""
        for connection in list(self.open):
            connection.shutdown()

    def abort(self) -> None:
        """End all connections at once."""
        self.writes.flush()
        for connection in list(self.open):
            connection.transport.abort()
