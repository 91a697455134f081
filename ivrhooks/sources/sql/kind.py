"""Kind sql: queries to a database. SQLAlchemy is loaded with the first such source."""

from __future__ import annotations

from typing import Any

from ivrhooks.sources.interface import Operation, SourceSettings
from ivrhooks.sources.kind import Asker, Kind, Section
from ivrhooks.sources.sql.operations import OPERATIONS

KEYS = ("url", "queries")


def open_asker(settings: SourceSettings) -> Asker:
    """What asks the database; nothing is connected before its first question."""
    from ivrhooks.sources.sql.asker import SqlAsker  # loads SQLAlchemy

    return SqlAsker(settings)


def compile_options(section: Section) -> Any:
    """The options of a source; problems are reported."""
    from ivrhooks.sources.sql.options import compile_options  # loads SQLAlchemy

    return compile_options(section)


def describe(options: Any) -> tuple[Operation, ...]:
    """The operations of one source."""
    from ivrhooks.sources.sql.options import describe  # loads SQLAlchemy

    return describe(options)


SQL = Kind(
    "sql",
    OPERATIONS,
    open=open_asker,
    auth_help="none; the `url` holds them",
    stands_in=False,
    unknown_fields=True,
    max_concurrent=8,
    keys=KEYS,
    compile=compile_options,
    describe=describe,
)
