"""Faulty answers of a customer system, and functions that request them from a pool."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceUnavailable,
)
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.exchange import Exchange
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.sync import SyncTransport

SHORT = 0.15
LIMIT = 100_000
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


Outcomes = list[Response | SourceError]


def start(pool: ConnectionPool, url: str, **how: Any) -> tuple[Exchange, Outcomes]:
    outcomes: Outcomes = []
    handle = pool.start(Request("GET", url), outcomes.append, limit=LIMIT, **how)
    assert outcomes == []
    return handle, outcomes


async def until(is_so: Callable[[], object]) -> None:
    while not is_so():
        await asyncio.sleep(0.001)


async def ask(
    pool: ConnectionPool,
    url: str,
    *,
    method: str = "GET",
    within: float = 5.0,
    limit: int = LIMIT,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
) -> Response:
    loop = asyncio.get_running_loop()
    return await pool.exchange(
        Request(method, url, headers, body),
        deadline=loop.time() + within,
        limit=limit,
    )


async def fails(pool: ConnectionPool, url: str, **how: Any) -> SourceError:
    with pytest.raises(SourceError) as failed:
        await ask(pool, url, **how)
    return failed.value


def blocking(url: str, **how: Any) -> Response:
    options = {"timeout": 60.0, "limit": LIMIT} | how
    return SyncTransport().send(Request("GET", url), **options)


DRIP = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

HANGS: dict[str, Callable[[Any], Any]] = {
    "hang": lambda faults: faults.hang(),
    "slow head": lambda faults: faults.endless(
        b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.01
    ),
    "drip": lambda faults: faults.endless(DRIP, b" ", 0.01),
    "drip of chunks": lambda faults: faults.endless(CHUNKED, b"1\r\n \r\n", 0.01),
    "continue for ever": lambda faults: faults.endless(
        b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01
    ),
    "hang in the body": lambda faults: faults.raw(DRIP + b"{", then="hang"),
    "hang in the head": lambda faults: faults.raw(b"HTTP/1.1 200", then="hang"),
}

BROKEN: dict[str, tuple[Callable[[Any], Any], type[SourceError]]] = {
    "closed at once": (lambda f: f.raw(b""), SourceUnavailable),
    "reset at once": (lambda f: f.reset_at_once(), SourceUnavailable),
    "closed in the head": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\nX-"),
        SourceUnavailable,
    ),
    "reset in the body": (
        lambda f: f.raw(DRIP + b"{", then="reset"),
        SourceUnavailable,
    ),
    "short content-length": (lambda f: f.raw(DRIP + b"{}"), SourceUnavailable),
    "chunks cut": (lambda f: f.raw(CHUNKED + b"5\r\nab"), SourceUnavailable),
    "garbage chunks": (lambda f: f.raw(CHUNKED + b"xyz\r\nab\r\n"), SourceError),
    "no http": (lambda f: f.raw(b"SSH-2.0-OpenSSH\r\n\r\n"), SourceMalformed),
    "nul in the head": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\nX-A: \0b\r\n\r\n"),
        SourceMalformed,
    ),
    "huge header": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"),
        SourceMalformed,
    ),
    "endless header": (
        lambda f: f.endless(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 9000),
        SourceError,
    ),
    "many headers": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 20_000 + b"\r\n"),
        SourceMalformed,
    ),
    "two content-lengths": (
        lambda f: f.raw(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "
        ),
        SourceMalformed,
    ),
    "negative content-length": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
        SourceMalformed,
    ),
    "50 MB, said so": (
        lambda f: f.endless(
            b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n", b" " * 9000
        ),
        SourceMalformed,
    ),
    "endless body": (
        lambda f: f.endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 9000),
        SourceMalformed,
    ),
    "gzip bomb": (
        lambda f: f.answer(gzip.compress(b" " * 5_000_000), "Content-Encoding: gzip"),
        SourceMalformed,
    ),
    "unknown encoding": (
        lambda f: f.answer(b"abc", "Content-Encoding: br"),
        SourceMalformed,
    ),
    "upgrade": (
        lambda f: f.raw(
            b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            then="hang",
        ),
        SourceMalformed,
    ),
}
