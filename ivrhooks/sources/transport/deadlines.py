"""One timer for the deadlines of all exchanges of a pool."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ivrhooks.basics.errors import SourceTimeout

if TYPE_CHECKING:
    from ivrhooks.sources.transport.exchange import Exchange


class Deadlines:
    """Ends each exchange in ``watched`` at its deadline. The timer is set to the
    soonest of them, and set anew for one that is sooner still."""

    def __init__(self) -> None:
        self.watched: set[Exchange] = set()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, exchange: Exchange) -> None:
        """Ends ``exchange`` at its deadline, unless it is taken out of ``watched``."""
        self.watched.add(exchange)
        self._wake_at(exchange.deadline)

    def close(self) -> None:
        """Ends nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _wake_at(self, deadline: float) -> None:
        timer = self._timer
        if timer is None or deadline < timer.when():
            if timer is not None:
                timer.cancel()
            self._timer = self._loop.call_at(deadline, self._end_late)

    def _end_late(self) -> None:
        self._timer = None
        now = self._loop.time()
        for exchange in tuple(self.watched):
            if exchange.deadline <= now:
                exchange.fail(SourceTimeout("no answer in time"))
        if self.watched:
            self._wake_at(min(exchange.deadline for exchange in self.watched))
