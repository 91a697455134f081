"""Kind sql against real databases: SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import build_sources
from ivrhooks.sources.asking.source import Source
from ivrhooks.sources.interface import Outcome, Query

SET_UP = (
    "create table customers (id integer primary key, tel varchar(40), level integer, "
    "since date, balance numeric(10, 2), photo {blob})",
    "insert into customers values (1, '13800000001', 3, '2024-02-29', 12.50, NULL)",
    "insert into customers values (2, '13800000002', 1, '2025-01-01', 0, NULL)",
)
QUERIES = {
    "customer": "select id, level, since, balance, photo from customers "
    "where tel = :tel",
    "all_of": "select id from customers where level >= :level order by id",
    "wrong": "select nothing from customers where tel = :tel",
}
ENDLESS = {
    "sqlite": "with recursive n(x) as (select 1 union all select x + 1 from n) "
    "select count(*) from n where x > :x",
    "postgresql": "select pg_sleep(30) where 1 = :x",
    "mariadb": "select sleep(30) where 1 = :x",
}


class Database:
    """A database of one kind, filled, and a source that asks it."""

    def __init__(self, kind: str, url: str, folder: Path, compiled: Any) -> None:
        self.kind, self.url, self.folder = kind, url, folder
        self._compiled = compiled
        self._engine = create_engine(url)
        blob = {"postgresql": "bytea"}.get(kind, "blob")
        with self._engine.begin() as connection:
            connection.execute(text("drop table if exists customers"))
            for statement in SET_UP:
                connection.execute(text(statement.format(blob=blob)))

    def count(self) -> int:
        with self._engine.connect() as connection:
            return int(
                connection.execute(text("select count(*) from customers")).scalar()
            )

    def running(self) -> int:
        """How many statements of ours are running at the server."""
        look = {
            "postgresql": "select count(*) from pg_stat_activity where query like "
            "'select pg_sleep%' and state = 'active'",
            "mariadb": "select count(*) from information_schema.processlist where "
            "info like 'select sleep%'",
        }
        if self.kind == "sqlite":
            return 0
        with self._engine.connect() as connection:
            return int(connection.execute(text(look[self.kind])).scalar())

    def run(self, *statements: str) -> None:
        with self._engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def play(
        self,
        story: Callable[[Source, Any], Awaitable[None]],
        more: Mapping[str, str] | None = None,
        **keys: str,
    ) -> None:
        queries = {
            **QUERIES,
            **(more or {}),
            "endless": ENDLESS[self.kind],
            "write": "select write_it() as id where 1 = :x",
        }
        lines = "".join(f"\n      {k}: {v}" for k, v in keys.items())
        listed = "".join(f'\n        {k}: "{v}"' for k, v in queries.items())
        source = f"""
      kind: sql
      url: "${{DB_URL}}"{lines}
      queries:{listed}"""
        made, report = self._compiled.examine(
            source,
            "operation: customer\n    params: {tel: '{{ inputs.tel }}'}",
            DB_URL=self.url,
        )
        assert made is not None, report
        settings = made.sources["s"]
        operations = {operation.name: operation for operation in settings.operations}

        async def run() -> None:
            source = build_sources({"s": settings}, data_folder=self.folder)["s"]

            def ask(name: str, within: float = 5.0, **how: Any) -> Awaitable[Outcome]:
                rows = how.pop("all_rows", False)
                query = Query(operations[name], how, all_rows=rows)
                clock = asyncio.get_running_loop().time
                return source.ask(query, Deadline.after(within, clock))

            try:
                await story(source, ask)
            finally:
                await source.close()

        asyncio.run(run())


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, compiled: Any
) -> Iterator[Database]:
    if request.param == "sqlite":
        sqlite3.connect(tmp_path / "own.db").close()
        url = f"sqlite:///{tmp_path / 'own.db'}"
    else:
        url = request.getfixturevalue(request.param).url
    database_in_use = Database(request.param, url, tmp_path, compiled)
    yield database_in_use
    database_in_use._engine.dispose()


def test_a_row_is_a_record(database: Database) -> None:
    async def story(source: Source, ask: Any) -> None:
        outcome = await ask("customer", tel="13800000001")
        assert outcome.status == "ok", outcome
        record = dict(outcome.record)
        assert (record.pop("photo", None), record.pop("since")) == (None, "2024-02-29")
        assert float(record.pop("balance")) == 12.5
        assert record == {"id": 1, "level": 3}
        assert (await ask("customer", tel="139")).status == "not_found"

    database.play(story)


ODD_VALUES = {
    "sqlite": ("select 1 as one where :x = 1", {"one": 1}),
    "postgresql": (
        "select date 'infinity' as ends, timestamp '-infinity' as began, "
        "time '24:00' as closes, timestamptz 'infinity' as ever, date '0044-03-15 BC' "
        "as ides, array[date 'infinity'] as all_ends, time '09:00' as opens, "
        "interval '26 hours' as length, avg(n) as average, cidr '10.0.0.0/8' as net, "
        "date '2026-10-01' as day, 'VIP'::char(5) as grade "
        "from (values (0), (0)) as t(n) where :x = 1",
        {
            "ends": "infinity",
            "began": "-infinity",
            "closes": "24:00:00",
            "ever": "infinity",
            "ides": "0044-03-15 BC",
            "all_ends": ["infinity"],
            "opens": "09:00:00",
            "length": "26:00:00",
            "average": "0.00000000000000000000",
            "net": "10.0.0.0/8",
            "day": "2026-10-01",
            "grade": "VIP",
        },
    ),
    "mariadb": (
        "select opens, closes, vip, muted, flags, max(flags) as most, zero "
        "from odd where :x = 1 group by opens",
        {
            "opens": "09:00:00",
            "closes": "24:00:00",
            "vip": 1,
            "muted": 0,
            "zero": "0.00000000",
        },
    ),
}


def test_a_value_that_python_has_no_type_for_costs_no_row(database: Database) -> None:
    """Seen with PostgreSQL 15 and psycopg 3.3, MariaDB 10.11 and PyMySQL 1.2."""
    query, record = ODD_VALUES[database.kind]
    if database.kind == "mariadb":
        database.run(
            "create or replace table odd (opens time, closes time, vip bit(1), "
            "muted bit(1), flags bit(8), zero decimal(20, 8))",
            "insert into odd values ('09:00', '24:00', b'1', b'0', b'101', 0)",
        )

    async def story(source: Source, ask: Any) -> None:
        outcome = await ask("odd", x=1)
        assert (outcome.status, outcome.record) == ("ok", record), outcome

    database.play(story, {"odd": query})


def test_small_ints_give_a_large_one(database: Database) -> None:
    async def story(_: Source, ask: Any) -> None:
        for a, b, product in (
            (100, 100, 10_000),
            (200, 200, 40_000),
            (-1, 2**31, -(2**31)),
        ):
            reply = await ask("product", a=a, b=b)
            assert reply.record == {"n": product}

    database.play(story, {"product": "select :a * :b as n"})


def test_all_rows(database: Database) -> None:
    async def story(source: Source, ask: Any) -> None:
        outcome = await ask("all_of", level=1, all_rows=True)
        assert outcome.record == {"rows": [{"id": 1}, {"id": 2}]}
        outcome = await ask("all_of", level=9, all_rows=True)
        assert (outcome.status, outcome.record) == ("not_found", {"rows": []})

    database.play(story)


def test_values_are_bound_and_never_pasted(database: Database) -> None:
    async def story(source: Source, ask: Any) -> None:
        hostile = "x' or '1'='1"
        assert (await ask("customer", tel=hostile)).status == "not_found"
        drop = "'; drop table customers; --"
        assert (await ask("customer", tel=drop)).status == "not_found"

    database.play(story)
    assert database.count() == 2


def test_a_statement_is_ended_at_the_deadline_and_the_pool_lives(
    database: Database,
) -> None:
    async def story(source: Source, ask: Any) -> None:
        started = time.monotonic()
        assert (await ask("endless", 0.3, x=1)).status == "timeout"
        assert time.monotonic() - started < 2
        for _ in range(100):
            if not database.running():
                break
            await asyncio.sleep(0.02)
        assert database.running() == 0
        assert (await ask("customer", tel="13800000001")).status == "ok"

    database.play(story, max_concurrent="1")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_source_that_is_closed_in_a_statement_leaves_no_connection(
    database: Database,
) -> None:
    async def story(source: Source, ask: Any) -> None:
        assert (await ask("endless", 0.1, x=1)).status == "timeout"

    database.play(story)
    look = "select count(*) from pg_stat_activity where query like '%pg_sleep%' "
    with database._engine.connect() as connection:
        left = connection.execute(text(look + "and pid <> pg_backend_pid()"))
        assert left.scalar() == 0


def test_the_sources_timeout_is_the_statements(database: Database) -> None:
    async def story(source: Source, ask: Any) -> None:
        outcome = await ask("endless", 5.0, x=1)
        assert outcome.status == "timeout", outcome

    database.play(story, timeout="200ms")


WRITERS = {
    "postgresql": "create or replace function write_it() returns int language sql as "
    "'delete from customers returning id'",
    "mariadb": "create or replace function write_it() returns int modifies sql data "
    "begin delete from customers; return 1; end",
}


@pytest.mark.parametrize("database", WRITERS, indirect=True)
def test_the_database_refuses_a_write_that_the_text_does_not_show(
    database: Database,
) -> None:
    with database._engine.begin() as connection:
        connection.execute(text(WRITERS[database.kind]))

    async def story(source: Source, ask: Any) -> None:
        outcome = await ask("write", x=1)
        assert (outcome.status, outcome.code) == ("error", "rejected"), outcome
        assert "READ" in outcome.message.upper()

    database.play(story)
    assert database.count() == 2


def test_database_errors_are_reported_without_data(database: Database) -> None:
    async def story(source: Source, ask: Any) -> None:
        outcome = await ask("wrong", tel="13800000001")
        assert (outcome.status, outcome.code) == ("error", "rejected")
        assert "nothing" in outcome.message and "138" not in outcome.message
        assert source.state.breaker == "closed"

    database.play(story)
