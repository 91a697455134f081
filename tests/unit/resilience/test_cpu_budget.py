"""Heavy work waits for its turn, and leaves the loop to others meanwhile."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.resilience.cpu_budget import LONGEST_PAUSE, SHARE, CpuBudget


def working(clock: Any, seconds: float, done: list[float]) -> Callable[[], None]:
    def work() -> None:
        done.append(clock.now)
        clock.now += seconds

    return work


def test_after_a_turn_the_others_have_the_greater_part(
    in_no_time: Any, clock: Any
) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        cpu_budget = CpuBudget(clock=clock)
        begun: list[float] = []
        turns: list[float] = []
        for _ in range(3):
            cpu_budget.later(lambda: turns.append(loop.time()))
            cpu_budget.later(working(clock, 0.01, begun))
        while len(begun) < 3:
            await asyncio.sleep(0.001)
        waits = [after - before for before, after in itertools.pairwise(turns)]
        assert waits == pytest.approx([0.01 / SHARE - 0.01] * 2)

    in_no_time(story())


def test_many_small_works_share_a_turn(in_no_time: Any, clock: Any) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        cpu_budget = CpuBudget(clock=clock)
        done: list[float] = []
        for _ in range(5):
            cpu_budget.later(working(clock, 0.0001, done))
        began = loop.time()
        await asyncio.sleep(0)
        assert len(done) == 5
        assert loop.time() == began

    in_no_time(story())


def test_who_comes_right_after_a_heavy_turn_waits_as_well(
    in_no_time: Any, clock: Any
) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        cpu_budget = CpuBudget(clock=clock)
        done: list[float] = []
        cpu_budget.later(working(clock, 30.0, done))
        await asyncio.sleep(0)
        began = loop.time()
        assert await cpu_budget.run(lambda: "late") == "late"
        assert loop.time() - began == pytest.approx(LONGEST_PAUSE)

    in_no_time(story())


def test_what_it_gives_and_what_it_raises_comes_out(in_no_time: Any) -> None:
    async def story() -> None:
        cpu_budget = CpuBudget()
        assert await cpu_budget.run(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await cpu_budget.run(lambda: 1 // 0)

    in_no_time(story())


def test_what_nobody_waits_for_any_more_is_not_done(in_no_time: Any) -> None:
    async def story() -> None:
        cpu_budget = CpuBudget()
        done: list[str] = []
        task = asyncio.create_task(cpu_budget.run(lambda: done.append("in vain")))
        await asyncio.sleep(0)
        task.cancel()
        assert await cpu_budget.run(lambda: "next") == "next"
        assert done == []
        assert task.cancelled()

    in_no_time(story())
