"""An exchange reports once, or never once it is aborted, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import gzip
from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceError, SourceTimeout
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.connection import Connection
from ivrhooks.sources.transport.pool import ConnectionPool
from support.faulty_responses import HANGS, LIMIT, OK, SHORT, start, until

TURNS = 10  # of the loop


async def some_turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def test_it_reports_once(in_loop: Any, serve: Any, faults: Any) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            for _ in range(3):
                handle, outcomes = start(pool, server.url)
                await until(lambda results=outcomes: results)
                handle.abort()
                handle.fail(SourceTimeout("late"))
                await some_turns()
                [outcome] = outcomes
                assert isinstance(outcome, Response)
            assert server.connections == server.open == 1

    in_loop(story)


@pytest.mark.parametrize("name", HANGS)
def test_an_aborted_one_reports_nothing_and_closes(
    in_loop: Any, serve: Any, faults: Any, name: str
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(HANGS[name](faults)) as server:
            handle, outcomes = start(pool, server.url)
            await until(lambda: server.connections)
            handle.abort()
            handle.abort()
            await server.all_closed()
            assert outcomes == []

    in_loop(story)


def test_one_that_waits_for_a_connection_can_be_aborted(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.hang()) as server:
            first, _ = start(pool, server.url)
            await until(lambda: server.connections)
            second, outcomes = start(pool, server.url)
            third, late = start(pool, server.url)
            second.abort()
            first.abort()
            await until(lambda: server.connections == 2)
            third.abort()
            await server.all_closed()
            assert outcomes == late == []

    in_loop(story, connections=1)


def test_a_dial_ends_with_its_exchange(
    in_loop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(self: Any, host: str) -> list[tuple[int, str]]:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(
        "ivrhooks.sources.transport.dns.DnsCache._ask_name_server", silent
    )

    async def story(pool: ConnectionPool) -> None:
        tasks = len(asyncio.all_tasks())
        handle, outcomes = start(pool, "http://crm.example/")
        await some_turns()
        handle.abort()
        await some_turns()
        assert len(asyncio.all_tasks()) == tasks + 1  # the lookup: others may wait
        assert outcomes == []

    in_loop(story)


def test_one_that_waits_to_be_unpacked_can_be_aborted(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    packed = gzip.compress(b"{}")

    async def story(pool: ConnectionPool) -> None:
        turns: list[Callable[[], None]] = []
        pool.cpu_budget.later = turns.append  # type: ignore[method-assign]
        async with serve(faults.answer(packed, "Content-Encoding: gzip")) as server:
            handle, outcomes = start(pool, server.url)
            await until(lambda: turns)
            other, others = start(pool, server.url)  # on the same connection
            handle.abort()
            await until(lambda: len(turns) == 2)
            for turn in turns:
                turn()
            assert outcomes == []
            [outcome] = others
            assert isinstance(outcome, Response)
            assert outcome.body == b"{}"
            assert server.connections == 1
            other.abort()

    in_loop(story)


@pytest.mark.parametrize("ends", ["answered", "aborted", "closed", "failed", "late"])
def test_it_leaves_no_reference_cycle(
    in_loop: Any, serve: Any, faults: Any, no_collector: None, ends: str
) -> None:
    handlers = {
        "answered": faults.raw(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")),
        "closed": faults.raw(b""),
        "failed": faults.raw(b"no HTTP\r\n\r\n"),
        "late": faults.hang(),
        "aborted": faults.hang(),
    }

    async def story(pool: ConnectionPool) -> None:
        async with serve(handlers[ends]) as server:
            deadline = asyncio.get_running_loop().time() + SHORT
            how = {"deadline": deadline} if ends == "late" else {}
            handle, outcomes = start(pool, server.url, **how)
            await until(lambda: server.connections)
            if ends == "aborted":
                handle.abort()
            else:
                await until(lambda: outcomes)
            await server.all_closed()
            await some_turns()
            del handle
            outcomes.clear()
            left = [
                thing for thing in gc.get_objects() if isinstance(thing, Connection)
            ]
            assert left == []

    in_loop(story)


def test_a_deadline_in_the_future_of_another_is_kept(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    """One timer for all, whatever the order in which they come."""

    async def story(pool: ConnectionPool) -> None:
        loop = asyncio.get_running_loop()
        order: list[str] = []

        def began(name: str, seconds: float) -> None:
            def ended(outcome: Response | SourceError) -> None:
                assert isinstance(outcome, SourceTimeout)
                assert loop.time() >= deadline
                order.append(name)

            deadline = loop.time() + seconds
            request = Request("GET", server.url)
            pool.start(request, ended, limit=LIMIT, deadline=deadline)

        async with serve(faults.hang()) as server:
            began("second", SHORT)
            began("third", 2 * SHORT)
            began("first", SHORT / 2)
            await until(lambda: len(order) == 3)
            assert order == ["first", "second", "third"]
            assert not pool.deadlines.watched
            await server.all_closed()

    in_loop(story)


def test_a_new_exchange_at_a_deadline_moves_no_other(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    async def story(pool: ConnectionPool) -> None:
        loop = asyncio.get_running_loop()
        order: list[str] = []

        def began(name: str, seconds: float) -> None:
            def ended(_: Response | SourceError) -> None:
                order.append(name)
                if name == "first":
                    began("anew", 20 * SHORT)

            request = Request("GET", server.url)
            deadline = loop.time() + seconds
            pool.start(request, ended, limit=LIMIT, deadline=deadline)

        async with serve(faults.hang()) as server:
            began("first", SHORT / 2)
            began("second", SHORT)
            await until(lambda: "second" in order)
            assert order == ["first", "second"]

    in_loop(story)


def test_a_deadline_that_has_passed_ends_at_once(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            _, outcomes = start(pool, server.url, deadline=0.0)
            await until(lambda: outcomes)
            assert isinstance(outcomes[0], SourceTimeout)

    in_loop(story)
