"""What ``ivrhooks worker`` runs (its life is tested in tests/server)."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.actions.draft import Draft
from ivrhooks.actions.interface import Dead
from ivrhooks.actions.service import outbox_of
from ivrhooks.config.loader import load
from ivrhooks.server import delivery_worker
from ivrhooks.server.config_store import ConfigStore
from ivrhooks.server.delivery_worker import DeliveryWorker, work

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


def test_a_signal_before_anything_was_begun_ends_it_well() -> None:
    with pytest.raises(SystemExit) as ended:
        delivery_worker._end(signal.SIGTERM, None)
    assert ended.value.code == 0


def test_it_delivers_follows_the_files_and_ends_at_sigterm(tmp_path: Path) -> None:
    config = tmp_path / "configs"
    (config / "endpoints").mkdir(parents=True)
    (config / "endpoints" / "desk.yaml").write_text(ENDPOINT)
    taken: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.headers["Idempotency-Key"])
            if len(taken) == 1:  # the second is of a source that comes by a reload
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
    assert taken == ids


async def _stored(config: Path) -> list[str]:
    outbox = outbox_of(load(config))
    params = {"method": "POST", "path": "/x"}
    drafts = [Draft("desk", "a", one, "request", params) for one in ("shop", "more")]
    accepted = await outbox.store(drafts)
    await asyncio.to_thread(outbox.close)
    return [one.id for one in accepted]


def test_a_dead_action_is_an_alert(tmp_path: Path) -> None:
    (tmp_path / "ivrhooks.yaml").write_text(
        "version: 1\nalerts: {url: 'https://alerts.example.com/x'}\n"
    )
    config_store = ConfigStore.open(str(tmp_path))
    worker = DeliveryWorker(config_store, outbox_of(config_store.current), 1)
    told: list[tuple[str, str]] = []

    def tell(url: str, alert: Any) -> None:
        told.append((url, alert.cause))

    worker._alerts.tell = tell  # type: ignore[method-assign]
    worker._told_dead(Dead("desk", "note", "crm", "a-1", "HTTP 400"))
    assert told == [("https://alerts.example.com/x", "action_dead")]
