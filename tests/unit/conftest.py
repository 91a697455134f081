"""What several packages' tests need: a clock that is turned, and properties untimed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import settings

from support.fake_time import FakeClock, in_no_time
from support.server_fixtures import (
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


@pytest.fixture
def clock() -> FakeClock:
    """Seconds that the test turns."""
    return FakeClock()


@pytest.fixture
def no_collector() -> Iterator[None]:
    """The collector comes when the test calls it alone, and looks at nothing that was
    there before: a whole run's objects take seconds to go through."""
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.fixture(name="in_no_time")
def _in_no_time() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a story on a loop where waiting takes no time."""
    return in_no_time
