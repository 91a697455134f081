"""One timer for many deadlines: a wait that ends in time sets no timer of its own.

Nearly every wait ends in time. To set and cancel a timer for each would cost more than
the rest of the wait.
"""

from __future__ import annotations

import asyncio
import math
from typing import Protocol


class Expiring(Protocol):
    """An object whose time can be over."""

    def expire(self) -> None:
        """Handle the end of its time. Must not raise."""


class Deadlines:
    """The deadlines that are watched on the running loop.

    The timer is set to the earliest, and set again for an earlier one. A deadline that
    was forgotten may still fire the timer once, without effect.
    """

    __slots__ = ("_loop", "_soonest", "_timer", "watched")

    def __init__(self) -> None:
        self.watched: dict[Expiring, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._soonest = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, expiring: Expiring, at: float) -> None:
        """Call ``expire`` at a time of the loop's clock, unless it is forgotten
        before."""
        self.watched[expiring] = at
        if at < self._soonest:
            self._wake_at(at)

    def watch_for(self, expiring: Expiring, seconds: float) -> None:
        """Call ``expire`` in ``seconds`` seconds, unless it is forgotten before."""
        loop = self._loop or self._running()
        self.watched[expiring] = at = loop.time() + seconds
        if at < self._soonest:
            self._wake_at(at)

    def forget(self, expiring: Expiring) -> None:
        """Stop watching: the wait has ended."""
        self.watched.pop(expiring, None)

    def close(self) -> None:
        """Stop watching everything."""
        self.watched.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._soonest = None, math.inf

    def _running(self) -> asyncio.AbstractEventLoop:
        self._loop = asyncio.get_running_loop()
        return self._loop

    def _wake_at(self, moment: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._soonest = moment
        loop = self._loop or self._running()
        self._timer = loop.call_at(moment, self._wake)

    def _wake(self) -> None:
        """Expire what is due, the earliest first, and set the timer to the next."""
        self._timer, self._soonest = None, math.inf
        loop = self._loop or self._running()
        now = loop.time()
        due = [(at, expiring) for expiring, at in self.watched.items() if at <= now]
        due.sort(key=_moment)
        for _, expiring in due:
            if self.watched.pop(expiring, None) is not None:
                expiring.expire()
        soonest = min(self.watched.values(), default=math.inf)
        if soonest < self._soonest:
            self._wake_at(soonest)


def _moment(due: tuple[float, Expiring]) -> float:
    return due[0]
