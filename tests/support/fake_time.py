"""Fake clocks, and an event loop on which waiting takes no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any


class FakeClock:
    """A clock in seconds that a test sets."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class FakeDateClock:
    """A clock with a date and a time of day that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **more: float) -> None:
        """Move the clock forward, such as by ``minutes=5``."""
        self.now += timedelta(**more)


class _FakeTimeSelector(selectors.SelectSelector):
    """Moves the loop's clock forward where the loop would wait."""

    loop: FakeTimeLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever happen")
        if not ready and timeout:
            self.loop.now += max(timeout, 0.0)
        return ready


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """An event loop with a fake clock, which jumps to the next timer at once."""

    def __init__(self) -> None:
        self.now = 1000.0
        selector = _FakeTimeSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


def in_no_time(story: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on a loop where waiting takes no time; cancel its tasks after."""
    with asyncio.Runner(loop_factory=FakeTimeLoop) as runner:
        return runner.run(story)
