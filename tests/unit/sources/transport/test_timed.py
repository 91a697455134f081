"""The phases of one exchange over a real socket, plain and secure."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceError
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.timed import Phases, TimedPool
from support.stub_system import ReceivedRequest, stub_system


def answered(seen: ReceivedRequest) -> Any:
    return 200, {}, b"ok"


def exchange(url: str) -> TimedPool:
    async def story() -> TimedPool:
        pool = TimedPool(connections=1)
        try:
            await pool.exchange(Request("GET", url), limit=1000)
        finally:
            await pool.close()
        return pool

    return asyncio.run(story())


def test_each_phase_that_was_reached_has_its_time() -> None:
    with stub_system(answered) as system:
        url = system.url.replace("127.0.0.1", "localhost")
        milliseconds = exchange(url).phases.milliseconds()
    assert list(milliseconds) == ["name", "connect", "first_byte", "body", "total"]
    assert all(value >= 0 for value in milliseconds.values())
    assert milliseconds["total"] >= milliseconds["first_byte"]


def test_a_refused_connection_has_no_later_phases(tmp_path: Any) -> None:
    with stub_system(answered) as system:
        url = system.url

    async def story() -> Phases:
        pool = TimedPool(connections=1)
        with pytest.raises(SourceError):
            await pool.exchange(Request("GET", url), limit=1000)
        await pool.close()
        return pool.phases

    assert list(asyncio.run(story()).milliseconds()) == ["total"]
