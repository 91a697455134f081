"""A worker process of ``serve`` (its life is tested in tests/server)."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.config import Config

from ivrhooks.web.express_protocol import ExpressProtocol
from ivrhooks.web.express_worker import ExpressWorker


def test_its_settings_are_uvicorns_own() -> None:
    config = Config(app=None, log_config=None, **ExpressWorker.CONFIG_KWARGS)
    assert config.http is ExpressProtocol
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
        ExpressWorker._mind_parent(worker)

    asyncio.run(story())
    assert killed == [signal.SIGTERM] * ends
