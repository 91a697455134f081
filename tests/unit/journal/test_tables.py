"""The journal's tables, and what stands in them in clear."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from ivrhooks.journal.tables import journal_url, open_journal, row_of, unreadable
from ivrhooks.languages.catalogue import because
from ivrhooks.store.cipher import Cipher


def test_it_lies_in_the_data_folder_unless_a_store_is_given(tmp_path: Path) -> None:
    assert journal_url("", tmp_path) == f"sqlite:///{tmp_path}/journal.db"
    assert journal_url("postgresql://db/x", tmp_path) == "postgresql://db/x"


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    open_journal(journal_url("", tmp_path)).dispose()
    open_journal(journal_url("", tmp_path)).dispose()  # a second worker's
    assert stat.S_IMODE((tmp_path / "journal.db").stat().st_mode) == 0o600


def test_opening_it_leaves_no_file_open(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        open_journal(journal_url("", tmp_path)).dispose()
    assert len(os.listdir("/dev/fd")) - before < 5


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


def test_unencrypted_columns_hold_no_personal_data(make_entry, cipher) -> None:
    row = row_of(
        make_entry(
            request_id="13800000001",
            path="/lookup/13800000001",
            peer="13800000001",
            reasons=(because("as_said", text="13800000001"),),
            body=b"tel=13800000001&nick=Wang",
            trace={"success": True, "operations": [], "nick": "Wang"},
            people=frozenset({("phone", "13800000001")}),
        ),
        cipher,
    )
    whole = repr(row).encode() + row["list"] + row["whole"]
    assert b"13800000001" not in whole
    assert b"Wang" not in whole
    assert (row["endpoint"], row["status"], row["key"]) == (
        "desk",
        200,
        cipher.key_id,
    )
    assert row["size"] < 2048


@pytest.mark.parametrize(("stated", "size"), [(0, 5), (5, 5), (20_000, 20_000)])
def test_the_size_of_a_body_is_that_before_it_was_cut(
    make_entry, cipher, stated: int, size: int
) -> None:
    row = row_of(make_entry(body=b"tel=1", body_bytes=stated), cipher)
    assert row["body_bytes"] == size
    assert row["size"] == len(row["list"]) + len(row["whole"]) + 512


def test_texts_have_their_bounds(make_entry, cipher) -> None:
    row = row_of(make_entry(degraded="\ud800\0" + "r" * 9999), cipher)
    assert row["degraded"][:3] == "?\ufffdr"
    assert len(row["degraded"]) == 2048


def test_the_table_of_earlier_versions_is_dropped(
    tmp_path: Path,
) -> None:
    file = tmp_path / "journal.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE data_requests (body BLOB)")
        rows = [(f"tel=13800000001{'x' * 900}",)] * 300
        database.executemany("INSERT INTO data_requests VALUES (?)", rows)
        database.commit()
    assert b"13800000001" in file.read_bytes()
    assert file.stat().st_size > 200_000
    open_journal(journal_url("", tmp_path)).dispose()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("journal.db*"))
    assert b"13800000001" not in kept
    assert len(kept) < 100_000


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_in_memory_there_is_no_file(tmp_path: Path, monkeypatch, url: str) -> None:
    monkeypatch.chdir(tmp_path)
    engine = open_journal(url)
    with engine.connect() as connection:
        assert unreadable(connection, Cipher([b"k" * 32])) == 0
    engine.dispose()
    assert list(tmp_path.iterdir()) == []
