"""The outbox's tables: where they are, who may read them, what a commit survives."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ivrhooks.actions.interface import outbox_url
from ivrhooks.actions.tables import open_outbox


def test_a_file_that_is_made_here_is_its_owners_alone(tmp_path: Path) -> None:
    open_outbox(outbox_url("", tmp_path)).dispose()
    assert (tmp_path / "outbox.db").stat().st_mode & 0o777 == 0o600


def test_a_commit_is_on_the_disk(file_store: Any) -> None:
    with file_store.engine.begin() as connection:
        full = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        wal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    assert (full, wal) == (2, "wal")


def test_postgresql_commits_to_the_disk_whatever_its_default_is(
    postgresql: Any,
) -> None:
    options = "?options=-c%20synchronous_commit%3Doff"
    engine = open_outbox(postgresql.url + options)
    with engine.begin() as connection:
        setting = connection.execute(sa.text("SHOW synchronous_commit")).scalar()
    engine.dispose()
    assert setting == "on"


def test_many_open_it_at_once(store: Any) -> None:
    engines: list[Any] = []

    def begin() -> None:
        engines.append(open_outbox(store.url))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.dispose()
    assert len(engines) == 8
