"""No answer may cost the others theirs: floods are bounded, in bytes and in time."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.connection import FRAMING, HEAD, INTERIM
from ivrhooks.sources.transport.pool import ConnectionPool

LIMIT = 1_000_000
MUCH = 4_000_000  # bytes; who sends without an end is stopped long before
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
PLAIN = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

FLOODS: dict[str, tuple[bytes, bytes]] = {
    "100 Continue": (b"", CONTINUE * 500),
    "103 Early Hints": (
        b"",
        b"HTTP/1.1 103 Hints\r\n" + b"Link: <x>\r\n" * 90 + b"\r\n",
    ),
    "headers": (PLAIN, b"X-A: b\r\n" * 500),
    "cookies": (PLAIN, b"Set-Cookie: a=b; Path=/\r\n" * 500),
    "long headers": (PLAIN, b"X-A: " + b"b" * 8000 + b"\r\n"),
    "one header": (PLAIN + b"X-A: ", b"b" * 50_000),
    "header folded": (PLAIN + b"X-A: b", b"\r\n b" * 5000),
    "reason": (b"HTTP/1.1 200 ", b"O" * 50_000),
    "blank lines": (b"", b"\r\n" * 25_000),
    "no HTTP": (b"", bytes(range(256)) * 100),
    "tiny chunks": (CHUNKED, b"1\r\n \r\n" * 5000),
    "extension of a chunk": (CHUNKED + b"5;", b"a" * 50_000),
    "extensions of chunks": (CHUNKED, b"1;" + b"a" * 5000 + b"\r\n \r\n"),
    "zeros of a chunk's size": (CHUNKED, b"0" * 50_000),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-A: b\r\n" * 500),
    "body": (PLAIN + b"\r\n", b" " * 50_000),
    "chunks": (CHUNKED, b"c350\r\n" + b" " * 50_000 + b"\r\n"),
}


async def ask(pool: ConnectionPool, url: str) -> Response:
    loop = asyncio.get_running_loop()
    return await pool.exchange(
        Request("GET", url), deadline=loop.time() + 30.0, limit=LIMIT
    )


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_ends_the_exchange_long_before_its_deadline(
    in_loop: Any, serve: Any, name: str
) -> None:
    start, piece = FLOODS[name]
    sent = 0

    async def flooding(reader: Any, writer: Any) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            sent += len(piece)
            await writer.drain()

    async def story(pool: ConnectionPool) -> None:
        async with serve(flooding) as server:
            with pytest.raises(SourceError) as failed:
                await ask(pool, server.url)
            assert failed.value.status == "error"
            await server.all_closed()

    in_loop(story)
    assert sent < 8 * MUCH  # what the system's own buffers hold is in it


@pytest.mark.parametrize("piece", [CONTINUE * 100, b"1\r\n \r\n" * 100, b"X-A: b\r\n"])
def test_a_flood_leaves_the_loop_to_others(
    in_loop: Any, serve: Any, piece: bytes
) -> None:
    """Counted in turns, not in seconds: between two turns of parsing others run."""
    clock = TickingClock()
    start = CHUNKED if piece.startswith(b"1") else PLAIN
    start = b"" if piece.startswith(b"HTTP") else start
    parsed: list[float] = []

    async def flooding(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start + piece * 1000)
        await writer.drain()

    async def story(_: ConnectionPool) -> None:
        cpu_budget = CpuBudget(clock=clock)
        pool = ConnectionPool(cpu_budget=cpu_budget)
        async with serve(flooding) as server:
            asking = asyncio.ensure_future(ask(pool, server.url))
            while not asking.done():
                clock.ticks = 0
                await asyncio.sleep(0)
                parsed.append(clock.ticks)
            with pytest.raises(SourceError):
                await asking
        await pool.close()

    in_loop(story)
    # A reading of the clock before and after each piece of parsing, and of a turn.
    assert max(parsed) < 12


class TickingClock:
    """By which each look takes a millisecond: every piece of parsing seems dear."""

    def __init__(self) -> None:
        self.ticks = 0
        self.now = 0.0

    def __call__(self) -> float:
        self.ticks += 1
        self.now += 0.001
        return self.now


def body_of(length: int) -> bytes:
    return b'"' + b"x" * (length - 2) + b'"'


@pytest.mark.parametrize("length", [100, 2000, 70_000, 990_000])
@pytest.mark.parametrize("framing", ["length", "close", "chunked", "gzip"])
@pytest.mark.parametrize("dear", [False, True])
def test_a_valid_answer_is_read_completely_however_slow_its_parsing(
    in_loop: Any, serve: Any, length: int, framing: str, dear: bool
) -> None:
    body = body_of(length)
    close = b"Connection: close\r\n"
    packed = gzip.compress(body)
    raw = {
        "length": PLAIN + b"Content-Length: %d\r\n\r\n" % length + body,
        "close": PLAIN + close + b"\r\n" + body,
        "chunked": CHUNKED
        + b"".join(
            b"%x\r\n%s\r\n" % (len(part), part)
            for part in (body[at : at + 700] for at in range(0, length, 700))
        )
        + b"0\r\n\r\n",
        "gzip": PLAIN
        + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
        + packed,
    }[framing]

    async def answering(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(CONTINUE * 3 + raw)
        await writer.drain()

    async def story(_: ConnectionPool) -> None:
        cpu_budget = (
            CpuBudget(clock=TickingClock())
            if dear and length < 100_000
            else CpuBudget()
        )
        pool = ConnectionPool(cpu_budget=cpu_budget)
        async with serve(answering) as server:
            assert (await ask(pool, server.url)).body == body
        await pool.close()

    in_loop(story)


def test_a_connection_with_a_deferred_answer_serves_the_next(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    body = body_of(30_000)

    async def story(_: ConnectionPool) -> None:
        pool = ConnectionPool(cpu_budget=CpuBudget(clock=TickingClock()))
        async with serve(faults.answer(body)) as server:
            for _ in range(5):
                assert (await ask(pool, server.url)).body == body
            assert server.connections == 1
        await pool.close()

    in_loop(story)


def test_a_head_may_be_long_and_have_others_before_it(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    headers = [f"X-{number}: {'y' * 500}" for number in range(100)]

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer(b"{}", *headers)) as server:
            assert (await ask(pool, server.url)).headers["x-99"] == "y" * 500
        async with serve(faults.raw(CONTINUE * INTERIM + OK)) as server:
            assert (await ask(pool, server.url)).status == 200
        assert HEAD > 50_000

    in_loop(story)


def test_small_chunks_are_read_where_they_are_not_all_there_is(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    """A server that flushes each letter of a customer is slow, not hostile."""
    body = body_of(FRAMING // 8)
    raw = b"".join(b"1\r\n%c\r\n" % letter for letter in body) + b"0\r\n\r\n"

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.raw(CHUNKED + raw)) as server:
            assert (await ask(pool, server.url)).body == body

    in_loop(story)


@pytest.mark.parametrize("extra", [OK * 5000, b"x" * 1_000_000])
def test_unsolicited_bytes_end_the_connection_unread(
    in_loop: Any, serve: Any, extra: bytes
) -> None:
    answer_taken = asyncio.Event()
    server: Any = None

    async def answering(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        if server.connections > 1:
            return
        await answer_taken.wait()  # the answer has been taken, the connection is kept
        while not writer.is_closing():
            writer.write(extra)
            await writer.drain()

    async def story(pool: ConnectionPool) -> None:
        nonlocal server
        async with serve(answering) as server:
            assert (await ask(pool, server.url)).body == b"{}"
            assert server.open == 1
            answer_taken.set()
            await server.all_closed()
            assert (await ask(pool, server.url)).body == b"{}"
            assert server.connections == 2

    in_loop(story)


def test_bytes_before_the_first_request_end_the_connection(
    in_loop: Any, serve: Any
) -> None:
    async def talking(reader: Any, writer: Any) -> None:
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine")
        await reader.read()

    async def story(pool: ConnectionPool) -> None:
        async with serve(talking) as server:
            try:
                body = (await ask(pool, server.url)).body
            except SourceError:
                return
            assert body in (b"{}", b"mine")  # a race that is lost by its sender alone

    in_loop(story)
