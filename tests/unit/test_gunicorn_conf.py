"""gunicorn's settings, the same with a checkout and without one."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from gunicorn.config import Config

from ivrhooks import gunicorn_conf


def test_gunicorn_knows_every_setting() -> None:
    config = Config()
    settings = [name for name in vars(gunicorn_conf) if name in config.settings]
    for name in settings:
        config.set(name, getattr(gunicorn_conf, name))
    assert config.worker_class_str.endswith("WsgiWorker")
    assert {"on_starting", "on_reload", "pre_fork", "keepalive"} <= set(settings)


def test_the_checkouts_file_says_the_same() -> None:
    there = runpy.run_path(str(Path(__file__).parents[2] / "gunicorn.conf.py"))
    for name in Config().settings:
        assert there.get(name) == getattr(gunicorn_conf, name, None), name


def test_the_environment_says_how_many_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "7")
    assert runpy.run_path(str(gunicorn_conf.__file__))["workers"] == 7
