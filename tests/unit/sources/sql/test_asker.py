"""A database asked in threads: in order, by its pool, and ended when cancelled."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceError
from ivrhooks.sources.interface import Query
from ivrhooks.sources.sql.asker import SqlAsker

SOURCE = """
    kind: sql
    url: sqlite:///own.db
    max_concurrent: 2
    queries:
      who: "select a from t where tel = :tel"
      count: "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n where x > :x"
"""  # noqa: E501 - a query on one line of YAML


@pytest.fixture
def asker(compiled: Any, tmp_path: Path) -> Any:
    with sqlite3.connect(tmp_path / "own.db") as database:
        database.execute("create table t (a, tel)")
        database.execute("insert into t values ('one', '138')")
    made, problems = compiled.examine(SOURCE, "params: {tel: x}")
    assert made is not None, problems
    return SqlAsker(made.sources["s"]), made.sources["s"].operations


def test_a_cancelled_statement_gives_its_thread_back(asker: Any) -> None:
    sql_asker, (who, count) = asker

    async def story() -> None:
        for _ in range(4):  # more than there are threads
            task = asyncio.create_task(
                sql_asker.ask(Query(count, {"x": 0}), lambda: 30.0)
            )
            while (
                not sql_asker._threads._work_queue.empty()
                or not sql_asker._threads._threads
            ):
                await asyncio.sleep(0)
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        reply = await sql_asker.ask(Query(who, {"tel": "138"}), lambda: 30.0)
        assert reply.record == {"a": "one"}
        await sql_asker.close()

    asyncio.run(asyncio.wait_for(story(), 20))


def test_an_abandoned_query_is_not_sent(asker: Any) -> None:
    sql_asker, (who, _) = asker

    async def story() -> None:
        with pytest.raises(SourceError, match="nobody waits"):
            await sql_asker.ask(Query(who, {"tel": "138"}), lambda: 0.0)
        await sql_asker.close()

    asyncio.run(story())


def test_a_question_is_known_by_its_values_and_their_types(asker: Any) -> None:
    sql_asker, (who, _) = asker
    assert sql_asker.key(Query(who, {"tel": "1"})) == sql_asker.key(
        Query(who, {"tel": "1"})
    )
    assert sql_asker.key(Query(who, {"tel": "1"})) != sql_asker.key(
        Query(who, {"tel": 1})
    )
    asyncio.run(sql_asker.close())
