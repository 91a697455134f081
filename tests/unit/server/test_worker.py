"""A worker process of ``serve`` (its life is tested in tests/server)."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from ivrhooks.server.worker import (
    YOUNG,
    HttpWorker,
    duplicate_listeners,
    freeze_before_fork,
    tune_gc,
)

CALLERS = 8


@pytest.mark.parametrize("ends", [False, True])
def test_a_worker_ends_with_its_master(ends: bool) -> None:
    ppid = 1 if ends else os.getppid()
    notified: list[int] = []
    connections = SimpleNamespace(
        sweep=lambda: None, loop=SimpleNamespace(call_later=lambda *_: None)
    )

    async def story() -> bool:
        worker: Any = SimpleNamespace(
            ppid=ppid,
            log=logging.getLogger("gunicorn.error"),
            notify=lambda: notified.append(1),
            _stopping=asyncio.Event(),
        )
        worker._end = partial(HttpWorker._end, worker)
        worker._tick = partial(HttpWorker._tick, worker)
        worker._tick(connections)
        return bool(worker._stopping.is_set())

    assert asyncio.run(story()) is ends
    assert notified == [1]


def test_several_callers_are_taken_in_at_once() -> None:
    """One in each turn of the loop, where a listener is watched only once."""
    accepted = [0]  # in each turn of the loop

    class Caller(asyncio.Protocol):
        def connection_made(self, _: Any) -> None:
            accepted[-1] += 1

    async def story() -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            callers = [
                socket.create_connection(listener.getsockname()) for _ in range(CALLERS)
            ]
            listener.setblocking(False)
            servers = [
                await loop.create_server(Caller, sock=descriptor)
                for descriptor in duplicate_listeners([SimpleNamespace(sock=listener)])
            ]
            while sum(accepted) < CALLERS:
                accepted.append(0)
                await asyncio.sleep(0)
            for closing in (*servers, *callers):
                closing.close()

    uvloop.run(story())
    assert max(accepted) > 1


def test_what_was_loaded_is_left_alone_and_new_garbage_is_found() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        tune_gc()
        assert gc.get_freeze_count() > frozen
        assert gc.get_threshold()[0] == YOUNG
        cycle: list[object] = []
        cycle.append(cycle)
        del cycle
        assert gc.collect() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_what_is_frozen_before_a_fork_is_not_looked_at_again() -> None:
    frozen = gc.get_freeze_count()
    try:
        freeze_before_fork()
        assert gc.get_freeze_count() > frozen
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        gc.unfreeze()
