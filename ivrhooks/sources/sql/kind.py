"""Kind sql: queries to a database. SQLAlchemy is imported with the first such
source."""

from __future__ import annotations

from typing import Any

from ivrhooks.sources.interface import Operation, SourceSettings
from ivrhooks.sources.kind import Asker, Kind, Section
from ivrhooks.sources.sql.operations import OPERATIONS

KEYS = ("url", "queries")


def open_asker(settings: SourceSettings) -> Asker:
    """Return what queries the database; it connects with the first query."""
    from ivrhooks.sources.sql.asker import SqlAsker  # imports SQLAlchemy

    return SqlAsker(settings)


def compile_options(section: Section) -> Any:
    """Return the options of a source and report problems."""
    from ivrhooks.sources.sql.options import compile_options  # imports SQLAlchemy

    return compile_options(section)


def describe(options: Any) -> tuple[Operation, ...]:
    """Return the operations of one source."""
    from ivrhooks.sources.sql.options import describe  # imports SQLAlchemy

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
