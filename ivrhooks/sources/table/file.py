"""A table's file: read with the configuration, and again when it changes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ivrhooks.sources.table.index import TableIndex
from ivrhooks.sources.table.rows import MissingColumn, ReadYaml, TableError, read_rows

State = tuple[int, int, int] | None


class TableFile:
    """The last valid rows of a file. ``rows`` is replaced as a whole, never changed."""

    def __init__(
        self,
        path: Path,
        key: Mapping[str, str],
        region: str | None,
        read_yaml: ReadYaml,
    ) -> None:
        """Raises TableError where the file cannot be used."""
        self.path = path
        self.key = key
        self.problem = ""
        self._region = region
        self._read_yaml = read_yaml
        self._last_state = self._read_state = self._state()
        self.rows = self._load()

    def refresh(self, *, now: bool = False) -> bool:
        """Read the file again where it has changed. Return whether the rows differ.

        A changed file is read when it is the same as at the last check, or at once with
        ``now``. A broken file leaves the rows as they are, and ``problem`` says what is
        wrong.
        """
        state = self._state()
        is_unchanged, self._last_state = state == self._last_state, state
        if state == self._read_state or not (is_unchanged or now):
            return False
        self._read_state = state
        try:
            self.rows = self._load()
        except TableError as broken:
            self.problem = f"{self.path}:{broken.line}:1: {broken}"
            return False
        self.problem = ""
        return True

    def check(self, path: Path) -> int:
        """Return the number of rows in a file that is to replace this one.

        Raises TableError.
        """
        index = self._load(path)
        index.close()
        return index.count

    def _load(self, path: Path | None = None) -> TableIndex:
        columns, rows = read_rows(path or self.path, self._read_yaml)
        for column in self.key:
            if column not in columns:
                known = ", ".join(f"`{column}`" for column in columns)
                problem = f"no column `{column}`, which is a key; there: {known}"
                raise MissingColumn(column, problem)
        index = TableIndex(self.key, columns, self._region)
        try:
            index.fill(rows)
        except TableError:
            index.close()
            raise
        return index

    def _state(self) -> State:
        try:
            state = os.stat(self.path)
        except (OSError, ValueError):  # a name with a NUL
            return None
        return state.st_mtime_ns, state.st_size, state.st_ino
