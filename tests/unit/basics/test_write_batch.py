"""What one iteration of the loop writes leaves together, and in order."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from ivrhooks.basics.write_batch import MAX_BATCH, WriteBatch


class Transport(asyncio.Transport):
    """Notes what is written in ``log``; one that is ``broken`` raises."""

    def __init__(self, log: list[Any], name: str = "", *, broken: bool = False) -> None:
        super().__init__()
        self.log, self.name, self.broken, self.closed = log, name, broken, False

    def write(self, data: Any) -> None:
        if self.broken:
            raise RuntimeError("closed long ago")
        self.log.append((self.name, data))

    def is_closing(self) -> bool:
        return self.closed


def test_writes_leave_at_the_end_of_the_iteration_in_order() -> None:
    log: list[Any] = []

    async def write() -> None:
        batch = WriteBatch(asyncio.get_running_loop())
        first, second = Transport(log, "a"), Transport(log, "b")
        for transport, data in ((first, b"1"), (second, b"2"), (first, b"3")):
            batch.write(transport, data)
        log.append("nothing yet")
        await asyncio.sleep(0)
        batch.write(second, b"4")
        await asyncio.sleep(0)

    asyncio.run(write())
    assert log == ["nothing yet", ("a", b"1"), ("b", b"2"), ("a", b"3"), ("b", b"4")]


def test_a_long_iteration_does_not_hold_back_its_first_writes() -> None:
    log: list[Any] = []

    async def write() -> None:
        batch, transport = WriteBatch(asyncio.get_running_loop()), Transport(log)
        for _ in range(MAX_BATCH + 1):
            batch.write(transport, b"x")
        assert len(log) == MAX_BATCH
        await asyncio.sleep(0)

    asyncio.run(write())
    assert len(log) == MAX_BATCH + 1


def test_data_for_a_closed_transport_is_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log: list[Any] = []

    async def write() -> None:
        batch = WriteBatch(asyncio.get_running_loop())
        gone = Transport(log, "gone")
        batch.write(gone, b"1")
        batch.write(Transport(log, "here"), b"2")
        gone.closed = True
        batch.flush()

    asyncio.run(write())
    assert (log, caplog.records) == ([("here", b"2")], [])


def test_a_transport_that_raises_costs_the_others_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log: list[Any] = []

    async def write() -> None:
        batch = WriteBatch(asyncio.get_running_loop())
        batch.write(Transport(log, broken=True), b"1")
        batch.write(Transport(log, "here"), b"2")
        await asyncio.sleep(0)

    asyncio.run(write())
    assert log == [("here", b"2")]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
