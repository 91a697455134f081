"""A connection to a service in memory, without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

from ivrhooks.server.connections import Connections
from ivrhooks.server.protocol import HttpProtocol
from ivrhooks.server.service import Service


class MemoryTransport(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.chunks: list[bytes] = []
        self.paused = False
        self.ended = False
        self.gone = False
        self.secure = False
        self.wrote = asyncio.Event()

    def write(self, data: Any) -> None:
        self.wrote.set()
        self.chunks.append(bytes(data))

    @property
    def written(self) -> bytes:
        return b"".join(self.chunks)

    def can_write_eof(self) -> bool:
        return not self.secure

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.gone = True

    def abort(self) -> None:
        self.gone = True

    def is_closing(self) -> bool:
        return self.gone

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class MemoryConnection:
    """One connection to ``service``."""

    def __init__(self, service: Service) -> None:
        self.connections = Connections(service, asyncio.get_running_loop())
        self.transport = MemoryTransport()
        self.protocol = HttpProtocol(self.connections)
        self.protocol.connection_made(self.transport)

    async def ask(self, *chunks: bytes) -> bytes:
        """Send ``chunks`` and return what is written once the first is answered."""
        for data in chunks:
            self.protocol.data_received(data)
        await self.transport.wrote.wait()
        return self.transport.written
