"""A database is prepared by one process at a time, and closed where that fails."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from filelock import FileLock, Timeout

from ivrhooks.store import opening
from ivrhooks.store.opening import create_tables, file_of, open_prepared

METADATA = sa.MetaData()
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, index=True),
)


def make(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        create_tables(connection, (THINGS,))


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////data/outbox.db", Path("/data/outbox.db")),
        ("sqlite:///file:a?mode=memory&uri=true", None),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql+psycopg://ivr@host/name", None),
    ],
)
def test_the_file_of_a_url(url: str, file: Path | None) -> None:
    assert file_of(url) == file


def test_a_new_file_and_its_lock_are_their_owners_alone(tmp_path: Path) -> None:
    open_prepared(f"sqlite:///{tmp_path}/a.db", make).dispose()
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()
    }
    assert {"a.db": 0o600, "a.db.lock": 0o600}.items() <= modes.items()
    assert set(modes.values()) == {0o600}


def test_tables_and_indexes_are_made_once_and_stay(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    engine = open_prepared(url, make)
    with engine.begin() as connection:
        connection.execute(sa.insert(THINGS), {"id": 1, "name": "kept"})
    engine.dispose()
    engine = open_prepared(url, make)
    with engine.begin() as connection:
        assert connection.execute(sa.select(THINGS.c.name)).scalar() == "kept"
        indexes = sa.inspect(connection).get_indexes("things")
    engine.dispose()
    assert [index["name"] for index in indexes] == ["ix_things_name"]


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_durable_goes_on_to_the_engine(
    tmp_path: Path, durable: bool, level: int
) -> None:
    engine = open_prepared(f"sqlite:///{tmp_path}/a.db", make, durable=durable)
    with engine.begin() as connection:
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    engine.dispose()
    assert synchronous == level


def test_others_are_held_back_while_one_prepares(tmp_path: Path) -> None:
    held = []

    def prepare(engine: sa.Engine) -> None:
        with pytest.raises(Timeout):
            FileLock(f"{tmp_path}/a.db.lock").acquire(timeout=0)
        held.append(engine)

    open_prepared(f"sqlite:///{tmp_path}/a.db", prepare).dispose()
    assert len(held) == 1
    with FileLock(f"{tmp_path}/a.db.lock", timeout=0):  # free again
        pass


def test_a_wait_for_others_that_is_too_long_is_an_os_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "OPEN_SECONDS", 0)
    with FileLock(f"{tmp_path}/a.db.lock"), pytest.raises(OSError) as refused:
        open_prepared(f"sqlite:///{tmp_path}/a.db", make)
    assert isinstance(refused.value, Timeout)


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt])
def test_the_engine_is_closed_where_the_preparation_fails(
    tmp_path: Path, problem: type[BaseException]
) -> None:
    opened: list[Any] = []

    def fail(engine: sa.Engine) -> None:
        with engine.connect() as connection:
            opened.append(connection.connection.dbapi_connection)
        raise problem

    with pytest.raises(problem):
        open_prepared(f"sqlite:///{tmp_path}/a.db", fail)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


COUNT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM things").fetchone()[0])
connection.close()
"""


def counted_by_another_process(file: Path) -> int:
    command = [sys.executable, "-c", COUNT, str(file)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return int(done.stdout)


def test_a_second_engine_in_a_process_does_not_drop_the_locks_of_the_first(
    tmp_path: Path,
) -> None:
    """Else the next process that closes the file removes the log of the first, whose
    later rows nobody sees until it ends, and which a crash loses."""
    file = tmp_path / "a.db"
    writer = open_prepared(f"sqlite:///{file}", make)
    with writer.begin() as connection:
        connection.execute(sa.insert(THINGS), {"name": "before"})
    reader = open_prepared(f"sqlite:///{file}", make)
    reader.dispose()
    assert counted_by_another_process(file) == 1
    with writer.begin() as connection:
        connection.execute(sa.insert(THINGS), {"name": "after"})
    assert counted_by_another_process(file) == 2
    writer.dispose()
