"""``ivrhooks requests``: what the journal keeps, people masked."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from click import BadParameter

from ivrhooks.cli.requests import read_since
from ivrhooks.store.cipher import Cipher
from support.sample_journal import VIP, entry, write


def test_a_callers_data_requests_are_listed(run, folder, data) -> None:
    write(
        data,
        entry(VIP),
        entry("+8613800000001", degraded="customer=timeout"),
        entry("13900000002"),
        entry(VIP, endpoint="callback", at=time.time() - 7200),
    )
    result = run("requests", "--config", folder, "--caller", "+86 138 0000 0001")
    assert result.exit_code == 0
    assert result.output.count("\n") == 4
    assert "138****0001" in result.output
    assert "customer=timeout" in result.output
    assert VIP not in result.output
    listed = run(
        *("requests", "--config", folder, "--caller", VIP, "--since", "1h", "--json")
    )
    rows = json.loads(listed.output)["requests"]
    assert [row["request_id"] for row in rows] == ["r-1", "r-1"]
    assert VIP not in listed.output
    named = run("requests", "--config", folder, "--endpoint", "callback", "--json")
    assert len(json.loads(named.output)["requests"]) == 1
    none = run("requests", "--config", folder, "--caller", "c-1001")
    assert none.output == "No data request is kept that fits.\n"


def test_the_newest_request_comes_first_whenever_it_was_written(
    run, folder, data
) -> None:
    now = time.time()
    moments = [now - 1, now - 3, now - 2]  # as two workers may store them
    write(data, *(entry(VIP, at=moment) for moment in moments))
    listed = json.loads(run("requests", "--config", folder, "--json").output)
    times = [row["at"] for row in listed["requests"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 3


def test_a_lost_key_is_reported(run, folder, data) -> None:
    write(data, entry(VIP), cipher=Cipher([b"o" * 32]))
    result = run("requests", "--config", folder)
    assert result.exit_code == 0
    assert "1 data request cannot be read" in result.output


def test_a_journal_that_cannot_be_read_is_reported(run, folder, data) -> None:
    (data / "journal.db").write_bytes(b"no database" * 100)
    result = run("requests", "--config", folder)
    assert result.exit_code == 1
    assert "The journal cannot be read: DatabaseError" in result.output


def test_a_store_elsewhere_wants_a_key(run, folder, data) -> None:
    root = folder / "ivrhooks.yaml"
    root.write_text(root.read_text() + "store: postgresql+psycopg://u@db.invalid/x\n")
    result = run("requests", "--config", folder)
    assert result.exit_code == 1
    assert "set IVRHOOKS_KEY" in result.output


def test_since_is_a_length_or_a_moment() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert read_since("2h", now) == now.timestamp() - 7200
    assert read_since("2026-11-30T10:00:00+00:00", now) == now.timestamp() - 7200
    with pytest.raises(BadParameter, match="write 30m, 2h or 7d"):
        read_since("yesterday", now)
