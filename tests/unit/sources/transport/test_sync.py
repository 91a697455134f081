"""The client for whoever has no event loop keeps the same promises."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ivrhooks.basics.errors import (
    SourceError,
    SourceTimeout,
)
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.sync import SyncTransport
from support.faulty_responses import (
    BROKEN,
    HANGS,
    OK,
    SHORT,
    blocking,
)


def test_the_blocking_transport_asks_the_same(in_loop: Any, serve: Any) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(4))
        writer.write(OK)

    async def story(_: ConnectionPool) -> None:
        async with serve(handler) as server:
            request = Request(
                "PUT",
                server.url + "/a%2Fb/%7E?q=%2B84%201&q=b+c&x",
                (("X-Key", "Nguyễn"), ("Accept", "a/b")),
                b"body",
            )
            response = await asyncio.to_thread(
                SyncTransport().send, request, timeout=60.0, limit=10
            )
            assert (response.status, response.body) == (200, b"{}")

    in_loop(story)
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "PUT /a%2Fb/%7E?q=%2B84%201&q=b+c&x HTTP/1.1"
    assert "X-Key: Nguyễn" in lines
    assert "Accept-Encoding: identity" in lines
    assert "Content-Length: 4" in lines
    assert not [line for line in lines if line.startswith(("Content-Type", "Cookie"))]


@pytest.mark.parametrize("name", HANGS)
def test_the_blocking_transport_ends_in_time_too(
    in_loop: Any, serve: Any, faults: Any, name: str
) -> None:
    async def story(_: ConnectionPool) -> None:
        async with serve(HANGS[name](faults)) as server:
            with pytest.raises(SourceTimeout):
                await asyncio.to_thread(blocking, server.url, timeout=SHORT)
            await server.all_closed()

    in_loop(story)


NOTHING_CAME = {"closed at once", "reset at once"}


@pytest.mark.parametrize("name", BROKEN)
def test_the_blocking_transport_raises_nothing_else(
    in_loop: Any, serve: Any, faults: Any, name: str
) -> None:
    async def story(_: ConnectionPool) -> None:
        async with serve(BROKEN[name][0](faults)) as server:
            with pytest.raises(SourceError) as failed:
                await asyncio.to_thread(blocking, server.url)
            assert server.url not in str(failed.value)
            assert failed.value.received is (name not in NOTHING_CAME)

    in_loop(story)


def test_a_closed_blocking_transport_lets_go(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    async def story(_: ConnectionPool) -> None:
        async with serve(faults.hang()) as server:
            transport = SyncTransport()
            waiting = asyncio.ensure_future(
                asyncio.to_thread(
                    transport.send, Request("GET", server.url), timeout=60, limit=1
                )
            )
            while not server.connections:
                await asyncio.sleep(0.005)
            transport.close()
            with pytest.raises(SourceError):
                await waiting
            await server.all_closed()

    in_loop(story)
