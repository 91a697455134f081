"""The master reads the configuration and keeps the last valid one for its workers."""

from __future__ import annotations

import json
import logging
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from ivrhooks.server import gunicorn_hooks as master
from ivrhooks.server.flask_app import create_app_or_exit
from ivrhooks.server.gunicorn_hooks import ServerLog
from ivrhooks.server.pages.app import ENGINE
from ivrhooks.server.worker import ENDINGS, HttpWorker

GOOD = "version: 1\n"


class PidFile:
    def __init__(self) -> None:
        self.unlinked = False

    def unlink(self) -> None:
        self.unlinked = True


@pytest.fixture
def file(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(master, "_kept", [])
    monkeypatch.setenv("IVRHOOKS_CONFIG", str(tmp_path))
    path = tmp_path / "ivrhooks.yaml"
    path.write_text(GOOD)
    return path


def arbiter(pidfile: PidFile | None = None, app: object = None) -> SimpleNamespace:
    """gunicorn's master, as far as the hooks see it; ``app``: one that is preloaded."""
    return SimpleNamespace(
        pidfile=pidfile,
        cfg=SimpleNamespace(preload_app=app is not None),
        app=SimpleNamespace(wsgi=lambda: app),
        manage_workers=lambda: None,
        LISTENERS=[SimpleNamespace(getsockname=lambda: ("127.0.0.1", 8080))],
    )


def test_the_folder_is_opened_each_time_without_a_master(file: Path) -> None:
    assert master.kept_config_store().current.plans == {}
    assert master.kept_config_store() is not master.kept_config_store()


def test_workers_get_the_configuration_of_the_master(file: Path) -> None:
    master.on_starting(arbiter())
    first = master.kept_config_store()
    assert first is master.config_store_or_exit()
    before = first.current.fingerprint
    file.write_text(GOOD + "deadline: 900ms\n")
    master.pre_fork(arbiter(), None)
    assert master.kept_config_store() is first
    assert first.current.fingerprint != before


@pytest.mark.parametrize("end", ["fork", "reload"])
def test_a_broken_file_keeps_the_last_valid_configuration(file: Path, end: str) -> None:
    master.on_starting(arbiter())
    kept = master.kept_config_store()
    before = kept.current
    file.write_text("version: 1\nnonsense: 1\n")
    if end == "fork":
        master.pre_fork(arbiter(), None)
    else:
        master.on_reload(arbiter())
    assert kept.current is before
    assert "nonsense" in kept.problem


def test_the_master_reloads_files_while_no_worker_starts(file: Path) -> None:
    the_arbiter = arbiter()
    managed = []
    the_arbiter.manage_workers = lambda: managed.append(1)
    master.on_starting(the_arbiter)
    before = master.kept_config_store().current
    file.write_text(GOOD + "deadline: 900ms\n")
    the_arbiter.manage_workers()
    the_arbiter.manage_workers()  # the file has been still since
    second = master.kept_config_store().current
    assert second is not before
    file.write_text("version: 1\nnonsense: 1\n")
    the_arbiter.manage_workers()
    master.pre_fork(the_arbiter, None)
    assert master.kept_config_store().current is second
    assert len(managed) == 3


@pytest.mark.parametrize("how", ["HUP", "watched"])
def test_a_reload_prints_the_console_link(
    file: Path, capsys, how: str, data_folder: Path
) -> None:
    the_arbiter = arbiter()
    master.on_starting(the_arbiter)
    assert capsys.readouterr().out == ""
    file.write_text(GOOD + "console: {enabled: true}\n")
    if how == "HUP":
        master.on_reload(the_arbiter)
    else:
        the_arbiter.manage_workers()
        the_arbiter.manage_workers()  # the file has been still since
    output = capsys.readouterr().out
    assert output.startswith("Console: http://127.0.0.1:8080/_console/?token=")
    the_arbiter.manage_workers()
    assert capsys.readouterr().out == ""


def test_an_app_made_before_the_fork_shares_its_config_store(file: Path) -> None:
    app = create_app_or_exit()
    master.on_starting(arbiter(app=app))
    assert master.kept_config_store() is app.extensions[ENGINE].config_store


def test_any_other_app_made_before_the_fork_leaves_a_config_store(file: Path) -> None:
    master.on_starting(arbiter(app=object()))
    assert master.kept_config_store().folder == str(file.parent)


@pytest.mark.parametrize("pidfile", [None, PidFile()])
def test_a_refused_configuration_ends_the_start(
    file: Path, capsys, pidfile: PidFile | None
) -> None:
    file.write_text("version: 1\nnonsense: 1\n")
    with pytest.raises(SystemExit) as ended:
        master.on_starting(arbiter(pidfile))
    assert ended.value.code == master.APP_LOAD_ERROR
    assert "ivrhooks.yaml:2:1: nonsense" in capsys.readouterr().err
    assert pidfile is None or pidfile.unlinked


def test_the_master_of_serve_uses_the_store_of_its_app(file: Path) -> None:
    store = master.kept_config_store()
    the_arbiter = arbiter()
    the_arbiter.app.config_store = store
    master.on_starting(the_arbiter)
    assert master.kept_config_store() is store


def test_signals_are_blocked_while_a_worker_starts(file: Path) -> None:
    def blocked() -> set[signal.Signals]:
        return signal.pthread_sigmask(signal.SIG_BLOCK, []) & ENDINGS

    the_arbiter = arbiter()
    seen = []

    def manage() -> None:
        master.pre_fork(the_arbiter, HttpWorker.__new__(HttpWorker))
        seen.append(blocked())

    the_arbiter.manage_workers = manage
    master.on_starting(the_arbiter)
    the_arbiter.manage_workers()
    assert (seen, blocked()) == ([ENDINGS], set())
    master.pre_fork(
        the_arbiter, object()
    )  # gunicorn's own workers would never take them
    assert blocked() == set()


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:], root.level = before
    for name in ("gunicorn.error", "gunicorn.access", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def test_log_lines_are_json_without_an_access_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = ServerLog(Config())
    log.info("Booting worker with pid: %s", 7)
    log.access(None, None, None, None)
    lines = capfd.readouterr().err.splitlines()
    assert [json.loads(line)["message"] for line in lines] == [
        "Booting worker with pid: 7"
    ]
