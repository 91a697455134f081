"""Queries that read, and texts that show that they do not."""

from __future__ import annotations

import pytest

from ivrhooks.sources.sql.statements import problem_of_query


@pytest.mark.parametrize(
    "query",
    [
        "select id from customers where tel = :tel",
        "  SELECT 1;  ",
        "-- a note\nselect 1",
        "/* delete from x */ select 'delete from x; drop table y'",
        'select "update" from t',
        "select `delete` from t",
        "with one as (select 1) select * from one",
        "(select 1) union (select 2)",
        "values (1)",
        "select created_at, updated from t where note = 'it''s; fine'",
        "select replace(name, 'a', 'b') from t",
        "select $$ drop table t; $$",
    ],
)
def test_a_query_that_reads(query: str) -> None:
    assert problem_of_query(query) == ""


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "is empty"),
        (" ; ", "is empty"),
        ("insert into t values (1)", "begins with 'insert'"),
        ("UPDATE t SET a = 1", "begins with 'update'"),
        ("delete from t", "begins with 'delete'"),
        ("drop table t", "begins with 'drop'"),
        ("call p()", "begins with 'call'"),
        ("select 1; select 2", "several statements"),
        ("select 1; drop table t", "several statements"),
        ("with x as (delete from t returning id) select * from x", "writes"),
        ("with x as (insert into t values (1)) select 1", "writes"),
        ("with x as (select 1) update t set a = 1", "writes"),
        ("select * from t for update", "writes"),
        ("select * from t lock in share mode", "writes"),
        ("select * from t into outfile '/x'", "writes"),
        ("select 1 /* */ ; delete from t", "several"),
    ],
)
def test_a_query_that_writes_is_told(query: str, words: str) -> None:
    assert words in problem_of_query(query)
