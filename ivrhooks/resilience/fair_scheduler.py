"""Requests that depend on a failing source yield the event loop to the others.

Thirty lookups that fail in the same millisecond make ten milliseconds of work, and
other requests would wait for all of it. So each iteration of the loop does one piece of
such work; between two pieces the loop handles the requests and answers of others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Set

from ivrhooks.resilience.deadline import Clock

LONGEST_WAIT = 0.02  # seconds; when a piece waits longer, one iteration does several
MAX_IN_A_SLOT = 4
MAX_QUEUED = 100  # waiting pieces; beyond this, new ones run at once to be in time
FAILURE_TTL = 30.0  # seconds after which the failure of an unused source is forgotten


class FairScheduler:
    """Schedules such work of one event loop. A piece of work runs at once where no
    other waits."""

    def __init__(self, clock: Clock | None = None) -> None:
        """``clock``: the running loop's by default."""
        self._clock = clock
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._slot_is_used = False  # this iteration of the loop, or the next
        self._failed: dict[str, float] = {}

    @property
    def any_failed(self) -> bool:
        """Return whether any source has failed and not answered since."""
        return bool(self._failed)

    def answered(self, source: str) -> None:
        """Record that the source has answered."""
        if self._failed:
            self._failed.pop(source, None)

    def failed(self, source: str) -> None:
        """Record that the source has failed, or let a deadline pass."""
        self._failed[source] = self._now()

    def is_deprioritised(self, sources: Set[str]) -> bool:
        """Return whether requests to these sources yield: one of them failed at its
        last use, less than ``FAILURE_TTL`` ago."""
        if not self._failed:
            return False
        since = self._now() - FAILURE_TTL
        return any(self._failed.get(source, since) > since for source in sources)

    def later(self, work: Callable[[], None]) -> None:
        """Run ``work``, which must not raise, at once or in a later iteration."""
        if self._is_free():
            work()
        else:
            self._waiting.append((self._now(), work))

    def _is_free(self) -> bool:
        """Return whether work need not wait; reserve the iteration where it is free."""
        if self._slot_is_used:
            return len(self._waiting) >= MAX_QUEUED
        self._use_slot()
        return True

    def _use_slot(self) -> None:
        self._slot_is_used = True
        asyncio.get_running_loop().call_soon(self._run_next)

    def _run_next(self) -> None:
        if not self._waiting:
            self._slot_is_used = False
            return
        self._use_slot()
        since, work = self._waiting.popleft()
        work()
        for _ in range(min(self._extra_pieces(since), len(self._waiting))):
            self._waiting.popleft()[1]()

    def _extra_pieces(self, since: float) -> int:
        """Return how many further pieces run in this iteration beside one that waited
        ``since`` then: all of them, where no source is failing."""
        if not self._failed:
            return len(self._waiting)
        return MAX_IN_A_SLOT - 1 if self._now() - since > LONGEST_WAIT else 0

    def _now(self) -> float:
        return (self._clock or asyncio.get_running_loop().time)()
