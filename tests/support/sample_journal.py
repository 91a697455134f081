"""Writes data requests of invented callers into the journal of a data folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ivrhooks.journal.entry import Entry
from ivrhooks.journal.recorder import Recorder
from ivrhooks.journal.tables import journal_url
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.keys import open_cipher

VIP = "13800000001"


def write(folder: Path, *entries: Entry, cipher: Cipher | None = None) -> None:
    recorder = Recorder(
        journal_url("", folder),
        cipher or open_cipher(lambda: folder),
        keep=86400.0,
        max_entries=100,
    )
    for entry in entries:
        recorder.record(lambda entry=entry: entry)
    recorder.close()


def entry(number: str, **more: Any) -> Entry:
    usual: dict[str, Any] = {
        "at": time.time() - 60,
        "request_id": f"r-{number[-1]}",
        "endpoint": "vip-routing",
        "status": 200,
        "people": frozenset({("phone", number)}),
        "callers": (number,),
    }
    return Entry(**{**usual, **more})
