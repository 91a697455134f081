"""What ``ivrhooks worker`` runs (its life is tested in tests/server)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.actions.draft import Draft
from ivrhooks.actions.service import outbox_of
from ivrhooks.config.loader import load
from ivrhooks.server import delivery_worker
from ivrhooks.server.delivery_worker import work

ROOT = """\
version: 1
sources:
  shop: {{kind: http, base_url: "{url}"}}
"""
ENDPOINT = """\
endpoint: desk
path: /desk
format: form
outputs: {a: {type: int, default: 0}}
"""


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setattr(delivery_worker, "configure_logging", lambda level: None)
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGTERM, before[0])
    signal.signal(signal.SIGINT, before[1])


def test_a_refused_configuration_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\nnonsense: 1\n")
    assert work(str(tmp_path), 1) == 1
    assert "nonsense" in capsys.readouterr().err


def test_a_signal_before_the_start_exits_with_zero() -> None:
    with pytest.raises(SystemExit) as ended:
        delivery_worker._end(signal.SIGTERM, None)
    assert ended.value.code == 0


def test_the_worker_delivers_reloads_and_ends_at_sigterm(tmp_path: Path) -> None:
    config = tmp_path / "configs"
    (config / "endpoints").mkdir(parents=True)
    (config / "endpoints" / "desk.yaml").write_text(ENDPOINT)
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            paths.append(self.headers["Idempotency-Key"])
            if len(paths) == 1:  # the second is of a source that comes by a reload
                more = f'  more: {{kind: http, base_url: "{url}"}}\n'
                (config / "ivrhooks.yaml").write_text(ROOT.format(url=url) + more)
                os.kill(os.getpid(), signal.SIGHUP)
            else:
                os.kill(os.getpid(), signal.SIGTERM)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        (config / "ivrhooks.yaml").write_text(ROOT.format(url=url))
        ids = asyncio.run(_stored(config))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            assert work(str(config), 2) == 0
        finally:
            server.shutdown()
            thread.join()
    assert paths == ids


async def _stored(config: Path) -> list[str]:
    outbox = outbox_of(load(config))
    params = {"method": "POST", "path": "/x"}
    drafts = [
        Draft("desk", "a", source, "request", params) for source in ("shop", "more")
    ]
    accepted = await outbox.store(drafts)
    await asyncio.to_thread(outbox.close)
    return [source.id for source in accepted]


def test_dead_actions_and_open_breakers_are_sent_to_the_webhook(tmp_path: Path) -> None:
    """A dead action, and the breaker of a source that only actions ask."""
    config, heard = tmp_path / "configs", list[dict[str, Any]]()
    (config / "endpoints").mkdir(parents=True)
    (config / "endpoints" / "desk.yaml").write_text(ENDPOINT)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(410 if self.path == "/x" else 204)
            self.end_headers()
            if self.path != "/x":
                heard.append(json.loads(body))
            if len(heard) == 2:
                os.kill(os.getpid(), signal.SIGTERM)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        gone = '  more: {kind: http, base_url: "http://127.0.0.1:9", '
        gone += "breaker: {failures: 1}}"
        root = ROOT.format(url=url) + gone + f"\nalerts: {{url: '{url}/hook'}}\n"
        (config / "ivrhooks.yaml").write_text(root)
        asyncio.run(_stored(config))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            assert work(str(config), 2) == 0
        finally:
            server.shutdown()
            thread.join()
    alerts = {alert["cause"]: alert for alert in heard}
    assert alerts["action_dead"]["source"] == "shop"
    assert "the action a of desk is given up" in alerts["action_dead"]["message"]
    assert alerts["breaker_open"]["source"] == "more"
