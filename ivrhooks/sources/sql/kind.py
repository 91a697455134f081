"""Kind sql: queries to a database."""

from __future__ import annotations

from ivrhooks.sources.kind import Kind
from ivrhooks.sources.sql.asker import SqlAsker
from ivrhooks.sources.sql.operations import OPERATIONS
from ivrhooks.sources.sql.options import KEYS, compile_options, describe

SQL = Kind(
    "sql",
    OPERATIONS,
    open=SqlAsker,
    stands_in=False,
    unknown_fields=True,
    max_concurrent=8,
    keys=KEYS,
    compile=compile_options,
    describe=describe,
)
