"""A configuration that needs no source, and a command line to run on it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ivrhooks.cli.main import main

ROOT = """\
version: 1
deadline: 1s
region: CN
sources:
  crm: {kind: http, base_url: "http://127.0.0.1:9"}
system_api:
  path: /api/system/customer
  source: crm
  request: {method: GET, path: /find, query: {tel: "{{ inputs.tel }}"}}
"""
VIP = """\
endpoint: vip-routing
path: /api/vip-routing
format: form
mode: mock
description: Finds the desk.
used_by: Main IVR
headers:
  X-Api-Key: {type: string, secret: true, equals: "${CLI_KEY:-k-7}"}
inputs:
  tel: {type: string, format: phone, required: true}
  order_no: {type: int}
outputs:
  desk: {type: string, value: "{{ inputs.order_no }}", default: general}
  isVip: {type: int, value: "{{ inputs.tel }}", default: 0}
mock:
  - {when: {tel: "13800000001"}, outputs: {desk: vip, isVip: 1}}
  - {outputs: {isVip: 0}}
"""
CALLBACK = """\
endpoint: callback
path: /api/callback
format: json
inputs:
  tel: {type: string, format: phone, required: true}
  count: {type: int}
outputs:
  count: {type: int, value: "{{ inputs.count }}", default: -1}
  tel: {type: string, value: "{{ inputs.tel }}", default: ""}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good configuration: a FORM endpoint in mock mode, a JSON one, System API."""
    endpoints = tmp_path / "good" / "endpoints"
    endpoints.mkdir(parents=True)
    (endpoints.parent / "ivrhooks.yaml").write_text(ROOT)
    (endpoints / "vip.yaml").write_text(VIP)
    (endpoints / "callback.yaml").write_text(CALLBACK)
    return endpoints.parent


@pytest.fixture
def broken(folder: Path) -> Path:
    """The same with an error in it."""
    file = folder / "endpoints" / "vip.yaml"
    file.write_text(VIP.replace("default: general", "defualt: general"))
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the caller's own surroundings counts."""
    home = tmp_path / "somewhere"
    home.mkdir()
    monkeypatch.chdir(home)
    for name in ("IVRHOOKS_CONFIG", "IVRHOOKS_MODE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs the command line in this process."""

    def invoke(*arguments: object, **settings: Any) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], **settings)

    return invoke


class Recorder(ThreadingHTTPServer):
    """A server on loopback that keeps what it was asked and answers one thing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.status = 200
        self.headers: dict[str, str] = {"X-Request-Id": "r-1"}
        self.body: Any = {"isVip": 1}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Recorder

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(
            {
                "method": self.command,
                "target": self.path,
                "headers": headers,
                "body": self.rfile.read(length).decode(),
            }
        )
        body = json.dumps(self.server.body).encode()
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Recorder]:
    with Recorder() as recorder:
        thread = threading.Thread(target=recorder.serve_forever, args=(0.01,))
        thread.start()
        yield recorder
        recorder.shutdown()
        thread.join()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("IVRHOOKS_DATA", str(folder))
    monkeypatch.delenv("IVRHOOKS_KEY", raising=False)
    return folder
