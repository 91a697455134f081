"""Requests that depend on a failing source yield the event loop to the others.

Thirty lookups that fail in the same millisecond are ten milliseconds of work, and other
requests would wait for all of it. So one piece of such work is done in each iteration
of the loop; between two pieces the loop handles the requests and answers of others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Set
from functools import partial

from ivrhooks.resilience.deadline import Clock

LONGEST = 0.02  # seconds that a piece waits, before several are done in one turn
SEVERAL = 4
MOST = 100  # pieces that wait; who comes then waits no more, or would be late
FAILURE_TTL = (
    30.0  # seconds after which a source that nobody asks has not failed any more
)


class FairScheduler:
    """One for all that an event loop answers. Where nobody else of their kind is there,
    nobody waits."""

    def __init__(self, clock: Clock | None = None) -> None:
        """``clock``: by default the running loop's."""
        self._clock = clock
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._taken = False  # this turn of the loop, or the next
        self._failed: dict[str, float] = {}

    @property
    def any_failed(self) -> bool:
        """Whether any source has failed, and not answered since."""
        return bool(self._failed)

    def answered(self, source: str) -> None:
        """The source has answered."""
        if self._failed:
            self._failed.pop(source, None)

    def failed(self, source: str) -> None:
        """The source has failed, or let somebody's time pass."""
        self._failed[source] = self._now()

    def is_deprioritised(self, sources: Set[str]) -> bool:
        """Whether who asks these gives way: one of them did not answer when it was
        asked last, not long ago."""
        if not self._failed:
            return False
        since = self._now() - FAILURE_TTL
        return any(self._failed.get(source, since) > since for source in sources)

    def later(self, work: Callable[[], None]) -> None:
        """Does ``work``, which must not raise: now, or in a turn of its own."""
        if self._is_free():
            work()
        else:
            self._waiting.append((self._now(), work))

    async def turn(self) -> None:
        """Waits for a turn of the loop that no other piece has."""
        if self._is_free():
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._now(), partial(wake, mine)))
        await mine

    def _is_free(self) -> bool:
        """Whether who comes now need not wait; takes the turn where nobody has it."""
        if self._taken:
            return len(self._waiting) >= MOST
        self._take()
        return True

    def _take(self) -> None:
        self._taken = True
        asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        if not self._waiting:
            self._taken = False
            return
        self._take()
        since, work = self._waiting.popleft()
        work()
        for _ in range(min(self._more(since), len(self._waiting))):
            self._waiting.popleft()[1]()

    def _more(self, since: float) -> int:
        """Pieces that are done in this turn beside one that waited since then: all of
        them, where no source fails any more."""
        if not self._failed:
            return len(self._waiting)
        return SEVERAL - 1 if self._now() - since > LONGEST else 0

    def _now(self) -> float:
        return (self._clock or asyncio.get_running_loop().time)()


def wake(waiting: asyncio.Future[None]) -> None:
    """Lets go on who awaits it; once, however often it is called."""
    if not waiting.done():
        waiting.set_result(None)
