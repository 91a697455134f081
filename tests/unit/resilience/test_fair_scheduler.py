"""Who asks a source that fails gives way to everybody else."""

from __future__ import annotations

import asyncio
from typing import Any

from ivrhooks.resilience.fair_scheduler import (
    FORGIVEN,
    LONGEST,
    MOST,
    SEVERAL,
    Courtesy,
)

PIECES = 10


def test_a_source_is_due_from_its_failure_to_its_next_answer(clock: Any) -> None:
    courtesy = Courtesy(clock)
    assert not courtesy.is_due({"crm"})
    courtesy.failed("crm")
    assert courtesy.is_due({"crm"})
    assert courtesy.is_due({"crm", "shop"})
    assert not courtesy.is_due({"shop"})
    assert not courtesy.is_due(frozenset())
    courtesy.answered("crm")
    assert not courtesy.is_due({"crm"})


def test_who_is_not_asked_again_has_not_failed_for_ever(clock: Any) -> None:
    courtesy = Courtesy(clock)
    courtesy.failed("backup")
    clock.now += FORGIVEN - 1
    assert courtesy.is_due({"crm", "backup"})
    clock.now += 1
    assert not courtesy.is_due({"crm", "backup"})


def test_who_is_alone_waits_for_nothing(in_no_time: Any) -> None:
    async def story() -> None:
        courtesy = Courtesy()
        done = []
        courtesy.later(lambda: done.append(1))
        assert done == [1]
        await asyncio.sleep(0)
        waiting = courtesy.turn()
        try:
            waiting.send(None)
        except StopIteration:
            done.append(2)
        assert done == [1, 2]

    in_no_time(story())


def test_each_piece_has_a_turn_of_the_loop_for_itself(
    in_no_time: Any, clock: Any
) -> None:
    async def story() -> None:
        courtesy = Courtesy(clock)
        courtesy.failed("crm")
        done: list[int] = []
        at: list[int] = []

        async def one(number: int) -> None:
            await courtesy.turn()
            done.append(number)

        pieces = [asyncio.create_task(one(number)) for number in range(PIECES)]
        for _ in range(3 * PIECES):
            before = len(done)
            await asyncio.sleep(0)
            at.append(len(done) - before)
        assert done == list(range(PIECES))
        assert max(at) == 1
        await asyncio.gather(*pieces)

    in_no_time(story())


def test_where_very_many_wait_nobody_else_does(in_no_time: Any) -> None:
    async def story() -> None:
        courtesy = Courtesy()
        courtesy.failed("crm")
        done: list[int] = []
        for number in range(MOST + PIECES):
            courtesy.later(lambda number=number: done.append(number))
        assert done == [0, *range(MOST + 1, MOST + PIECES)]
        await courtesy.turn()
        assert len(done) == PIECES

    in_no_time(story())


def test_who_has_waited_long_does_not_wait_for_everybody(
    in_no_time: Any, clock: Any
) -> None:
    async def story() -> None:
        courtesy = Courtesy(clock)
        courtesy.failed("crm")
        done: list[int] = []
        for number in range(PIECES):
            courtesy.later(lambda number=number: done.append(number))
        assert done == [0]
        clock.now += 2 * LONGEST
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert SEVERAL < len(done) < PIECES
        while len(done) < PIECES:
            await asyncio.sleep(0)
        assert done == list(range(PIECES))

    in_no_time(story())


def test_who_has_left_takes_nobodys_turn(in_no_time: Any) -> None:
    async def story() -> None:
        courtesy = Courtesy()
        for _ in range(PIECES):
            courtesy.later(lambda: None)
        left = asyncio.create_task(courtesy.turn())
        stays = asyncio.create_task(courtesy.turn())
        await asyncio.sleep(0)
        left.cancel()
        await stays
        assert left.cancelled()

    in_no_time(story())


def test_nobody_waits_on_where_the_source_answers_again(in_no_time: Any) -> None:
    async def story() -> None:
        courtesy = Courtesy()
        courtesy.failed("crm")
        done: list[int] = []
        for number in range(PIECES):
            courtesy.later(lambda number=number: done.append(number))
        courtesy.answered("crm")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert done == list(range(PIECES))

    in_no_time(story())
