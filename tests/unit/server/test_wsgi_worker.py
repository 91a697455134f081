"""A worker process of ``gunicorn wsgi:app`` (its life is tested in tests/server)."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ivrhooks.server.flask_app import app_of
from ivrhooks.server.wsgi import WsgiApp
from ivrhooks.server.wsgi_worker import WsgiWorker


@pytest.mark.parametrize("age", [1, 2])
def test_one_worker_of_all_tells_where_the_console_is(
    make_config_store, monkeypatch, capsys, age: int
) -> None:
    monkeypatch.setenv("IVRHOOKS_CONSOLE_TOKEN", "t" * 20)
    listener = SimpleNamespace(getsockname=lambda: ("127.0.0.1", 8000))
    worker: Any = SimpleNamespace(
        wsgi=app_of(make_config_store()), ppid=7, age=age, sockets=[listener]
    )
    service = WsgiWorker.service(worker)
    assert isinstance(service, WsgiApp)
    assert service.recorder.server.endswith("-7")
    output = capsys.readouterr().out
    assert ("Console: http://127.0.0.1:8000/_console/" in output) is (age == 1)


@pytest.mark.parametrize(("count", "workers"), [(None, 2), ("", 2), ("5", 5)])
def test_the_platform_may_say_how_many_workers(
    monkeypatch, count: str | None, workers: int
) -> None:
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    if count is not None:
        monkeypatch.setenv("WEB_CONCURRENCY", count)
    monkeypatch.delitem(sys.modules, "ivrhooks.gunicorn_conf", raising=False)
    settings = runpy.run_path(str(Path(__file__).parents[3] / "gunicorn.conf.py"))
    assert settings["workers"] == workers
    assert settings["worker_class"] == f"{WsgiWorker.__module__}.WsgiWorker"
