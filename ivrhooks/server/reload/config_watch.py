"""Replaces the configuration while data requests are being answered."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from ivrhooks.http.dispatcher import Dispatcher, open_dispatcher
from ivrhooks.server.reload.config_store import ConfigStore

CHECK_SECONDS = 0.5
DRAIN_SECONDS = 0.1

_logger = logging.getLogger("ivrhooks.server.reload")


class ConfigWatcher:
    """Watches the files of a store in one task.

    It opens a dispatcher for each new configuration. The old one closes after its last
    data request has been answered.
    """

    def __init__(
        self,
        config_store: ConfigStore,
        dispatcher: Dispatcher,
        swap: Callable[[Dispatcher], None],
    ) -> None:
        self._config_store = config_store
        self._dispatcher = dispatcher
        self._swap = swap
        self._requested = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._draining: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start to watch; called inside the running loop."""
        self._task = asyncio.create_task(self._watch())

    def check_now(self) -> None:
        """Read the configuration again at once."""
        self._requested.set()

    async def close(self) -> None:
        """Stop watching, and close the dispatchers."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for task in self._draining:
            task.cancel()
        await asyncio.gather(*self._draining, return_exceptions=True)
        await self._dispatcher.close()

    async def _watch(self) -> None:
        while True:
            is_requested = await self._wait_for_check()
            try:
                if await asyncio.to_thread(
                    self._config_store.refresh, now=is_requested
                ):
                    await self._replace_dispatcher()
            except Exception:
                if not threading.main_thread().is_alive():
                    return  # the process is ending and starts no more threads
                _logger.exception(
                    "the configuration could not be checked for changes; the current "
                    "one stays in use, and the check is repeated"
                )

    async def _wait_for_check(self) -> bool:
        try:
            # Not wait_for: in Python 3.11 it can swallow the cancellation in close.
            async with asyncio.timeout(CHECK_SECONDS):
                await self._requested.wait()
        except TimeoutError:
            return False
        self._requested.clear()
        return True

    async def _replace_dispatcher(self) -> None:
        old, self._dispatcher = (
            self._dispatcher,
            await open_dispatcher(
                self._config_store.current, self._dispatcher.recorder
            ),
        )
        self._swap(self._dispatcher)
        task = asyncio.create_task(_close_when_drained(old))
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)


async def _close_when_drained(old: Dispatcher) -> None:
    try:
        while old.in_flight:
            await asyncio.sleep(DRAIN_SECONDS)
    finally:
        await old.close()
