"""Kind table: rows in a file, without a customer system."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from ivrhooks.basics.values import to_text
from ivrhooks.sources.interface import Query, Reply, SourceSettings
from ivrhooks.sources.kind import Asker, Kind
from ivrhooks.sources.table.operations import MAX_ROWS, OPERATIONS
from ivrhooks.sources.table.options import KEYS, TableOptions, compile_options, describe


class TableAsker(Asker):
    """The rows of one table."""

    def __init__(self, settings: SourceSettings) -> None:
        options: TableOptions = settings.options
        self._file = options.data_file

    def key(self, query: Query) -> Hashable:
        return tuple(
            (name, to_text(value) or "", getattr(value, "plus", False))
            for name, value in query.params.items()
        )

    async def ask(self, query: Query, seconds: Callable[[], float]) -> Reply:
        rows = self._file.rows
        if query.operation.name == "list":
            matching = rows.find_all(query.params, MAX_ROWS)
            return Reply({"rows": matching}, found=bool(matching))
        row = rows.find(query.params)
        return Reply(row, found=row is not None)

    async def close(self) -> None:
        """The file is the configuration's, which others may still ask."""


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
