"""Runs a coroutine as a task and calls back with its result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

OnDone = Callable[[T | BaseException], None]
"""Takes a result, or the exception raised in its place. It is called once, and not at
all after a cancel."""


class UnderWay(Protocol):
    """Running work that calls back when it is done."""

    def cancel(self) -> object:
        """Cancel the work; nothing is called back after this."""


class Awaited(Generic[T]):
    """``work`` that runs as a task. ``tasks`` holds the task until it has ended, for
    whoever closes what it uses."""

    __slots__ = ("_on_done", "_task")

    def __init__(
        self,
        work: Coroutine[Any, Any, T],
        on_done: OnDone[T],
        tasks: set[asyncio.Task[Any]] | None = None,
    ) -> None:
        self._on_done: OnDone[T] | None = on_done
        self._task: asyncio.Task[T] | None = asyncio.get_running_loop().create_task(
            work
        )
        if tasks is not None:
            tasks.add(self._task)
            self._task.add_done_callback(tasks.discard)
        self._task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Cancel the task; nothing is called back after this."""
        self._on_done = None
        if self._task is not None:
            self._task.cancel()

    def _ended(self, task: asyncio.Task[T]) -> None:
        on_done, self._on_done, self._task = self._on_done, None, None
        if task.cancelled():
            result: T | BaseException = asyncio.CancelledError()
        else:
            problem = task.exception()
            result = task.result() if problem is None else problem
        if on_done is not None:
            on_done(result)


async def outcome_of(begin: Callable[[OnDone[T]], UnderWay | None]) -> T:
    """Wait for what ``begin`` calls back with, and return it.

    Raises the exception that came in its place. Where the wait is cancelled, the work
    is cancelled too.
    """
    done: asyncio.Future[T | BaseException] = asyncio.get_running_loop().create_future()
    under_way = begin(partial(_resolve, done))
    try:
        result = await done
    except asyncio.CancelledError:
        if under_way is not None:
            under_way.cancel()
        raise
    try:
        if isinstance(result, BaseException):
            raise result
        return result
    finally:
        del result, done  # the raised exception refers to this frame: a cycle


def _resolve(
    done: asyncio.Future[T | BaseException], result: T | BaseException
) -> None:
    if not done.done():
        done.set_result(result)


async def cancel_all(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and wait until they have ended."""
    ending = tuple(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
