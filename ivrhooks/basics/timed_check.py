"""Runs a check that may hang, and returns its last result without a long wait."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH_SECONDS = 1.0
"""The age, in seconds, from which a result is renewed."""

MAX_WAIT_SECONDS = 0.4
"""How long a caller waits for a check; probes give up after a second."""

STALL_SECONDS = 3.0
"""A check that takes this long counts as failed until it ends."""


class TimedCheck(Generic[T]):
    """Runs ``check`` in a thread of its own, one at a time.

    ``failed`` is the result of a check that raises or takes too long.
    """

    def __init__(
        self,
        check: Callable[[], T],
        failed: T,
        *,
        clock: Callable[[], float] = time.monotonic,
        max_wait: float = MAX_WAIT_SECONDS,
    ) -> None:
        self._check = check
        self._failed = failed
        self._clock = clock
        self._max_wait = max_wait
        self._lock = threading.Lock()
        self._result: tuple[float, T] | None = None
        self._began = 0.0
        self._under_way: threading.Event | None = None
        self._pid = os.getpid()

    def result(self) -> T:
        """Return the last result, at most a second old.

        The result is older only while a check takes longer than the caller waits. It is
        ``failed`` where there is none yet.
        """
        with self._lock:
            self._leave_parent()
            now, known = self._clock(), self._result
            fresh = known is not None and now - known[0] < FRESH_SECONDS
            if self._under_way is None and known is not None and fresh:
                return known[1]
            ended = self._under_way or self._begin(now)
            stalled = now - self._began >= STALL_SECONDS
        if not stalled and ended.wait(self._max_wait):
            known = self._result
        return self._failed if stalled or known is None else known[1]

    def _begin(self, now: float) -> threading.Event:
        ended = self._under_way = threading.Event()
        self._began = now
        threading.Thread(
            target=self._run, args=(ended,), name="ivrhooks-check", daemon=True
        ).start()
        return ended

    def _run(self, ended: threading.Event) -> None:
        try:
            result = self._check()
        except Exception:  # whatever a database driver raises
            result = self._failed
        with self._lock:
            self._result = self._clock(), result
            self._under_way = None
        ended.set()

    def _leave_parent(self) -> None:
        """Forget the check of a parent process: threads do not survive a fork."""
        if self._pid != os.getpid():
            self._pid, self._under_way, self._result = os.getpid(), None, None
