"""Explains a driver's exception in words without data or credentials."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ivrhooks.basics.errors import (
    SourceError,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)

_SHORTEST = 3
_LATE_CODES = (1317, 1969, 3024)  # interrupted, max_statement_time, max_execution_time
_GONE_CODES = (1040, 1053, 1203, 2002, 2003, 2006, 2013, 2055, 4031)
_REFUSED_CODES = (1044, 1045, 1698)
_REFUSED_STATES = ("28000", "28P01")
_GONE_STATES = ("", "08", "53", "57", "58")
_GONE_NAMES = ("SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR")


def explained(problem: BaseException, hide: Iterable[str]) -> SourceError:
    """Return ``problem`` as a SourceError.

    ``hide``: values and credentials that the message must not contain.
    """
    if isinstance(problem, SourceError):
        return problem
    if isinstance(problem, PoolTimeout):
        return SourceUnavailable("no free connection in the pool (max_concurrent)")
    if not isinstance(problem, DBAPIError):
        text = _words(problem, hide)
        return SourceRejected(f"the query cannot be run: {text}")
    orig = problem.orig or problem
    if _is_late(orig):
        return SourceTimeout("the statement reached its time limit")
    if _is_refused(orig):
        return SourceRejected("the user or password is refused", code="refused")
    reachable = not isinstance(problem, (OperationalError, InterfaceError))
    if problem.connection_invalidated or (not reachable and _is_gone(orig)):
        return SourceUnavailable(f"no connection: {_words(orig, hide)}", received=False)
    return SourceRejected(f"the database refuses the query: {_words(orig, hide)}")


def _state(problem: BaseException) -> str:
    return str(getattr(problem, "sqlstate", None) or "")


def _code(problem: BaseException) -> int | None:
    code = problem.args[0] if problem.args else None
    return code if isinstance(code, int) else None


def _is_late(problem: BaseException) -> bool:
    return (
        _state(problem) == "57014"
        or _code(problem) in _LATE_CODES
        or getattr(problem, "sqlite_errorname", "") == "SQLITE_INTERRUPT"
    )


def _is_refused(problem: BaseException) -> bool:
    return (
        _state(problem) in _REFUSED_STATES
        or _code(problem) in _REFUSED_CODES
        or "authentication failed" in str(problem)
    )


def _is_gone(problem: BaseException) -> bool:
    name = getattr(problem, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(_GONE_NAMES)
    code = _code(problem)
    return code in _GONE_CODES if code else _state(problem)[:2] in _GONE_STATES


def _words(problem: BaseException, hide: Iterable[str]) -> str:
    """Return the first line of the driver's message, or its type where that holds
    data."""
    args = problem.args
    text = str(args[-1] if args and isinstance(args[0], int) else problem)
    lines = text.strip().splitlines()
    line = lines[0][:200] if lines else ""
    kind = type(problem).__name__
    if any(len(part) >= _SHORTEST and part in text for part in hide):
        return kind
    return f"{kind}: {line}" if line else kind
