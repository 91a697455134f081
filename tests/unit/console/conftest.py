"""A console over a running server: the Flask app of a small configuration."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration
from ivrhooks.console.context import ConsoleContext
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.flask_app import RECORDER, create_app
from ivrhooks.server.pages.app import ENGINE

KEY = "k-5e8d2f91"
TOKEN = "the-consoles-token"
VIP = "13800000001"
ROOT = """\
version: 1
console: {enabled: true}
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "${DESK_KEY}", app_key: b}}
system_api:
  path: /api/system/customer
  source: crm
  mock: [{outputs: {isVip: 1}}]
"""
DESK = """\
endpoint: desk
path: /api/desk
format: form
description: Routes callers.
used_by: [Main IVR]
headers:
  X-Api-Key: {type: string, secret: true, equals: "${DESK_KEY}"}
  X-Shop: {type: string, enum: [north, south], default: north}
inputs:
  tel: {type: string, format: phone, required: true}
  note: {type: string, max_length: 20000}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
outputs:
  isVip: {type: int, value: "{{ customer.isVip }}", map: {"1": 1, "2": 0}, default: 0}
  back:  {type: string, value: "{{ inputs.tel }}", default: ""}
  shop:  {type: string, value: "{{ headers['X-Shop'] }}", default: ""}
mock:
  - {when: {tel: "13800000001"}, outputs: {isVip: 1, back: "13800000001"}}
  - {outputs: {isVip: 0}}
tests:
  - name: a first one
    inputs: {tel: "13800000001"}
    mode: mock
    expect: {isVip: 1}
"""


@dataclass
class Served:
    """A running server, its console, and what the console is built from."""

    app: Flask
    folder: Path
    url: str

    @property
    def recorder(self) -> RequestRecorder:
        recorder: RequestRecorder = self.app.extensions[RECORDER]
        return recorder

    @property
    def configuration(self) -> Configuration:
        return self.recorder.configuration

    @property
    def context(self) -> ConsoleContext:
        """As the app has it, for who calls a function of the console by itself."""
        return ConsoleContext(
            configuration=lambda: self.recorder.configuration,
            token=lambda: self.recorder.token,
            journal=lambda: self.recorder.journal,
            workers=self.recorder.workers,
            address=lambda: self.url,
            now=self.recorder.now,
        )

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """A request to the console's API with its token, as if over the wire."""
        return self._open(f"api/{path}", method=method, **more)

    def page(self, path: str, form: Any = None, **more: Any) -> Any:
        """A page as a browser that is signed in gets it; ``form`` is posted."""
        method = "GET" if form is None else "POST"
        return self._open(path, method=method, data=form, **more)

    def _open(self, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", **more.pop("headers", {})}
        port = self.url.rpartition(":")[2]
        return self.client().open(
            f"/_console/{path}",
            headers=headers,
            environ_overrides={"SERVER_NAME": "127.0.0.1", "SERVER_PORT": port},
            **more,
        )

    def rows(self) -> list[Mapping[str, Any]]:
        """What the journal has, the newest first."""
        assert self.recorder.writer is not None and self.recorder.journal is not None
        assert self.recorder.writer.flush()
        return self.recorder.journal.recent()


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """The configuration alone, where no server is needed."""
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(ROOT)
    (tmp_path / "endpoints/desk.yaml").write_text(DESK)
    return load(str(tmp_path), environ={"DESK_KEY": KEY})


@pytest.fixture
def serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Served]]:
    """Starts a server in this process; ended after the test."""
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("IVRHOOKS_CONSOLE_TOKEN", TOKEN)
    monkeypatch.setenv("IVRHOOKS_SANDBOX_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DESK_KEY", KEY)
    monkeypatch.delenv("IVRHOOKS_MODE", raising=False)
    ends: list[Callable[[], None]] = []

    def start(root: str = ROOT, route: str = DESK) -> Served:
        folder = tmp_path / "configs"
        (folder / "endpoints").mkdir(parents=True)
        (folder / "ivrhooks.yaml").write_text(root)
        (folder / "endpoints/desk.yaml").write_text(route)
        app = create_app(str(folder))
        engine = app.extensions[ENGINE]
        engine.dispatcher()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def end() -> None:
            server.shutdown()
            thread.join()
            server.server_close()
            engine.close()

        ends.append(end)
        return Served(app, folder, f"http://127.0.0.1:{server.server_port}")

    yield start
    for end in ends:
        end()


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()
