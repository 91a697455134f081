"""A coroutine's end is reported by callback, unless it was cancelled."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ivrhooks.resilience.awaited import Awaited, cancel_all, outcome_of


async def work(result: Any) -> Any:
    await asyncio.sleep(1)
    if isinstance(result, BaseException):
        raise result
    return result


@pytest.mark.parametrize("result", ["answer", None, ValueError("no"), KeyError()])
def test_the_callback_gets_the_result_or_the_exception(
    in_no_time: Any, result: Any
) -> None:
    async def story() -> None:
        heard: list[Any] = []
        tasks: set[asyncio.Task[Any]] = set()
        Awaited(work(result), heard.append, tasks)
        assert (heard, len(tasks)) == ([], 1)
        await asyncio.sleep(1.1)
        assert (heard, len(tasks)) == ([result], 0)

    in_no_time(story())


def test_a_coroutine_that_raises_cancelled_error_calls_back(in_no_time: Any) -> None:
    async def story() -> None:
        heard: list[Any] = []
        Awaited(work(asyncio.CancelledError()), heard.append)
        await asyncio.sleep(1.1)
        assert isinstance(heard[0], asyncio.CancelledError)

    in_no_time(story())


def test_a_cancelled_coroutine_does_not_call_back(in_no_time: Any) -> None:
    async def story() -> None:
        heard: list[Any] = []
        tasks: set[asyncio.Task[Any]] = set()
        Awaited(work("answer"), heard.append, tasks).cancel()
        await asyncio.sleep(0)
        Awaited(work("answer"), heard.append, tasks)
        await cancel_all(tasks)
        await asyncio.sleep(2)
        assert len(tasks) == 0
        assert [type(each_result) for each_result in heard] == [asyncio.CancelledError]

    in_no_time(story())


def test_outcome_of_awaits_the_callback(in_no_time: Any) -> None:
    async def story() -> None:
        assert await outcome_of(lambda done: Awaited(work("answer"), done)) == "answer"
        with pytest.raises(ValueError, match="no"):
            await outcome_of(lambda done: Awaited(work(ValueError("no")), done))
        tasks: set[asyncio.Task[Any]] = set()
        waiting = asyncio.create_task(
            outcome_of(lambda done: Awaited(work("answer"), done, tasks))
        )
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.sleep(0)
        assert waiting.cancelled()
        assert len(tasks) == 0

    in_no_time(story())
