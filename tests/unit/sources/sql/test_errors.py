"""Drivers' exceptions as the four errors of a source, without data."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from pymysql.err import OperationalError as MySqlError
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ivrhooks.basics.errors import (
    SourceError,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.sources.sql.errors import explained


class Driver(Exception):
    """As psycopg's, with the state of SQL."""

    def __init__(self, text: str, state: str | None) -> None:
        super().__init__(text)
        self.sqlstate = state


def wrapped(orig: Exception, kind: type[Any] = OperationalError) -> Exception:
    problem: Exception = kind("select", {}, orig)
    return problem


def sqlite(sql: str) -> sqlite3.Error:
    try:
        sqlite3.connect(":memory:").execute(sql)
    except sqlite3.Error as problem:
        return problem
    raise AssertionError


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (wrapped(Driver("canceling statement", "57014")), SourceTimeout),
        (wrapped(Driver("connection refused", None)), SourceUnavailable),
        (wrapped(Driver("shutting down", "57P01")), SourceUnavailable),
        (wrapped(Driver("too many clients", "53300")), SourceUnavailable),
        (wrapped(Driver("no such column", "42703"), ProgrammingError), SourceRejected),
        (wrapped(Driver("no password", "28P01")), SourceRejected),
        (wrapped(MySqlError(2003, "cannot connect")), SourceUnavailable),
        (wrapped(MySqlError(1969, "max_statement_time")), SourceTimeout),
        (wrapped(MySqlError(1045, "Access denied for user 'x'")), SourceRejected),
        (wrapped(MySqlError(1792, "READ ONLY transaction")), SourceRejected),
        (wrapped(sqlite("select * from none")), SourceRejected),
        (PoolTimeout(), SourceUnavailable),
        (ArgumentError("x"), SourceRejected),
        (ValueError("x"), SourceRejected),
    ],
)
def test_a_database_error_has_its_meaning(
    problem: Exception, kind: type[SourceError]
) -> None:
    assert type(explained(problem, ())) is kind


def test_our_own_errors_stay() -> None:
    own = SourceTimeout("late")
    assert explained(own, ()) is own


def test_messages_with_data_are_not_repeated() -> None:
    problem = wrapped(
        Driver('invalid input for integer: "13800000001"\nLINE 1', "22P02")
    )
    assert "13800000001" not in str(explained(problem, ("13800000001",)))
    message = str(explained(problem, ("another",)))
    assert "invalid input" in message and "LINE" not in message
    denied = wrapped(MySqlError(1045, "Access denied for user 'ivr'"))
    assert "ivr" not in str(explained(denied, ()))
