"""What ``ivrhooks serve`` runs (its life is tested in tests/server)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ivrhooks.observe.snapshots import server_name
from ivrhooks.server import gunicorn_app as server
from ivrhooks.server.asgi import AsgiApp
from ivrhooks.server.gunicorn_app import Server, serve, unusable
from ivrhooks.server.worker import HttpWorker


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "configure_logging", lambda level: None)
    monkeypatch.setenv("IVRHOOKS_CONFIG", "")


def test_a_refused_configuration_prints_one_problem_per_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\nnonsense: 1\nmore: 2\n")
    assert serve(str(tmp_path), "127.0.0.1", 0, 1) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "ivrhooks.yaml:2:1: nonsense" in lines[0]


@pytest.mark.parametrize(
    ("host", "bind"), [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")]
)
def test_serve_listens_at_the_given_host_and_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, bind: str
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n")
    addresses = []
    monkeypatch.setattr(Server, "run", lambda self: addresses.append(self.cfg))
    monkeypatch.setattr(server, "unusable", lambda host, port, environ: "")
    assert serve(str(tmp_path), host, 80, 3) == 0
    assert (addresses[0].bind, addresses[0].workers) == ([bind], 3)
    assert addresses[0].worker_class is HttpWorker
    assert addresses[0].control_socket_disable
    assert addresses[0].forwarder_headers == []


def test_a_port_in_use_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert serve(str(tmp_path), "127.0.0.1", port, 1) == 1
        assert unusable("127.0.0.1", port, {"LISTEN_FDS": "1"}) == ""
    assert capsys.readouterr().err == (
        f"127.0.0.1, port {port} is taken. "
        f"Try another: ivrhooks serve --port {port + 1}\n"
    )
    assert unusable("127.0.0.1", port, {}) == ""


def test_an_address_of_another_machine_is_reported() -> None:
    assert unusable("192.0.2.1", 0, {}).startswith("Cannot listen at 192.0.2.1, port 0")


@pytest.mark.parametrize(("code", "status"), [(0, 0), (3, 3), (None, 0), ("x", 1)])
def test_serve_exits_with_the_status_of_gunicorn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: object, status: int
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n")

    def end(_: Server) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(Server, "run", end)
    assert serve(str(tmp_path), "127.0.0.1", 0, 1) == status


def test_each_worker_has_an_app_over_the_masters_config_store(
    make_config_store,
) -> None:
    app = Server(make_config_store(), {}).load()
    assert isinstance(app, AsgiApp)
    assert app.recorder.server == server_name(os.getppid())


@pytest.mark.parametrize("module", ["gunicorn_app", "wsgi_worker"])
def test_optional_packages_are_not_imported_at_start(module: str) -> None:
    """The journal's SQLAlchemy and the shared cache's Redis: a third of the memory."""
    code = f"import sys, ivrhooks.server.{module}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True)
    assert not {"sqlalchemy", "redis"} & set(loaded.stdout.split())
