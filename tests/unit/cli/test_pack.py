"""``ivrhooks pack``: what it writes, and what it says where it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

Run = Callable[..., Result]


def test_a_pack_is_written_and_signed(run: Run, folder: Path) -> None:
    done = run("pack", "vip-routing", "--config", folder, "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    raw = json.loads(Path("vip-routing.pack.json").read_text("utf-8"))
    assert raw["signature"]["key"] == data["signed_by"]
    assert len(raw["requests"]) == len(data["requests"]) == 10
    assert set(raw["sheet"]) == {"en", "zh", "vi"}
    assert any("https://YOUR-SERVER/api/vip-routing" in ln for ln in raw["sheet"]["en"])
    again = run("pack", "vip-routing", "--config", folder)
    assert again.exit_code == 1 and "is there already" in again.stdout


def test_a_dead_source_is_reported_and_ends_with_3(run: Run, folder: Path) -> None:
    done = run("pack", "system", "--config", folder, "--out", "s.json")
    assert done.exit_code == 3
    assert "No answer: customer=error" in done.stdout
    assert Path("s.json").exists()


def test_a_changed_pack_sends_nothing(run: Run, folder: Path, server: Any) -> None:
    run("pack", "callback", "--config", folder, "--out", "c.json")
    file = Path("c.json")
    file.write_text(file.read_text("utf-8").replace('"count": 1', '"count": 2'))
    done = run("pack", "--verify", "c.json", "--url", server.url)
    assert done.exit_code == 1 and "somebody changed it" in done.stdout
    assert server.requests == []


def test_a_server_that_answers_otherwise_is_reported(
    run: Run, folder: Path, server: Any
) -> None:
    run("pack", "callback", "--config", folder, "--out", "c.json")
    server.body = {"count": 1, "tel": "13123456789"}
    done = run("pack", "--verify", "c.json", "--url", server.url)
    assert done.exit_code == 1
    assert "status: expected 400, came 200" in done.stdout
    assert len(server.requests) == 10


def test_missing_arguments_are_named(run: Run, folder: Path) -> None:
    assert "Say which ENDPOINT" in run("pack", "--config", folder).output
    run("pack", "callback", "--config", folder, "--out", "c.json")
    assert "--url http" in run("pack", "--verify", "c.json").output
    lost = run("pack", "calback", "--config", folder)
    assert lost.exit_code == 2 and "Did you mean 'callback'?" in lost.output
