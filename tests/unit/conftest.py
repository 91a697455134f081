"""What several packages' tests need: a clock that is turned, and properties untimed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
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


@pytest.fixture(scope="module", autouse=True)
def no_socket_or_task_is_left() -> Iterator[None]:
    """Fail if a socket or a pending task outlives the tests of its module.

    An event loop that nobody closed keeps sockets, too: it wakes itself by a pair.
    """
    before = _sockets()
    yield

    assert _pending() == [], "await or cancel these tasks in the test that began them"
    if _sockets() - before:
        gc.collect()  # what is only unreachable closes its socket now, with a warning
    assert not _sockets() - before, "close these in the fixture or test that began them"


def _sockets() -> set[str]:
    links = set()
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # such as the descriptor of the list itself
            links.add(os.readlink(f"/proc/self/fd/{number}"))
    return {link for link in links if link.startswith("socket:")}


def _pending() -> list[str]:
    tasks = getattr(asyncio.tasks, "_scheduled_tasks", None)  # since Python 3.12
    tasks = asyncio.tasks._all_tasks if tasks is None else tasks  # type: ignore[attr-defined]
    return [repr(task) for task in list(tasks) if not task.done()]
