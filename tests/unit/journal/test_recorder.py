"""The journal is written behind the answers, within its bounds."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ivrhooks.journal import recorder as room
from ivrhooks.journal.recorder import Recorder

NOW = 1_800_000_000.0


def test_ten_thousand_and_more_leave_ten_thousand(journal, record, make_entry) -> None:
    entry = make_entry()
    for _ in range(7):
        assert record(*[entry] * 1750) == 0  # as a busy worker: no more than can wait
    assert journal.size()["rows"] == room.MOST_ROWS
    assert journal.recent(limit=1)[0]["id"] == 7 * 1750


def test_the_rows_of_two_workers_are_bounded_together(url, journal, make_entry) -> None:
    workers = [Recorder(url, 3600.0, now=lambda: NOW, rows=50) for _ in range(2)]
    for _ in range(300):
        for worker in workers:
            worker.record(make_entry)
    for worker in workers:
        worker.close()
    assert journal.size()["rows"] == 50


def test_what_is_too_old_goes(journal, record, make_entry) -> None:
    record(make_entry(at=NOW - 7200), make_entry(at=NOW - 60), keep=86400.0)
    assert journal.size()["rows"] == 2
    record(make_entry(), keep=3600.0)
    assert journal.size()["oldest"] == NOW - 60


def test_what_is_too_many_bytes_goes_the_oldest_first(
    journal, record, make_entry
) -> None:
    big = make_entry(body=b"x" * 10_000)
    record(*[big] * 100, most_bytes=200_000)
    assert journal.size()["bytes"] <= 200_000
    assert journal.recent(limit=1)[0]["id"] == 100


def test_recording_never_waits_and_counts_what_it_drops(url, make_entry) -> None:
    held, begun = threading.Event(), threading.Event()

    def slow():
        begun.set()
        held.wait()
        return make_entry()

    recorder = Recorder(url, 3600.0, waiting=3)
    recorder.record(slow)
    begun.wait()
    for _ in range(10):
        recorder.record(make_entry)
    assert recorder.dropped == 7
    held.set()
    assert recorder.flush()
    recorder.close()


def test_an_entry_that_cannot_be_made_costs_itself_only(
    url, journal, make_entry, caplog
) -> None:
    recorder = Recorder(url, 3600.0, now=lambda: NOW)
    recorder.record(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    recorder.record(make_entry)
    recorder.close()
    assert recorder.dropped == 1
    assert journal.size()["rows"] == 1
    assert "could not be written down" in caplog.text


def test_a_journal_that_fails_is_said_once_and_heals(
    tmp_path: Path, make_entry, caplog
) -> None:
    folder = tmp_path / "later"
    recorder = Recorder(f"sqlite:///{folder}/journal.db", 3600.0, now=lambda: NOW)
    for _ in range(3):
        recorder.record(make_entry)
        recorder.flush()
    assert recorder.dropped == 3
    assert caplog.text.count("the journal cannot be written") == 1
    folder.mkdir()
    recorder.record(make_entry)
    recorder.close()
    assert recorder.dropped == 3


@pytest.mark.parametrize("url", ["nonsense://", "postgresql+nothing://x/y"])
def test_a_store_that_is_none_does_not_end_the_thread(url, make_entry) -> None:
    recorder = Recorder(url, 3600.0)
    recorder.record(make_entry)
    assert recorder.flush()
    assert recorder.dropped == 1
    recorder.close()
