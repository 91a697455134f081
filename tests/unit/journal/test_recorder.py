"""The journal is written behind the answers, within its bounds."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from ivrhooks.journal.recorder import Recorder
from ivrhooks.journal.tables import MARKS
from ivrhooks.store.cipher import Cipher

NOW = 1_800_000_000.0
CIPHER = Cipher([b"k" * 32])


def test_more_than_max_entries_leave_the_newest(journal, record, make_entry) -> None:
    entry = make_entry(people=frozenset({("phone", "13800000001")}))
    for _ in range(3):
        assert record(*[entry] * 400, max_entries=500) == 0
    assert journal.size()["rows"] == 500
    assert journal.recent(limit=1)[0]["id"] == 3 * 400
    with journal.engine.connect() as connection:
        marks = connection.execute(sa.select(sa.func.count()).select_from(MARKS))
        assert marks.scalar_one() == 2 * 500  # of the number, and of the request's id


def test_the_rows_of_two_workers_are_bounded_together(url, journal, make_entry) -> None:
    workers = [
        Recorder(url, CIPHER, keep=3600.0, max_entries=50, now=lambda: NOW)
        for _ in range(2)
    ]
    for _ in range(300):
        for worker in workers:
            worker.record(make_entry)
    for worker in workers:
        worker.close()
    assert journal.size()["rows"] == 50


def test_expired_entries_are_deleted(journal, record, make_entry) -> None:
    record(make_entry(at=NOW - 7200), make_entry(at=NOW - 60), keep=86400.0)
    assert journal.size()["rows"] == 2
    record(make_entry(), keep=3600.0)
    assert journal.size()["oldest"] == NOW - 60


def test_recording_never_waits_and_counts_drops(url, make_entry) -> None:
    held, begun = threading.Event(), threading.Event()

    def slow():
        begun.set()
        held.wait()
        return make_entry()

    recorder = Recorder(url, CIPHER, keep=3600.0, max_entries=10, waiting=3)
    recorder.record(slow)
    begun.wait()
    for _ in range(10):
        recorder.record(make_entry)
    assert recorder.dropped == 7
    assert recorder.flush(0.001) is False
    held.set()
    assert recorder.flush()
    recorder.close()


def test_an_entry_that_cannot_be_made_costs_itself_only(
    url, journal, make_entry, caplog
) -> None:
    recorder = Recorder(url, CIPHER, keep=3600.0, max_entries=10, now=lambda: NOW)
    recorder.record(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    recorder.record(make_entry)
    recorder.close()
    assert recorder.dropped == 1
    assert journal.size()["rows"] == 1
    assert "a data request was not recorded" in caplog.text


def test_a_failing_journal_is_reported_once_and_recovers(
    tmp_path: Path, make_entry, caplog
) -> None:
    folder = tmp_path / "later"
    recorder = Recorder(
        f"sqlite:///{folder}/journal.db",
        CIPHER,
        keep=3600.0,
        max_entries=10,
        now=lambda: NOW,
    )
    for _ in range(3):
        recorder.record(make_entry)
        recorder.flush()
    assert recorder.dropped == 3
    assert caplog.text.count("the journal cannot be written") == 1
    assert recorder.trouble is True
    folder.mkdir()
    recorder.record(make_entry)
    assert recorder.flush()
    assert recorder.trouble is False
    recorder.close()
    assert recorder.dropped == 3


@pytest.mark.parametrize("url", ["nonsense://", "postgresql+nothing://x/y"])
def test_a_store_that_is_none_does_not_end_the_thread(url, make_entry) -> None:
    recorder = Recorder(url, CIPHER, keep=3600.0, max_entries=10)
    recorder.record(make_entry)
    assert recorder.flush()
    assert recorder.dropped == 1
    recorder.close()


def test_entries_of_a_lost_key_are_reported_once(
    url, journal, record, make_entry, caplog
) -> None:
    other = Cipher([b"o" * 32])
    record(make_entry(), make_entry(), cipher=other)
    record(make_entry())
    assert caplog.text.count("2 data requests of the journal were encrypted with") == 1
    assert "IVRHOOKS_KEY" in caplog.text
    rows = journal.recent()
    assert [row["lost"] for row in rows] == [False, True, True]
    assert [reason.key for reason in rows[1]["reasons"]] == ["sealed"]
    assert journal.size()["unreadable"] == 2
    assert journal.entry(1)["trace"] is None
    with_both = Cipher([b"k" * 32, b"o" * 32])
    caplog.clear()
    record(make_entry(), cipher=with_both)
    assert "key" not in caplog.text


def test_the_error_of_the_database_is_named_and_tried_again_once(
    url, make_entry, monkeypatch, caplog
) -> None:
    tries = []

    def locked(*_):
        tries.append(1)
        if len(tries) in (1, 3, 4):
            raise sa.exc.OperationalError("INSERT", {}, sqlite3.OperationalError())

    monkeypatch.setattr(Recorder, "_insert", locked)
    recorder = Recorder(url, CIPHER, keep=3600.0, max_entries=10, now=lambda: NOW)
    recorder.record(make_entry)
    assert recorder.flush()
    assert (len(tries), recorder.dropped, recorder.trouble) == (2, 0, False)
    recorder.record(make_entry)
    recorder.close()
    assert (len(tries), recorder.dropped, recorder.trouble) == (4, 1, True)
    assert caplog.text.count("the journal cannot be written: OperationalError") == 1


def test_old_entries_go_with_each_two_hundredth(url, journal, make_entry) -> None:
    now = NOW
    recorder = Recorder(url, CIPHER, keep=60.0, max_entries=9999, now=lambda: now)
    recorder.record(make_entry)
    assert recorder.flush()
    now += 120
    for count in (198, 1, 1):
        for _ in range(count):
            recorder.record(lambda: make_entry(at=now))
        assert recorder.flush()
    recorder.close()
    assert journal.size()["oldest"] == now


def test_old_entries_go_while_nothing_is_recorded(
    url, journal, make_entry, monkeypatch
) -> None:
    monkeypatch.setattr("ivrhooks.journal.recorder.PURGE_SECONDS", 0.01)
    later, purged = threading.Event(), threading.Event()

    def now() -> float:
        if not later.is_set():
            return NOW
        purged.set()
        return NOW + 7200

    recorder = Recorder(url, CIPHER, keep=3600.0, max_entries=10, now=now)
    recorder.record(make_entry)
    assert recorder.flush()
    assert journal.size()["rows"] == 1
    later.set()
    assert purged.wait(10)
    recorder.close()
    assert journal.size()["rows"] == 0
