"""Alerts, sent by a real server to a real address."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

ROOT = """\
version: 1
alerts: {url: "${ALERT_URL}"}
sources:
  gone: {kind: http, base_url: "http://127.0.0.1:9", breaker: {failures: 3, reset: 1h}}
"""
FILES = {
    "ivrhooks.yaml": ROOT,
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
inputs: {tel: {format: phone}}
lookups: {it: {source: gone, request: {path: "/{{ inputs.tel }}"}}}
outputs: {word: {type: string, value: "{{ it.word }}", default: none}}
""",
}


class Listener(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    heard: list[dict[str, Any]]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        assert self.headers["Content-Type"] == "application/json"
        self.heard.append(json.loads(self.rfile.read(length)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def listening(port: int) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", port), Listener)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def listener() -> Iterator[ThreadingHTTPServer]:
    Listener.heard = []
    with listening(0) as server:
        yield server


def test_each_cause_is_reported_once(
    serving: Any, server_kind: str, listener: ThreadingHTTPServer, until: Any
) -> None:
    env = {"ALERT_URL": f"http://127.0.0.1:{listener.server_port}/hook"}
    with serving(server_kind, FILES, "--workers", "2", env=env) as server:
        for _ in range(120):
            assert server.get("/desk?tel=13800000001").json == {"word": "none"}
        until(
            lambda: (
                {alert["cause"] for alert in Listener.heard}
                >= {"breaker_open", "failures"}
            ),
            "it is told",
        )
        (server.folder / "ivrhooks.yaml").write_text(ROOT + "sorces: {}\n")
        until(lambda: len(Listener.heard) >= 3, "the refusal is told")
    alerts = {alert["cause"]: alert for alert in Listener.heard}
    assert len(Listener.heard) == len(alerts) == 3
    assert alerts["breaker_open"]["source"] == "gone"
    assert alerts["failures"]["endpoint"] == "desk"
    assert "did you mean `sources`?" in alerts["configuration_refused"]["message"]
    assert "13800000001" not in str(alerts)
    assert all(alert["at"] and alert["message"] for alert in alerts.values())


def test_an_alert_outlives_its_server_and_is_sent_by_a_worker(
    serving: Any, server_kind: str, free_port: Any, until: Any
) -> None:
    Listener.heard, port = [], free_port()
    env = {"ALERT_URL": f"http://127.0.0.1:{port}/hook?key=s3cret"}
    with serving(server_kind, FILES, "--workers", "2", env=env) as server:

        def waiting() -> int:
            assert server.get("/desk?tel=13800000001").json == {"word": "none"}
            return int(server.get("/readyz").json["checks"]["outbox"]["waiting"])

        until(lambda: waiting() == 2, "a breaker and failures are stored, once each")
        folder, data = server.folder, server.data
    assert "s3cret" not in server.log()
    command = [sys.executable, "-m", "ivrhooks", "worker", "--config", str(folder)]
    environment = {**os.environ, **env, "IVRHOOKS_DATA": str(data)}
    with listening(port):
        worker = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            until(lambda: len(Listener.heard) == 2, "they are sent")
        finally:
            worker.terminate()
            assert worker.wait(60) == 0
    assert {alert["cause"] for alert in Listener.heard} == {"breaker_open", "failures"}
