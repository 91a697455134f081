"""Requests leave in their turn, and leave nothing behind where they do not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceBusy, SourceUnavailable
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.rate import RateLimiter, RequestRate
from ivrhooks.store import shared as module
from ivrhooks.store.shared import Shared
from support.faulty_responses import LIMIT, ask, fails

AT_ONCE = 50


@pytest.fixture
def limited(in_loop: Any) -> Callable[..., None]:
    """Runs a story with the pools of so many processes, 20 requests a second."""

    def run(
        story: Callable[..., Awaitable[None]], *, redis: str = "", processes: int = 1
    ) -> None:
        async def with_pools(_: ConnectionPool) -> None:
            shared = [Shared(redis) if redis else None for _ in range(processes)]
            pools = [
                ConnectionPool(rate=RequestRate(20.0, shared=each_pool, key="crm"))
                for each_pool in shared
            ]
            try:
                await story(*pools)
            finally:
                for pool in pools:
                    await pool.close()
                for each_pool in shared:
                    if each_pool is not None:
                        await each_pool.close()
            assert asyncio.all_tasks() == {asyncio.current_task()}

        in_loop(with_pools)

    return run


async def outcomes_of(pools: tuple[ConnectionPool, ...], url: str) -> list[Any]:
    pool_of = [pools[number % len(pools)] for number in range(AT_ONCE)]
    return await asyncio.gather(
        *(ask(pool, url) for pool in pool_of), return_exceptions=True
    )


def busy(outcomes: list[Any]) -> int:
    for outcome in outcomes:
        assert outcome.status in (200, "busy"), outcome
    return sum(isinstance(outcome, SourceBusy) for outcome in outcomes)


def test_a_request_over_the_rate_is_busy(limited: Any, serve: Any, faults: Any) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            outcomes = await outcomes_of((pool,), server.url)
            assert busy(outcomes) in range(AT_ONCE - 24, AT_ONCE - 20)
            problem = next(
                outcome for outcome in outcomes if isinstance(outcome, SourceBusy)
            )
            assert problem.blame is problem.received is problem.temporary is False

    limited(story)


def test_several_processes_count_together_in_redis(
    limited: Any,
    serve: Any,
    faults: Any,
    redis_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LIMIT", 5.0)

    async def story(*pools: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            began = asyncio.get_running_loop().time()
            outcomes = await outcomes_of(pools, server.url)
            more = int((asyncio.get_running_loop().time() - began) * 20) + 1
            left = AT_ONCE - busy(outcomes)
            assert 20 <= left <= 21 + more

    limited(story, redis=redis_server.url, processes=4)


def test_without_redis_each_process_counts_for_itself(
    limited: Any, serve: Any, faults: Any
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            assert busy(await outcomes_of((pool,), server.url)) > 0

    limited(story, redis="redis://127.0.0.1:1/0")


def test_one_that_waits_for_its_turn_can_be_aborted(
    limited: Any, serve: Any, faults: Any
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            await asyncio.gather(*(ask(pool, server.url) for _ in range(20)))
            connections = server.connections
            handle = pool.start(Request("GET", server.url), fail, limit=LIMIT)
            handle.abort()
            assert not pool._rate_limited
            assert server.connections == connections

    def fail(_: Any) -> None:
        raise AssertionError("it was aborted")

    limited(story)


def test_a_pool_that_is_closed_fails_those_that_wait(
    limited: Any, serve: Any, faults: Any
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            await asyncio.gather(*(ask(pool, server.url) for _ in range(20)))
            waiting = asyncio.ensure_future(fails(pool, server.url))
            await asyncio.sleep(0)
            await pool.close()
            assert isinstance(await waiting, SourceUnavailable)

    limited(story)


def count_taken(limiter: RateLimiter, now: float, number: int = 1000) -> int:
    """How many may leave at a moment, or within 50 ms of it."""
    return sum(limiter.take(now) is not None for _ in range(number))


@pytest.mark.parametrize(("rate", "at_once"), [(20.0, 21), (1.0, 1), (0.1, 1)])
def test_a_seconds_worth_goes_at_once(rate: float, at_once: int) -> None:
    limiter = RateLimiter(rate)
    assert count_taken(limiter, 100.0) == at_once
    assert count_taken(limiter, 100.0) == 0


def test_the_next_request_waits_for_its_slot_or_is_busy() -> None:
    limiter = RateLimiter(100.0)
    waits = [limiter.take(5.0) for _ in range(106)]
    assert waits[:100] == [0.0] * 100
    assert waits[100:105] == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])
    assert waits[105] is None


def test_over_time_there_are_no_more_than_the_rate() -> None:
    limiter = RateLimiter(20.0)
    moments = [step / 100 for step in range(1000)]  # ten seconds
    number = sum(count_taken(limiter, moment, 5) for moment in moments)
    assert 200 <= number <= 222


def test_unused_rate_is_not_saved_up() -> None:
    limiter = RateLimiter(20.0)
    count_taken(limiter, 0.0)
    assert count_taken(limiter, 3600.0) == 21


def test_a_refused_request_does_not_count() -> None:
    limiter = RateLimiter(1.0)
    assert limiter.take(0.0) == 0.0
    for _ in range(100):
        assert limiter.take(0.5) is None
    assert limiter.take(1.0) == 0.0
