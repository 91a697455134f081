"""A journal in a file of the test's own, and entries to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.journal.entry import Entry
from ivrhooks.journal.query import Journal
from ivrhooks.journal.recorder import Recorder
from ivrhooks.journal.tables import journal_url
from ivrhooks.store.cipher import Cipher

NOW = 1_800_000_000.0
CIPHER = Cipher([b"k" * 32])


@pytest.fixture
def url(tmp_path: Path) -> str:
    return journal_url("", tmp_path)


@pytest.fixture
def make_entry() -> Callable[..., Entry]:
    """An answered data request, with changes."""
    usual = Entry(
        at=NOW,
        request_id="r-1",
        endpoint="desk",
        server_kind="asgi",
        method="POST",
        path="/api/desk",
        status=200,
        ms=1.5,
        peer="127.0.0.1",
        config="abc123",
        head=b"POST /api/desk HTTP/1.1\r\nHost: x",
        body=b"tel=13800000001",
        trace={"success": True, "operations": []},
    )

    def make(**changes: Any) -> Entry:
        return replace(usual, **changes)

    return make


@pytest.fixture
def cipher() -> Cipher:
    return CIPHER


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    journal = Journal(url, CIPHER)
    yield journal
    journal.close()


@pytest.fixture
def record(url: str) -> Callable[..., int]:
    """Writes entries down; how many were dropped."""

    def write(*entries: Entry, now: float = NOW, **bounds: Any) -> int:
        bounds = {"keep": 3600.0, "max_entries": 10_000, "cipher": CIPHER, **bounds}
        recorder = Recorder(url, now=lambda: now, **bounds)
        for entry in entries:
            recorder.record(lambda entry=entry: entry)
        recorder.close()
        return recorder.dropped

    return write
