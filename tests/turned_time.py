"""Time that tests turn: clocks, and an event loop on which waiting takes none."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any


class TurnedClock:
    """Seconds that go on only when told so."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class TurnedDate:
    """A day and an hour that go on only when told so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **more: float) -> None:
        """So much later: ``minutes=5``."""
        self.now += timedelta(**more)


class _TurningSelector(selectors.SelectSelector):
    """Where the loop would wait, its clock is turned instead."""

    loop: TurnedLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever happen")
        if not ready and timeout:
            self.loop.now += max(timeout, 0.0)
        return ready


class TurnedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is ours: it jumps to the next timer at once."""

    def __init__(self) -> None:
        self.now = 1000.0
        selector = _TurningSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


def in_no_time(story: Coroutine[Any, Any, Any]) -> Any:
    """Runs a story on a loop where waiting takes no time; what it leaves is ended."""
    with asyncio.Runner(loop_factory=TurnedLoop) as runner:
        return runner.run(story)
