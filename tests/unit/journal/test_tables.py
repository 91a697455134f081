"""The journal's one table, and the bounds of a row."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from ivrhooks.journal.entry import MOST_BODY, MOST_HEAD, MOST_TRACE
from ivrhooks.journal.tables import journal_url, open_journal, row_of


def test_it_lies_in_the_data_folder_unless_a_store_is_given(tmp_path: Path) -> None:
    assert journal_url("", tmp_path) == f"sqlite:///{tmp_path}/journal.db"
    assert journal_url("postgresql://db/x", tmp_path) == "postgresql://db/x"


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    open_journal(journal_url("", tmp_path)).dispose()
    open_journal(journal_url("", tmp_path)).dispose()  # a second worker's
    assert stat.S_IMODE((tmp_path / "journal.db").stat().st_mode) == 0o600


def test_many_workers_may_open_it_at_once(tmp_path: Path) -> None:
    url, failed = journal_url("", tmp_path), []

    def begin() -> None:
        try:
            open_journal(url).dispose()
        except SQLAlchemyError as problem:
            failed.append(problem)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises((OSError, SQLAlchemyError)):
        open_journal(journal_url("", tmp_path / "no" / "such"))


def test_a_row_has_its_bounds(make_entry) -> None:
    step = {"name": "customer", "result": "x" * MOST_TRACE}
    row = row_of(
        make_entry(
            head=b"h" * 2 * MOST_HEAD,
            body=b"b" * 2 * MOST_BODY,
            reason="\ud800\0" + "r" * 9999,
            trace={"success": True, "operations": [step]},
        )
    )
    assert (len(row["head"]), len(row["body"])) == (MOST_HEAD, MOST_BODY)
    assert row["body_bytes"] == 2 * MOST_BODY
    assert b"left out: too long" in row["trace"]
    assert row["reason"][:3] == "?\ufffdr"
    assert len(row["reason"]) == 2048
    assert row["size"] < MOST_HEAD + MOST_BODY + MOST_TRACE + 1024


def test_a_trace_that_is_too_long_anyway_is_left_out(make_entry) -> None:
    detailed = make_entry(trace={"operations": []}, detail={"x": "x" * MOST_TRACE})
    assert row_of(detailed)["trace"] == b'{"operations":[],"deadline_ms":0.0}'
    trace = {"operations": [], "outputs": "x" * MOST_TRACE}
    assert row_of(make_entry(trace=trace))["trace"] is None
    assert row_of(make_entry(trace=None))["trace"] is None
