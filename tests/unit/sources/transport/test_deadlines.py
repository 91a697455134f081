"""Every exchange ends at its own deadline, by one timer for all."""

from __future__ import annotations

import asyncio
from typing import Any

from bad_answers import LIMIT, SHORT, start, until
from ivrhooks.basics.errors import SourceError, SourceTimeout
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.pool import ConnectionPool


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


def test_whoever_asks_anew_at_a_deadline_moves_no_other(
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
