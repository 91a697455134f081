"""Handles of data requests that have to wait before they begin."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from ivrhooks.answering.engine import Pending

_logger = logging.getLogger("ivrhooks.http")


class Counting(Protocol):
    """Counts the data requests in progress."""

    in_flight: int


class Counted:
    """A data request whose caller is first counted across processes."""

    def __init__(
        self,
        dispatcher: Counting,
        count: Callable[[], Coroutine[Any, Any, float | None]],
        go_on: Callable[[float | None], Pending | None],
    ) -> None:
        self._dispatcher = dispatcher
        self._pending: Pending | None = None
        dispatcher.in_flight += 1
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run(count, go_on))

    async def _run(
        self,
        count: Callable[[], Coroutine[Any, Any, float | None]],
        go_on: Callable[[float | None], Pending | None],
    ) -> None:
        wait = None
        try:
            wait = await count()
        except Exception:
            _logger.exception("internal error: a request was not rate limited")
        self._dispatcher.in_flight -= 1
        self._pending = go_on(wait)

    def cancel(self) -> None:
        self._task.cancel()
        if self._pending is not None:
            self._pending.cancel()


class Deferred:
    """A data request that yields the event loop to others before it begins."""

    def __init__(self, begin: Callable[[], Pending | None]) -> None:
        self._begin: Callable[[], Pending | None] | None = begin
        self._pending: Pending | None = None

    def begin(self) -> None:
        if self._begin is not None:
            self._pending = self._begin()

    def cancel(self) -> None:
        self._begin = None
        if self._pending is not None:
            self._pending.cancel()
