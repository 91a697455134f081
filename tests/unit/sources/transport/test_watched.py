"""The phases of an exchange over a pooled connection, on a real socket."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ivrhooks.resilience.awaited import outcome_of
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.timed import Phases
from ivrhooks.sources.transport.watched import start_watched
from support.stub_system import ReceivedRequest, stub_system


def answered(seen: ReceivedRequest) -> Any:
    return 200, {}, b"ok"


def test_a_kept_connection_is_neither_looked_up_nor_made_again(in_loop) -> None:
    ended: list[list[str]] = []

    async def story(pool: ConnectionPool) -> None:
        for _ in range(2):
            phases = Phases()
            request, how = Request("GET", url), {"limit": 100}
            await outcome_of(partial(start_watched, pool, phases, request, **how))
            phases.end("body")
            ended.append(list(phases.milliseconds()))
            await asyncio.sleep(0)

    with stub_system(answered) as system:
        url = system.url.replace("127.0.0.1", "localhost")
        in_loop(story)
        assert len(system.seen) == 2
    first, second = ended
    assert [phase for phase in first if phase != "name"] == (
        ["connect", "first_byte", "body", "total"]
    )
    assert second == ["first_byte", "body", "total"]


def test_it_can_be_ended_like_every_other(in_loop) -> None:
    async def story(pool: ConnectionPool) -> None:
        done: list[Any] = []
        request = Request("GET", url)
        handle = start_watched(pool, Phases(), request, done.append, limit=100)
        handle.abort()
        response = await pool.exchange(request, limit=100)
        assert (response.body, done) == (b"ok", [])

    with stub_system(answered) as system:
        url = system.url
        in_loop(story)
