"""Requests that depend on a failing source yield the event loop to the others."""

from __future__ import annotations

import asyncio
from typing import Any

from ivrhooks.resilience.fair_scheduler import (
    FAILURE_TTL,
    LONGEST_WAIT,
    MAX_IN_A_SLOT,
    MAX_QUEUED,
    FairScheduler,
)

PIECES = 10


def test_a_source_is_deprioritised_from_its_failure_to_its_next_answer(
    clock: Any,
) -> None:
    scheduler = FairScheduler(clock)
    assert not scheduler.is_deprioritised({"crm"})
    scheduler.failed("crm")
    assert scheduler.is_deprioritised({"crm"})
    assert scheduler.is_deprioritised({"crm", "shop"})
    assert not scheduler.is_deprioritised({"shop"})
    assert not scheduler.is_deprioritised(frozenset())
    scheduler.answered("crm")
    assert not scheduler.is_deprioritised({"crm"})


def test_a_failure_expires_after_its_ttl(clock: Any) -> None:
    scheduler = FairScheduler(clock)
    scheduler.failed("backup")
    clock.now += FAILURE_TTL - 1
    assert scheduler.is_deprioritised({"crm", "backup"})
    clock.now += 1
    assert not scheduler.is_deprioritised({"crm", "backup"})


def test_a_single_piece_of_work_runs_at_once(in_no_time: Any) -> None:
    async def story() -> None:
        scheduler = FairScheduler()
        done = []
        scheduler.later(lambda: done.append(1))
        assert done == [1]
        await asyncio.sleep(0)
        scheduler.later(lambda: done.append(2))
        assert done == [1, 2]

    in_no_time(story())


def test_each_piece_of_work_runs_in_its_own_loop_iteration(
    in_no_time: Any, clock: Any
) -> None:
    async def story() -> None:
        scheduler = FairScheduler(clock)
        scheduler.failed("crm")
        done: list[int] = []
        at: list[int] = []

        for number in range(PIECES):
            scheduler.later(lambda number=number: done.append(number))
        assert done == [0]
        for _ in range(3 * PIECES):
            before = len(done)
            await asyncio.sleep(0)
            at.append(len(done) - before)
        assert done == list(range(PIECES))
        assert max(at) == 1

    in_no_time(story())


def test_work_beyond_the_queue_limit_runs_at_once(in_no_time: Any) -> None:
    async def story() -> None:
        scheduler = FairScheduler()
        scheduler.failed("crm")
        done: list[int] = []
        for number in range(MAX_QUEUED + PIECES):
            scheduler.later(lambda number=number: done.append(number))
        assert done == [0, *range(MAX_QUEUED + 1, MAX_QUEUED + PIECES)]

    in_no_time(story())


def test_work_that_has_waited_long_runs_earlier(in_no_time: Any, clock: Any) -> None:
    async def story() -> None:
        scheduler = FairScheduler(clock)
        scheduler.failed("crm")
        done: list[int] = []
        for number in range(PIECES):
            scheduler.later(lambda number=number: done.append(number))
        assert done == [0]
        clock.now += 2 * LONGEST_WAIT
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert MAX_IN_A_SLOT < len(done) < PIECES
        while len(done) < PIECES:
            await asyncio.sleep(0)
        assert done == list(range(PIECES))

    in_no_time(story())
