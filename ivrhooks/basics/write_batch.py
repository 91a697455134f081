"""Sends what is written during one iteration of an event loop together, at its end.

Each send wakes the process at the other end if it sleeps. Sends that follow each other
find it awake; a send every 50 microseconds pays for waking it each time, which can cost
as much as the send itself.
"""

from __future__ import annotations

import asyncio
import logging

MAX_BATCH = 32
"""How many writes are collected; a long iteration must not hold back its first ones."""

_logger = logging.getLogger(__name__)


class WriteBatch:
    """Writes to transports of one event loop, in the order in which they come.

    Whoever writes to a transport directly, or closes it, calls ``flush`` first.
    """

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def write(self, transport: asyncio.Transport, data: bytes) -> None:
        """Write ``data`` by the end of this iteration of the loop."""
        waiting = self._waiting
        if not waiting:
            self._loop.call_soon(self.flush)
        waiting.append((transport, data))
        if len(waiting) >= MAX_BATCH:
            self.flush()

    def flush(self) -> None:
        """Write now what waits; what is for a closed transport is dropped."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            try:
                if not transport.is_closing():
                    transport.write(data)
            except Exception:  # the others get theirs
                _logger.exception("internal error in writing to a connection")
