"""A customer system with forty ways to fail: ``GET /<fault>``, in a process of its own.

Run as a script it says on one line of JSON where it listens and what it can do; the
second word is what an endpoint may make of the fault: ``good`` the values, ``empty``
the defaults without a failure, ``lost`` the defaults and the failed lookup's name.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable

GOOD = b'{"isVip": 1, "vipLevel": "3"}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\n"

Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


def whole(body: bytes = GOOD, status: int = 200, *headers: str) -> bytes:
    """A response as it should be."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def says(data: bytes, then: str = "") -> Act:
    """Sends ``data``, and then goes on, closes, resets or hangs."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if then == "hang":
            await asyncio.sleep(60)
        if then == "reset":
            await asyncio.sleep(0.02)
            held: socket.socket = writer.get_extra_info("socket")
            linger = struct.pack("ii", 1, 0)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if then:
            writer.transport.abort()

    return act


def repeats(start: bytes, piece: bytes, pause: float = 0.0) -> Act:
    """Sends ``piece`` again and again, for as long as anybody is there."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return act


def of(value: object) -> bytes:
    return whole(json.dumps(value).encode())


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BOMB = gzip.compress(b" " * 50_000_000)
LATE = 0.1  # seconds between two bytes

FAULTS: dict[str, tuple[Act, str]] = {
    "well": (says(whole()), "good"),
    "hangs": (says(b"", "hang"), "lost"),
    "closes": (says(b"", "close"), "lost"),
    "resets": (says(b"", "reset"), "lost"),
    "slow-head": (repeats(PLAIN, b"X-A: b\r\n", LATE), "lost"),
    "drip": (repeats(whole(b"")[:-6] + b"9\r\n\r\n", b" ", LATE), "lost"),
    "reset-in-head": (says(b"HTTP/1.1 200 OK\r\nConte", "reset"), "lost"),
    "reset-in-body": (says(whole()[:-9], "reset"), "lost"),
    "short-length": (says(whole(GOOD + b" " * 9)[:-9], "close"), "lost"),
    "hangs-in-body": (says(whole()[:-9], "hang"), "lost"),
    "continue-drip": (repeats(b"", CONTINUE, LATE), "lost"),
    "continue-flood": (repeats(b"", CONTINUE * 100), "lost"),
    "header-flood": (repeats(PLAIN, b"X-A: b\r\n" * 100), "lost"),
    "cookie-flood": (repeats(PLAIN, b"Set-Cookie: a=b\r\n" * 100), "lost"),
    "extension-flood": (repeats(CHUNKED + b"5;", b"a" * 60_000), "lost"),
    "chunk-flood": (repeats(CHUNKED, b"1\r\n \r\n" * 1000), "lost"),
    "trailer-flood": (repeats(CHUNKED + b"0\r\n", b"X-A: b\r\n" * 100), "lost"),
    "50-mb": (
        repeats(PLAIN + b"Content-Length: 50000000\r\n\r\n", b" " * 9000),
        "lost",
    ),
    "endless-body": (repeats(PLAIN + b"\r\n", b" " * 60_000), "lost"),
    "slow-50-mb": (repeats(PLAIN + b"\r\n", b" " * 9000, LATE), "lost"),
    "gzip-bomb": (says(whole(BOMB, 200, "Content-Encoding: gzip")), "lost"),
    "answers-unasked": (repeats(whole(), whole(b'{"isVip": 2}') * 100), "good"),
    "garbage-chunks": (says(CHUNKED + b"zz\r\nab\r\n", "close"), "lost"),
    "no-http": (says(b"SSH-2.0-OpenSSH\r\n", "close"), "lost"),
    "upgrade": (
        says(b"HTTP/1.1 101 X\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n"),
        "lost",
    ),
    "redirect": (says(whole(b"", 302, "Location: /well")), "lost"),
    "unauthorized": (says(whole(b"{}", 401)), "lost"),
    "busy": (says(whole(b"{}", 429, "Retry-After: 120")), "lost"),
    "error": (says(whole(b"{}", 500)), "lost"),
    "not-there": (says(whole(b"{}", 404)), "empty"),
    "no-content": (says(b"HTTP/1.1 204 No Content\r\n\r\n"), "empty"),
    "html": (
        says(whole(b"<html>sign in</html>", 200, "Content-Type: text/html")),
        "lost",
    ),
    "cut-json": (says(whole(GOOD[:-5])), "lost"),
    "nan": (says(whole(b'{"isVip": NaN}')), "lost"),
    "deep": (says(whole(b"[" * 100_000 + b"]" * 100_000)), "lost"),
    "brackets": (says(whole(b"[" + b"[]," * 300_000 + b"[]]")), "lost"),
    "digits": (says(whole(b'{"isVip": ' + b"9" * 5000 + b"}")), "lost"),
    "wrong-charset": (says(whole(b'{"vipLevel": "\xe9"}')), "lost"),
    "duplicate-keys": (
        says(whole(b'{"isVip": 2, "isVip": 1, "vipLevel": "3"}')),
        "good",
    ),
    "wrong-shape": (says(of([1, 2, 3])), "empty"),
    "wrong-types": (says(of({"isVip": [1], "vipLevel": {"a": 1}})), "empty"),
    "nulls": (says(of({"isVip": None, "vipLevel": None})), "empty"),
}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            name = head.split(b" ", 2)[1].decode().strip("/").split("?")[0]
            await FAULTS[name][0](writer)
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    words = {name: outcome for name, (_, outcome) in FAULTS.items()}
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port, "faults": words}), flush=True)
    await asyncio.to_thread(sys.stdin.read)  # its parent has gone, or wants it to go
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
