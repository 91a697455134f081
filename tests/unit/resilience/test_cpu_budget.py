"""Heavy work is delayed, so that the event loop serves others meanwhile."""

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


def test_heavy_work_leaves_most_of_the_time_to_others(
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


def test_small_pieces_of_work_share_one_slot(in_no_time: Any, clock: Any) -> None:
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


def test_work_right_after_a_heavy_slot_waits(in_no_time: Any, clock: Any) -> None:
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


def test_the_result_or_the_exception_of_the_work_is_passed_on(in_no_time: Any) -> None:
    async def story() -> None:
        cpu_budget = CpuBudget()
        assert await cpu_budget.run(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await cpu_budget.run(lambda: 1 // 0)

    in_no_time(story())


def test_cancelled_work_is_not_run(in_no_time: Any) -> None:
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
