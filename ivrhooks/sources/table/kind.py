"""Kind table: rows of one's own, without a system."""

from __future__ import annotations

from ivrhooks.sources.kind import Kind
from ivrhooks.sources.table.asker import TableAsker
from ivrhooks.sources.table.operations import OPERATIONS
from ivrhooks.sources.table.options import KEYS, compile_options, describe

TABLE = Kind(
    "table",
    OPERATIONS,
    open=TableAsker,
    stands_in=False,
    unknown_fields=True,
    keys=KEYS,
    compile=compile_options,
    describe=describe,
)
