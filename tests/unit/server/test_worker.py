"""A worker process of ``serve`` (its life is tested in tests/server)."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop
from uvicorn.config import Config

from ivrhooks.server.protocol import HttpProtocol
from ivrhooks.server.worker import AsgiWorker, duplicate_listeners

CALLERS = 8


def test_its_settings_are_uvicorns_own() -> None:
    config = Config(app=None, log_config=None, **AsgiWorker.CONFIG_KWARGS)
    assert config.http is HttpProtocol
    assert not config.proxy_headers
    assert not config.server_header


@pytest.mark.parametrize(("ppid", "ends"), [(os.getppid(), False), (1, True)])
def test_a_worker_ends_with_its_master(monkeypatch, ppid: int, ends: bool) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(number))
    worker: Any = SimpleNamespace(
        ppid=ppid, log=logging.getLogger("gunicorn.error"), _mind_parent=None
    )

    async def story() -> None:
        AsgiWorker._mind_parent(worker)

    asyncio.run(story())
    assert killed == [signal.SIGTERM] * ends


def test_several_callers_are_taken_in_at_once() -> None:
    """One in each turn of the loop, where a listener is watched only once."""
    taken = [0]  # in each turn of the loop

    class Caller(asyncio.Protocol):
        def connection_made(self, _: Any) -> None:
            taken[-1] += 1

    async def story() -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            callers = [
                socket.create_connection(listener.getsockname()) for _ in range(CALLERS)
            ]
            listener.setblocking(False)
            servers = [
                await loop.create_server(Caller, sock=doorway)
                for doorway in duplicate_listeners([listener])
            ]
            while sum(taken) < CALLERS:
                taken.append(0)
                await asyncio.sleep(0)
            for closing in (*servers, *callers):
                closing.close()

    uvloop.run(story())
    assert max(taken) > 1
