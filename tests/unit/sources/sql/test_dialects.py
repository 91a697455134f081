"""What each database needs; tests/sources/test_databases.py asks the real ones."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from pymysql.constants import FIELD_TYPE
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from ivrhooks.sources.sql.dialects import (
    BIT,
    Dialect,
    MySQL,
    PostgreSQL,
    SQLite,
    dialect_of,
    open_pool,
)


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("sqlite:///x", SQLite),
        ("postgresql+psycopg://h/n", PostgreSQL),
        ("mysql+pymysql://h/n", MySQL),
        ("mariadb+pymysql://h/n", MySQL),
        ("oracle://h/n", Dialect),
    ],
)
def test_each_database_has_its_own(url: str, dialect: type[Dialect]) -> None:
    assert type(dialect_of(make_url(url))) is dialect


def test_sqlite_reads_only_and_stops_at_its_time(tmp_path: Path) -> None:
    engine = open_pool(make_url(f"sqlite:///{tmp_path / 'x.db'}"), 1)
    dialect = SQLite()
    endless = (
        "with recursive n(x) as (select 1 union all select x + 1 from n) "
        "select count(*) from n"
    )
    with engine.connect() as connection:
        dialect.begin(connection, 5)
        with pytest.raises(OperationalError, match="readonly"):
            connection.execute(text("create table t (a)"))
        dialect.end(connection)
        dialect.begin(connection, 0.0)
        with pytest.raises(OperationalError, match="interrupted"):
            connection.execute(text(endless))
        dialect.end(connection)
        assert connection.execute(text("select 1")).scalar() == 1
    engine.dispose()


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="in memory"):
        open_pool(make_url("sqlite://"), 1)


@pytest.mark.parametrize(
    ("sent", "value"),
    [(b"\1", 1), (b"\0", 0), (b"1", b"1"), (b"\5", b"\5"), (b"\0\1", b"\0\1")],
)
def test_a_bit_of_mysql_is_a_number_where_it_is_certain(
    sent: bytes, value: int | bytes
) -> None:
    """MariaDB 10.11 sends ``max(flags)`` in digits, with the type of ``flags``."""
    connection = SimpleNamespace(decoders={BIT: None, FIELD_TYPE.LONG: int})
    MySQL().prepare(connection)
    assert connection.decoders[FIELD_TYPE.BIT](sent) == value
    assert connection.decoders[FIELD_TYPE.LONG] is int
