"""One timer for many moments: a wait that ends well never touches the loop's timers.

Nearly every wait ends before its time is over, and to set and cancel a timer for each
costs more than the rest of it.
"""

from __future__ import annotations

import asyncio
import math
from typing import Protocol


class Expiring(Protocol):
    """What has a moment at which its time is over."""

    def expire(self) -> None:
        """Its time is over. Must not raise."""


class Deadlines:
    """What is watched on the running loop. The timer is set to the soonest moment, and
    set anew for one that is sooner still; a moment that nobody waits for any more may
    wake it in vain, once."""

    __slots__ = ("_loop", "_soonest", "_timer", "watched")

    def __init__(self) -> None:
        self.watched: dict[Expiring, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._soonest = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, expiring: Expiring, at: float) -> None:
        """Has ``one`` expire at a moment of the loop's clock, unless it is forgotten
        before."""
        self.watched[expiring] = at
        if at < self._soonest:
            self._wake_at(at)

    def watch_for(self, expiring: Expiring, seconds: float) -> None:
        """The same, that many seconds from now."""
        loop = self._loop or self._running()
        self.watched[expiring] = at = loop.time() + seconds
        if at < self._soonest:
            self._wake_at(at)

    def forget(self, expiring: Expiring) -> None:
        """It has ended."""
        self.watched.pop(expiring, None)

    def close(self) -> None:
        """Has nothing expire any more."""
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
        """Ends what is due, the soonest first, and sleeps until the next."""
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
