"""What tests of sources need: faulty servers on real sockets."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FaultServer:
    """A server whose every connection runs one handler; counts what it sees."""

    port: int
    scheme: str = "http"
    connections: int = 0
    open: int = 0
    heads: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def all_closed(self) -> None:
        """Until no connection is open any more: the exchange has really ended."""
        while self.open:
            await asyncio.sleep(0.005)


@asynccontextmanager
async def _serve(
    handler: Handler, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[FaultServer]:
    tasks: set[asyncio.Task[None]] = set()

    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        seen.connections += 1
        seen.open += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            seen.open -= 1
            tasks.discard(task)

    server = await asyncio.start_server(connected, host, 0, ssl=tls)
    seen = FaultServer(server.sockets[0].getsockname()[1])
    try:
        yield seen
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def serve() -> Callable[..., AbstractAsyncContextManager[FaultServer]]:
    """``async with serve(handler) as server``: a real server on a free port."""
    return _serve


def _head(length: int, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {length}", *headers, "", ""]
    return "\r\n".join(lines).encode()


async def _until_closed(reader: asyncio.StreamReader) -> None:
    """Until the other side has gone."""
    with suppress(OSError):
        while await reader.read(65536):
            pass


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


class Faults:
    """Handlers, by what they do to whoever asks."""

    @staticmethod
    def answer(
        body: bytes = b'{"id": 1}', *headers: str, status: str = "200 OK"
    ) -> Handler:
        async def handler(reader: Any, writer: Any) -> None:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(_head(len(body), *headers, status=status) + body)

        return handler

    @staticmethod
    def raw(data: bytes, *, then: str = "close") -> Handler:
        """Sends ``data`` and then: close | reset | hang."""

        async def handler(reader: Any, writer: Any) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data)
            await writer.drain()
            if then == "reset":
                _reset(writer)
            if then == "hang":
                await _until_closed(reader)

        return handler

    @staticmethod
    def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Handler:
        """Sends ``piece`` again and again, until nobody listens."""

        async def handler(reader: Any, writer: Any) -> None:
            gone = asyncio.ensure_future(_until_closed(reader))
            writer.write(start)
            while not gone.done():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)

        return handler

    @staticmethod
    def hang() -> Handler:
        async def handler(reader: Any, writer: Any) -> None:
            await _until_closed(reader)

        return handler

    @staticmethod
    def reset_at_once() -> Handler:
        async def handler(reader: Any, writer: Any) -> None:
            await reader.readuntil(b"\r\n\r\n")
            _reset(writer)

        return handler

    @staticmethod
    def then(first: bytes, second: str) -> Handler:
        """Answers the first request of a connection; resets or closes at the second."""

        async def handler(reader: Any, writer: Any) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(first)
            await reader.readuntil(b"\r\n\r\n")
            if second == "reset":
                _reset(writer)

        return handler


@pytest.fixture
def faults() -> type[Faults]:
    return Faults


@pytest.fixture
def count_descriptors() -> Callable[[], int]:
    return lambda: len(os.listdir("/proc/self/fd"))


@pytest.fixture(scope="session")
def no_records() -> dict[str, Any]:
    """A data file for the sandboxes without a record of anybody. What a file leaves out
    is read from the shipped records, which takes long."""
    first = {"sobot": "customers", "omicrm": "contacts", "bangwo8": "companies"}
    return {name: {kind: []} for name, kind in {**first, "meiqia": "records"}.items()}
