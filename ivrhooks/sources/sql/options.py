"""Compiles the keys of a source of kind sql: a database's URL and its queries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError

from ivrhooks.sources.interface import Operation
from ivrhooks.sources.kind import Section
from ivrhooks.sources.sql.operations import query_operations
from ivrhooks.store.engine import problem_of

_CAST = re.compile(r"(?<![:\w\\]):(\w+)(?=::)")
"""A parameter followed by PostgreSQL's cast, as in `:tel::text`."""
_COLON = re.compile(r"(?<![:\w\\]):(?=\w)")
"""What SQLAlchemy takes for the colon of a parameter."""
_NO_CODE = (
    r"--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|\"[^\"]*\"|`[^`]*`"
    r"|\b[eE]'(?:[^'\\]|\\.)*'"
)
_QUOTED = re.compile(rf"{_NO_CODE}|'[^']*'", re.DOTALL)
_QUOTED_MYSQL = re.compile(rf"{_NO_CODE}|'(?:[^'\\]|\\.)*'", re.DOTALL)
"""Quoted text and comments; in MySQL, a backslash in a text escapes its quote."""
_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}


@dataclass(frozen=True, slots=True)
class SqlOptions:
    """A database and its queries. ``params``: each query's parameters."""

    url: URL = field(repr=False)
    queries: Mapping[str, str]
    params: Mapping[str, tuple[str, ...]]
    secrets: tuple[str, ...] = field(default=(), repr=False)


def compile_options(section: Section) -> SqlOptions | None:
    """Return the options of a source and report problems."""
    url = _url(section)
    queries = _queries(section, url.get_backend_name() if url else "")
    if url is None or not queries:
        return None
    params = {
        name: tuple(text(query).compile().params) for name, query in queries.items()
    }
    secrets = tuple(part for part in (url.password, url.username) if part)
    return SqlOptions(url, queries, params, tuple(map(str, secrets)))


def describe(options: SqlOptions) -> tuple[Operation, ...]:
    """Return the operations of one database."""
    return query_operations(options.params)


def _url(section: Section) -> URL | None:
    written = section.get("url")
    if not isinstance(written, str) or not written.strip():
        advice = 'write url: "${DB_URL}", as postgresql://user:password@host/name'
        section.error("url", message=advice)
        return None
    try:
        url = make_url(str(written).strip())
    except (ArgumentError, ValueError):  # ValueError: such as a port that is no number
        section.error("url", message="this is no URL; write postgresql://host/name")
        return None
    backend = url.get_backend_name()
    if url.drivername == backend and backend in _DRIVERS:
        url = url.set(drivername=f"{backend}+{_DRIVERS[backend]}")
    problem = problem_of(url.render_as_string(hide_password=False))
    if problem:
        extra = {"psycopg": "postgresql", "pymysql": "mysql"}
        driver = url.drivername.partition("+")[2]
        missing = driver in extra and problem.startswith("needs")
        hint = f" (pip install 'ivrhooks[{extra[driver]}]')" if missing else ""
        section.error("url", message=f"this {problem}{hint}")
        return None
    if url.password and not _is_filled(section):
        section.warning(
            "url", message='a password is written here; write url: "${DB_URL}"'
        )
    return _in_folder(url, section)


def _is_filled(section: Section) -> bool:
    return hasattr(section.get("url"), "written")


def _in_folder(url: URL, section: Section) -> URL | None:
    """Return the URL with an SQLite file relative to the root file; it must exist."""
    if url.get_backend_name() != "sqlite":
        return url
    if not url.database or url.database == ":memory:":
        section.error("url", message="a database in memory is empty; name its file")
        return None
    path = section.folder / url.database
    if not url.database.startswith("file:") and not path.is_file():
        section.error("url", message=_no_file(url.database))
        return None
    return url.set(database=str(path))


def _no_file(name: str) -> str:
    return (
        f"there is no file `{name}`; write one that is there, relative to "
        "ivrhooks.yaml: sqlite:///customers.db"
    )


def _placeholder_problem(query: str) -> str:
    """Return why a parameter would not be bound, or "" where all are."""
    bare = re.sub(r"'[^']*'", "''", query)
    if "{{" in query:
        return "holds a template, which is not filled in; write :name, without quotes"
    if re.search(r"[=<>(,]\s*(\?|%s|\$[0-9])(?![0-9A-Za-z_])", bare):
        return "has a placeholder without a name; write :name"
    return ""


def _queries(section: Section, backend: str) -> dict[str, str]:
    queries = section.get("queries")
    if not isinstance(queries, Mapping) or not queries:
        section.error(
            "queries", message="write at least one: {name: select … where tel = :tel}"
        )
        return {}
    good = {}
    for name, query in queries.items():
        problem = (
            problem_of_query(query)
            if isinstance(query, str)
            else "is no text; write select …"
        )
        if isinstance(query, str) and not problem:
            problem = _placeholder_problem(query)
        if not str(name).isidentifier():
            problem = "has a name with signs in it; write letters, digits and _"
        if problem:
            section.error("queries", str(name), message=f"this query {problem}")
        else:
            good[str(name)] = _bindable(str(query).strip().rstrip(";"), backend)
    return good if len(good) == len(queries) else {}


def _bindable(query: str, backend: str) -> str:
    """Return a query in which SQLAlchemy takes only our ``:names`` for parameters.

    It looks for them in comments and quoted text too, such as ``'{"vip":true}'``, and
    misses one that a cast follows.
    """
    quoted = _QUOTED_MYSQL if backend in ("mysql", "mariadb") else _QUOTED
    escaped = quoted.sub(lambda part: _COLON.sub(r"\\:", part[0]), query)
    return _CAST.sub(r":\1 ", escaped)


READS = ("select", "with", "values", "table", "show")

_WRITES = re.compile(
    r"\b(insert\s+into|replace\s+into|update\s+(?:only\s+)?[\w\".`\[\]]+\s+set|"
    r"delete\s+from|merge\s+into|truncate|drop\s+\w+|alter\s+\w+|create\s+\w+|"
    r"grant\s|revoke\s|into\s+(?:outfile|dumpfile)|for\s+(?:no\s+key\s+)?update|"
    r"for\s+(?:key\s+)?share|lock\s+in\s+share\s+mode)",
    re.IGNORECASE,
)
_APART = re.compile(
    r"(?P<note>--[^\n]*|/\*.*?\*/)|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"
    r"|'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|`[^`]*`",
    re.DOTALL,
)


def problem_of_query(text: str) -> str:
    """Return what is wrong with a query and what to write; "" where nothing is."""
    bare = _APART.sub(lambda part: " " if part["note"] else " '' ", text).strip()
    body = bare.rstrip("; \t\r\n")
    if not body:
        return "is empty; write select …"
    if ";" in body:
        return "holds several statements; write one"
    first = re.match(r"[(\s]*([a-z]+)", body, re.IGNORECASE)
    word = first[1].lower() if first else body[:20]
    if word not in READS:
        return f"begins with {word!r}; a query reads: write select …"
    write = _WRITES.search(body)
    if write:
        return f"writes ({' '.join(write[1].split())!r}); a query only reads"
    return ""
