"""Lets code that is not asynchronous wait within an event loop, without a thread.

The code runs in a greenlet of the loop's own thread; where it waits, the loop goes on
with others. (SQLAlchemy's asyncio layer does the same.)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")


async def run(call: Callable[[], T]) -> T:
    """What ``call`` returns or raises. Whatever it waits for by ``wait_for`` is awaited
    here; where this task is cancelled, the wait raises CancelledError in ``call``."""
    running = greenlet(call)
    running.gr_context = copy_context()
    result: Any = running.switch()
    while not running.dead:
        try:
            value = await result
        except BaseException as problem:
            result = running.throw(problem)
        else:
            result = running.switch(value)
    found: T = result
    return found


def wait_for(work: Awaitable[T]) -> T:
    """The result of ``work``; called somewhere below ``run``'s ``call``. Raises what
    ``work`` raises."""
    loop = getcurrent().parent
    if loop is None:
        raise RuntimeError("there is no loop to wait in: call it below waiting.run")
    value: T = loop.switch(work)
    return value
