"""Limits the time of an awaitable: ``asyncio.timeout`` at half its cost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def cut_off(work: Awaitable[T], seconds: float) -> T:
    """Await ``work`` in this task and return its result.

    Raises TimeoutError where it was cancelled because ``seconds`` are over. A result
    that it returns in spite of the cancellation counts.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("nothing can be cut off outside a task")
    before = task.cancelling()
    fired: list[bool] = []

    def cut() -> None:
        fired.append(True)
        task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, cut)
    try:
        result = await work
    except asyncio.CancelledError:
        if not fired or task.uncancel() > before:
            raise
        raise TimeoutError from None
    except BaseException:
        if fired:
            task.uncancel()
        raise
    finally:
        timer.cancel()
    if fired:
        task.uncancel()
    return result
