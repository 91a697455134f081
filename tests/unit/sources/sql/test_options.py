"""Kind sql out of real YAML: its queries are its operations."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from ivrhooks.sources.interface import Query
from ivrhooks.sources.sql.options import problem_of_query

LOOKUP = "params: {tel: '{{ inputs.tel }}'}"


def source(
    queries: str = "{who: 'select a from t where tel = :tel'}", **keys: str
) -> str:
    rest = "".join(f", {name}: {value}" for name, value in keys.items())
    return f"{{kind: sql, url: 'sqlite:///own.db', queries: {queries}{rest}}}"


@pytest.fixture(autouse=True)
def _database(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "own.db").execute("create table t (a, tel)")


def test_each_query_is_an_operation_with_its_names(
    compiled: Any, tmp_path: Path
) -> None:
    queries = "{who: 'select a from t where tel = :tel and a > :a::int', all: select 1}"
    made, problems = compiled.examine(source(queries), "params: {tel: x, a: 1}")
    assert made is not None, problems
    settings = made.sources["s"]
    who, every = settings.operations
    assert (who.name, who.required) == ("who", ("tel", "a"))
    assert (every.name, every.required) == ("all", ())
    assert settings.max_concurrent == 8
    assert settings.options.url.database == str(tmp_path / "own.db")


@pytest.mark.parametrize(
    "quoted",
    [
        """'{"vip":true}'""",
        "'it''s :here'",
        "':tel'",
        "$$ :body $$",
        "1 /* :note */",
        "1 -- see :below\n",
        '1 as "a :b"',
        "'\\:escaped'",
        "'12:30'",
        r"E'it\'s :here'",
        r"a like 'b\_%' escape '\'",
    ],
)
def test_a_colon_in_quotes_or_a_comment_is_no_parameter(
    quoted: str, compiled: Any
) -> None:
    query = f"select a, {quoted} from t where tel = :tel and a <> 'x'"
    queries = json.dumps({"who": query})
    made, problems = compiled.examine(source(queries), LOOKUP)
    assert made is not None, problems
    settings = made.sources["s"]
    assert settings.operations[0].required == ("tel",)
    sent = str(sqlalchemy.text(settings.options.queries["who"]))
    assert sent == query.replace("\\:", ":")


def test_a_backslash_in_a_text_escapes_its_quote_in_mysql(compiled: Any) -> None:
    query = r"select 'it\'s :here' from t where tel = :tel"
    queries = json.dumps({"who": query})
    text = f"{{kind: sql, url: 'mysql://h/n', queries: {queries}}}"
    made, problems = compiled.examine(text, LOOKUP)
    assert made is not None, problems
    assert made.sources["s"].operations[0].required == ("tel",)


def test_all_rows(compiled: Any) -> None:
    query = compiled.query(source(), f"{LOOKUP}\n    all_rows: true", tel="138")
    assert isinstance(query, Query) and query.all_rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (source("{who: delete from t}"), "begins with 'delete'"),
        (source("{who: 7}"), "is no text"),
        (source("{'a b': select 1}"), "signs in it"),
        (source("{}"), "write at least one"),
        ("{kind: sql, queries: {who: select 1}}", "write url"),
        ("{kind: sql, url: nonsense, queries: {who: select 1}}", "no URL"),
        ("{kind: sql, url: 'sqlite://', queries: {w: select 1}}", "is empty; name"),
        ("{kind: sql, url: 'sqlite:///no.db', queries: {w: select 1}}", "no file"),
        ("{kind: sql, url: 'db2://h/n', queries: {w: select 1}}", "no database"),
        (source(base_url="http://x"), "is not for kind sql"),
        (source(file="x.csv"), "is not for kind sql"),
    ],
)
def test_options_that_cannot_work_are_reported(
    compiled: Any, text: str, words: str
) -> None:
    made, problems = compiled.examine(text, LOOKUP)
    assert made is None and words in problems


@pytest.mark.parametrize(
    ("lookup", "words"),
    [
        ("params: {}", "needs the parameter `tel`"),
        ("params: {tel: x, tell: y}", "no parameter `tell`"),
        ("operation: whom\n    params: {tel: x}", "did you mean `who`?"),
    ],
)
def test_a_lookup_that_does_not_fit_is_reported(
    compiled: Any, lookup: str, words: str
) -> None:
    made, problems = compiled.examine(source(), lookup)
    assert made is None and words in problems


def test_all_rows_is_for_kind_sql(compiled: Any) -> None:
    http = "{kind: http, base_url: 'http://x'}"
    _, problems = compiled.examine(http, "request: {path: /x}\n    all_rows: true")
    assert "remove `all_rows`" in problems


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mariadb"])
def test_a_url_without_driver_gets_the_tested_one(compiled: Any, scheme: str) -> None:
    url = f"{scheme}://ivr:s3cret@127.0.0.1/crm"
    text = "{kind: sql, url: '${DB}', queries: {who: 'select 1 where 1 = :tel'}}"
    made, problems = compiled.examine(text, LOOKUP, DB=url)
    assert made is not None, problems
    settings = made.sources["s"]
    assert settings.options.url.drivername.partition("+")[2] in ("psycopg", "pymysql")
    assert "s3cret" not in repr(settings)


def test_a_literal_password_is_warned_of(compiled: Any) -> None:
    text = (
        "{kind: sql, url: 'postgresql://ivr:hush@h/n', queries: {who: 'select :tel'}}"
    )
    _, problems = compiled.examine(text, LOOKUP)
    assert "a password is written here" in problems and "hush" not in problems


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
def test_a_query_that_writes_is_reported(query: str, words: str) -> None:
    assert words in problem_of_query(query)
