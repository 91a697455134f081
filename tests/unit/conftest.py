"""What several packages' tests need: a clock that is turned, and properties untimed."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import settings

from serving import (
    data_folder,
    gated_engine,
    make_config_store,
    make_configuration,
    make_plan,
    make_recorder,
    make_request,
)

__all__ = [
    "data_folder",
    "gated_engine",
    "make_config_store",
    "make_configuration",
    "make_plan",
    "make_recorder",
    "make_request",
]

settings.register_profile("untimed", deadline=None)  # a busy machine proves nothing
settings.load_profile("untimed")


class _TurningSelector(selectors.DefaultSelector):
    """Turns the clock on instead of waiting."""

    def __init__(self, loop: FakeTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever happen")
        if not ready and timeout:
            self._loop.now += max(timeout, 0.0)
        return ready


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock is turned on whenever nothing else is to be done."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_TurningSelector(self))

    def time(self) -> float:
        return self.now


def _in_no_time(story: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=FakeTimeLoop) as runner:
        return runner.run(story)


@pytest.fixture
def in_no_time() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a story on a loop where waiting takes no time."""
    return _in_no_time
