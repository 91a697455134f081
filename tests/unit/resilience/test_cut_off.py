"""What takes too long is ended, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from ivrhooks.resilience.cut_off import cut_off


async def nothing() -> str:
    return "done"


async def for_ever() -> str:
    await asyncio.Event().wait()
    return "never"


async def stubborn() -> str:
    try:
        await for_ever()
    except asyncio.CancelledError:
        return "all the same"
    return "never"


async def sore() -> str:
    try:
        await for_ever()
    except asyncio.CancelledError:
        raise KeyError("sore") from None
    return "never"


def run(work: Awaitable[str], seconds: float) -> Any:
    """What becomes of it, and how often its task is still to be cancelled."""

    async def go() -> Any:
        task = asyncio.current_task()
        assert task is not None
        try:
            result: Any = await cut_off(work, seconds)
        except Exception as problem:
            result = type(problem)
        return result, task.cancelling()

    return asyncio.run(go())


def test_what_is_in_time_is_not_ended() -> None:
    assert run(nothing(), 60.0) == ("done", 0)


def test_what_is_not_is_cancelled() -> None:
    assert run(for_ever(), 0.0) == (TimeoutError, 0)


def test_who_answers_all_the_same_is_heard() -> None:
    assert run(stubborn(), 0.0) == ("all the same", 0)
    assert run(sore(), 0.0) == (KeyError, 0)


@pytest.mark.parametrize("seconds", [0.0, 60.0])
def test_a_cancelled_task_stays_cancelled(seconds: float) -> None:
    async def go() -> None:
        task = asyncio.create_task(cut_off(for_ever(), seconds))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(go())
