"""What the connections of one worker share: the app, the clock, the ``Date`` header."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from ivrhooks.server.known_heads import KnownHeads

if TYPE_CHECKING:
    from ivrhooks.server.protocol import HttpProtocol

SWEEP_SECONDS = 0.5
"""How often connections are looked at whose time is over: up to so much more than
their time they have. A timer for each request would cost more than the request."""

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
        self.is_counting = max_requests > 0
        self._left = max_requests
        self._on_last = on_last

    def answered(self) -> None:
        """Counts an answer, where somebody asks for it (``is_counting``)."""
        self._left -= 1
        if not self._left and self._on_last is not None:
            self._on_last()

    def sweep(self) -> None:
        """Ends what has been waited for too long."""
        self.date = b"date: %s\r\n" % formatdate(usegmt=True).encode("ascii")
        now = self.now()
        for connection in [
            protocol for protocol in self.open if protocol.expires <= now
        ]:
            connection.expired()

    def shutdown(self) -> None:
        """Ends each connection once what came in on it is answered."""
        for connection in list(self.open):
            connection.shutdown()

    def abort(self) -> None:
        """Ends all of them at once."""
        for connection in list(self.open):
            connection.transport.abort()
