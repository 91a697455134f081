"""The concurrency limit: places, a short wait in turn, then busy."""

from __future__ import annotations

import asyncio
from typing import Any

from ivrhooks.resilience.bulkhead import Bulkhead


def test_a_place_is_given_at_once_while_there_are_any(in_no_time: Any) -> None:
    async def story() -> None:
        limit = Bulkhead(2)
        assert await limit.enter()
        assert await limit.enter()
        assert limit.taken == 2
        limit.leave()
        assert limit.taken == 1

    in_no_time(story())


def test_without_a_place_one_waits_fifty_milliseconds(in_no_time: Any) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        limit = Bulkhead(1)
        await limit.enter()
        start = loop.time()
        assert not await limit.enter()
        assert round(loop.time() - start, 6) == 0.05
        limit.leave()
        assert limit.taken == 0
        assert await limit.enter()

    in_no_time(story())


def test_places_are_given_in_turn(in_no_time: Any) -> None:
    async def story() -> None:
        limit = Bulkhead(1)
        await limit.enter()
        order = []

        async def wait(name: str) -> None:
            if await limit.enter():
                order.append(name)
                limit.leave()

        tasks = [asyncio.create_task(wait(name)) for name in "abc"]
        await asyncio.sleep(0.01)
        assert limit.waiting == 3
        limit.leave()
        await asyncio.gather(*tasks)
        assert order == ["a", "b", "c"]
        assert limit.taken == limit.waiting == 0

    in_no_time(story())


def test_who_leaves_the_queue_takes_no_place_with_it(in_no_time: Any) -> None:
    async def story() -> None:
        limit = Bulkhead(1)
        await limit.enter()
        early = asyncio.create_task(limit.enter())
        given = asyncio.create_task(limit.enter())
        await asyncio.sleep(0)
        early.cancel()
        await asyncio.sleep(0)
        limit.leave()
        given.cancel()  # in the moment in which it has been given the place
        await asyncio.gather(early, given, return_exceptions=True)
        assert limit.taken == 0
        assert await limit.enter()

    in_no_time(story())
