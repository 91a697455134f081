"""The engine: SQLite in WAL mode, as safe as asked for, and others as they are."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from ivrhooks.store.engine import POSTGRESQL, open_engine, problem_of


def pragma(engine, name):
    with engine.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_a_sqlite_file_is_in_wal_mode(tmp_path, durable, level):
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}", durable=durable)
    assert pragma(engine, "journal_mode") == "wal"
    assert pragma(engine, "synchronous") == level
    assert pragma(engine, "busy_timeout") == 5000
    engine.dispose()


def test_a_database_in_memory_is_one_for_all_threads():
    engine = open_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
        connection.execute(text("INSERT INTO t VALUES (7)"))
    seen = []

    def read():
        with engine.connect() as connection:
            seen.append(connection.execute(text("SELECT a FROM t")).scalar())

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    engine.dispose()
    assert seen == [7]


def test_a_reader_does_not_wait_for_a_writer(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
    with engine.begin() as writer:
        writer.execute(text("INSERT INTO t VALUES (1)"))
        with engine.connect() as reader:
            assert reader.execute(text("SELECT count(*) FROM t")).scalar() == 0
    engine.dispose()


def test_a_postgresql_that_goes_without_a_word_is_noticed(monkeypatch):
    statements = []
    monkeypatch.setattr(
        "ivrhooks.store.engine.create_engine",
        lambda url, **options: statements.append((url.drivername, options)),
    )
    place = "user@127.0.0.1/ivrhooks"
    open_engine(f"postgresql+psycopg://{place}")
    open_engine(f"postgresql+psycopg://{place}?connect_timeout=9")
    open_engine(f"mysql+pymysql://{place}")
    names, options = zip(*statements, strict=True)
    assert names == ("postgresql+psycopg", "postgresql+psycopg", "mysql+pymysql")
    arguments = {**POSTGRESQL, "prepare_threshold": None}
    assert options[0] == {"pool_pre_ping": True, "connect_args": arguments}
    assert "connect_timeout" not in options[1]["connect_args"]
    assert options[2] == {"pool_pre_ping": True}


def test_postgresql_prepares_no_statement_that_a_pooler_would_not_find(postgresql):
    engine = open_engine(postgresql.url)
    with engine.connect() as connection:
        for number in range(20):
            assert connection.scalar(text("SELECT :a + 1"), {"a": number}) == number + 1
        prepared = connection.scalar(
            text("SELECT count(*) FROM pg_prepared_statements")
        )
    engine.dispose()
    assert prepared == 0


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///a.db", ""),
        ("a.db", "is no URL"),
        ("postgresql://[::1/a", "is no URL"),
        ("oracle+nothing://host/a", "is no database"),
        ("mssql+pymssql://host/a", "needs the Python package"),
        ("postgresql+psycopg://host:99999/a", "has a port that cannot be"),
        ("postgresql+psycopg://host:0/a", "has a port that cannot be"),
        ("postgresql+psycopg://host:65535/a", ""),
    ],
)
def test_an_unusable_url_is_reported_before_it_is_opened(url, message):
    problem = problem_of(url)
    assert problem.startswith(message) and bool(problem) is bool(message)
