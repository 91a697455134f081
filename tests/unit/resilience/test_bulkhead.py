"""The concurrency limit: permits, a short wait in order, then busy."""

from __future__ import annotations

import asyncio
from typing import Any

from ivrhooks.resilience.bulkhead import Bulkhead, PermitWait


async def entered(limit: Bulkhead) -> bool:
    """Whether one who waits in turn is let in."""
    if limit.enter():
        return True
    granted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    waiting: PermitWait = limit.wait(granted.set_result)
    try:
        return await granted
    except asyncio.CancelledError:
        waiting.cancel()
        raise


def test_a_free_permit_is_granted_at_once(in_no_time: Any) -> None:
    async def story() -> None:
        limit = Bulkhead(2)
        assert await entered(limit)
        assert await entered(limit)
        assert limit.in_use == 2
        limit.leave()
        assert limit.in_use == 1

    in_no_time(story())


def test_a_call_without_a_permit_waits_fifty_milliseconds(in_no_time: Any) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        limit = Bulkhead(1)
        await entered(limit)
        start = loop.time()
        assert not await entered(limit)
        assert round(loop.time() - start, 6) == 0.05
        limit.leave()
        assert limit.in_use == 0
        assert await entered(limit)

    in_no_time(story())


def test_permits_are_granted_in_order(in_no_time: Any) -> None:
    async def story() -> None:
        limit = Bulkhead(1)
        await entered(limit)
        order = []

        async def wait(name: str) -> None:
            if await entered(limit):
                order.append(name)
                limit.leave()

        tasks = [asyncio.create_task(wait(name)) for name in "abc"]
        await asyncio.sleep(0.01)
        assert limit.waiting == 3
        limit.leave()
        await asyncio.gather(*tasks)
        assert order == ["a", "b", "c"]
        assert limit.in_use == limit.waiting == 0

    in_no_time(story())


def test_a_cancelled_wait_returns_its_permit(in_no_time: Any) -> None:
    async def story() -> None:
        limit = Bulkhead(1)
        assert limit.enter()
        heard: list[bool] = []
        early, later = limit.wait(heard.append), limit.wait(heard.append)
        early.cancel()
        assert limit.waiting == 1
        limit.leave()
        later.cancel()  # in the moment in which it has been given the permit
        await asyncio.sleep(0)
        assert heard == []
        assert limit.in_use == 0
        assert limit.enter()

    in_no_time(story())
