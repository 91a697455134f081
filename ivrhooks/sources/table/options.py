"""Compiles the keys of a source of kind table, and reads and checks its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivrhooks.sources.interface import Operation
from ivrhooks.sources.kind import Section
from ivrhooks.sources.table.file import TableFile
from ivrhooks.sources.table.operations import HELP, table_operations
from ivrhooks.sources.table.rows import MissingColumn, TableError

KEYS = ("file", "key")


@dataclass(frozen=True, slots=True)
class TableOptions:
    """A table's file, which is read again when it changes."""

    data_file: TableFile


def compile_options(section: Section) -> TableOptions | None:
    """Return the options of a source and report problems."""
    name, key = section.get("file"), _key(section)
    if not isinstance(name, str) or not name.strip():
        section.error(
            "file", message="write a file, relative to ivrhooks.yaml: vips.csv"
        )
        return None
    if key is None:
        return None
    path = section.folder / name
    try:
        return TableOptions(TableFile(path, key, section.region, section.read_yaml))
    except MissingColumn as problem:
        where = section.place("key", problem.column)
        section.problem_in(path, problem.line, f"{problem} ({where})")
        return None
    except TableError as problem:
        if path.is_file():
            section.problem_in(path, problem.line, str(problem))
        else:
            section.error("file", message=f"there is no file `{name}`; write one")
        return None


def _key(section: Section) -> Mapping[str, str] | None:
    key = section.get("key")
    if not isinstance(key, Mapping) or not key:
        section.error(
            "key", message="write the columns that are asked by: {phone: phone}"
        )
        return None
    good = True
    for column, how in key.items():
        if not isinstance(how, str) or how not in HELP:
            section.error("key", str(column), message="write text, phone or prefix")
            good = False
    return {str(name): str(how) for name, how in key.items()} if good else None


def describe(options: TableOptions) -> tuple[Operation, ...]:
    """Return the operations of one table."""
    file = options.data_file
    return table_operations(file.key, file.rows.columns)
