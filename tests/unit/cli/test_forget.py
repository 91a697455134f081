"""``ivrhooks forget``: a caller goes from all that is kept of calls."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import orjson
import pytest
from redis import Redis

from ivrhooks.actions.draft import Draft
from ivrhooks.actions.interface import outbox_url
from ivrhooks.actions.storing import insert
from ivrhooks.actions.tables import open_outbox
from ivrhooks.cli import forget as module
from ivrhooks.store.keys import open_cipher
from ivrhooks.store.shared import purpose_of
from support.sample_journal import VIP, entry, write


def test_a_caller_is_removed_and_counted(
    run, folder, data, redis_server, monkeypatch
) -> None:
    url = f"redis://127.0.0.1:{redis_server.port}/0"
    root = folder / "ivrhooks.yaml"
    root.write_text(root.read_text() + f"shared_cache: {url}\n")
    name, other = (f"ivrhooks:{'a' * 40}:{letter * 32}" for letter in "bc")
    result = orjson.dumps([True, {"tel": VIP}, 1.0])
    with Redis.from_url(url) as redis:
        sealed = open_cipher(lambda: data).encrypt(result, purpose_of(name))
        redis.mset({name: sealed, other: sealed})  # under that name nobody can read it
    write(data, entry(VIP), entry("+8613800000001"), entry("13900000002"))
    result = run("forget", "--config", folder, "138 0000 0001", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == {
        "ok": True,
        "journal": 2,
        "actions": 0,
        "waiting": [],
        "waiting_removed": 0,
        "caches": 0,
        "workers": 0,
        "shared_cache": 1,
        "shared_cache_unread": 1,
        "problems": [],
    }
    again = run("forget", "--config", folder, VIP)
    assert "journal: 0 data requests removed" in again.output
    assert "Redis: 0 results removed" in again.output
    assert "unread" not in again.output
    rows = json.loads(run("requests", "--config", folder, "--json").output)
    assert [row["request_id"] for row in rows["requests"]] == ["r-2"]
    kept = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())
    assert VIP.encode() not in kept


def test_a_failed_part_is_reported_and_the_others_done(
    run, folder, data: Path, redis_server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"redis://127.0.0.1:{redis_server.port}/0"
    redis_server.stop()
    root = folder / "ivrhooks.yaml"
    root.write_text(root.read_text() + f"shared_cache: {url}\n")
    write(data, entry(VIP))
    (data / "workers").mkdir()
    silent = data / "workers" / f"{socket.gethostname()}-1-{os.getpid()}.json"
    silent.write_text("{}")
    monkeypatch.setattr(module, "SECONDS", 0.0)
    result = run("forget", "--config", folder, VIP)
    assert result.exit_code == 1
    assert "journal: 1 data request removed" in result.output
    assert "Redis cannot be reached" in result.output
    assert "1 worker did not answer in time" in result.output
    assert list((data / "forget").glob("*.note"))  # for whoever is late


def test_actions_that_wait_are_named_and_kept(run, folder, data) -> None:
    url = outbox_url("", data)
    params = {"json": {"tel": VIP}}
    action = Draft("vip-routing", "note", "crm", "request", params)
    engine = open_outbox(url)
    with engine.begin() as connection:
        insert(connection, [action], open_cipher(lambda: data), 1_800_000_000.0)
    engine.dispose()
    kept = run("forget", "--config", folder, VIP)
    assert kept.exit_code == 0
    assert "waiting: note of vip-routing, to crm" in kept.output
    named = json.loads(run("forget", "--config", folder, VIP, "--json").output)
    assert [entry["state"] for entry in named["waiting"]] == ["waiting"]
    gone = run("forget", "--config", folder, VIP, "--waiting")
    assert "waiting actions: 1 removed" in gone.output
    again = json.loads(run("forget", "--config", folder, VIP, "--json").output)
    assert again["waiting"] == []


def test_an_empty_person_is_refused(run, folder, data) -> None:
    result = run("forget", "--config", folder, "  ")
    assert result.exit_code == 2
    assert "Name a caller" in result.output
