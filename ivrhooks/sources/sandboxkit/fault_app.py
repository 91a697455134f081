"""The sandbox's ASGI application: makes faults on the socket, around the Flask app.

The systems answer in a few threads. A request that hangs, is slow or drips waits in the
event loop and delays no other, however many there are. Faults need the connection
itself, which the server's protocol (``server.py``) puts into the scope's state.
"""

from __future__ import annotations

import asyncio
import io
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ivrhooks.sources.sandboxkit.faults import Fault
from ivrhooks.sources.sandboxkit.recorder import FAULT, MAX_BODY

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

THREADS = 16
LONGEST_HANG = 120.0
"""Seconds after which a hanging request is ended, whatever the client does."""

RESET_DELAY = 0.02
"""Seconds for the written bytes to reach a client before the connection is reset."""


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """The WSGI application's answer, and the fault to be made of it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fault: Fault | None


class FaultApp:
    """The ASGI application. ``stop`` ends every waiting request at once."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(THREADS, "sandbox")
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End all waits: the server is shutting down."""
        self._stopping.set()

    def close(self) -> None:
        """End the threads: no request comes any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if body is None:
            return
        environ = _environ(scope, body)
        loop = asyncio.get_running_loop()
        answered = await loop.run_in_executor(self._threads, self._ask, environ)
        exchange = Exchange(scope, receive, send, answered, self._stopping)
        await exchange.run()

    def _ask(self, environ: dict[str, Any]) -> AppAnswer:
        began: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            began[:] = [(status, headers)]
            return lambda data: None

        chunks: Iterable[bytes] = self._app(environ, start_response)
        body = b"".join(chunks)
        status, headers = began[0]
        return AppAnswer(
            int(status.split()[0]), tuple(headers), body, environ.get(FAULT)
        )


class Exchange:
    """One request with its answer: sends the answer, or makes the fault."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        answered: AppAnswer,
        stopping: asyncio.Event,
    ) -> None:
        self._transport: asyncio.Transport = scope["state"]["transport"]
        self._receive = receive
        self._send = send
        self._answered = answered
        self._stopping = stopping
        self._waits: tuple[asyncio.Task[Any], ...] = ()

    async def run(self) -> None:
        """Answer, with the fault."""
        name = self._answered.fault.name if self._answered.fault else ""
        act = {
            "refuse": self._refuse,
            "hang": self._hang,
            "slow": self._slow,
            "drip": self._drip,
            "reset": self._reset,
            "truncate": self._truncate,
        }.get(name, self._answer)
        self._waits = (
            asyncio.ensure_future(self._until_gone()),
            asyncio.ensure_future(self._stopping.wait()),
        )
        try:
            await act()
        finally:
            for wait in self._waits:
                wait.cancel()

    async def _answer(self) -> None:
        await self._start()
        await self._send({"type": "http.response.body", "body": self._answered.body})

    async def _refuse(self) -> None:
        await self._break()

    async def _hang(self) -> None:
        await self._wait_out(LONGEST_HANG)
        await self._hang_up()

    async def _slow(self) -> None:
        if await self._wait_out(self._seconds()):
            await self._answer()
        else:
            await self._hang_up()

    async def _drip(self) -> None:
        await self._start()
        for position in range(len(self._answered.body)):
            byte = self._answered.body[position : position + 1]
            await self._send(
                {"type": "http.response.body", "body": byte, "more_body": True}
            )
            if not await self._wait_out(self._seconds()):
                await self._hang_up()
                return
        await self._send({"type": "http.response.body", "body": b""})

    async def _reset(self) -> None:
        self._transport.write(self._half())
        await self._wait_out(RESET_DELAY)
        await self._break()

    async def _truncate(self) -> None:
        self._transport.write(self._half())
        await self._hang_up()

    async def _start(self) -> None:
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in self._answered.headers
        ]
        await self._send(
            {
                "type": "http.response.start",
                "status": self._answered.status,
                "headers": headers,
            }
        )

    def _half(self) -> bytes:
        """Return head and half the body as bytes; the head promises the whole body."""
        status = HTTPStatus(self._answered.status)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
        lines += [f"{name}: {value}" for name, value in self._answered.headers]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return head + self._answered.body[: len(self._answered.body) // 2]

    async def _break(self) -> None:
        """Close the connection with a reset (RST): nothing more is delivered."""
        connection = self._transport.get_extra_info("socket")
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()
        await self._until_gone()

    async def _hang_up(self) -> None:
        """Close the connection after the written bytes are sent."""
        self._transport.close()
        await self._until_gone()

    async def _until_gone(self) -> None:
        message = await self._receive()
        while message["type"] != "http.disconnect":
            message = await self._receive()

    async def _wait_out(self, seconds: float) -> bool:
        """Wait. Return True when the time has passed, False when client or server
        end."""
        done, _ = await asyncio.wait(
            self._waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        return not done

    def _seconds(self) -> float:
        fault = self._answered.fault
        return fault.seconds if fault else 0.0


async def _body(receive: Receive) -> bytes | None:
    """Return the body, at most MAX_BODY of it, or None where the client has gone."""
    chunks: list[bytes] = []
    room = MAX_BODY
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = bytes(message.get("body", b""))[:room]
        room -= len(chunk)
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the WSGI environment of an ASGI request whose body has been read."""
    server = scope.get("server") or ("127.0.0.1", 0)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": str(client[0]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1")
        if "_" in name:
            continue
        name = name.upper().replace("-", "_")
        name = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        environ[name] = f"{environ[name]},{value}" if name in environ else value
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ
