"""Reads the rows of a CSV, YAML or JSON file; errors name the line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ivrhooks.sources.kind import YamlRefused

SUFFIXES = (".csv", ".tsv", ".txt", ".yaml", ".yml", ".json")
MAX_BYTES = 1024 * 1024 * 1024
SEPARATORS = ",;\t"

_LONG_INTEGER = re.compile(rb"[0-9]{19}")

_SEP_LINE = re.compile(r'"?sep=.?"?\s*', re.IGNORECASE)
"""The line that tells Excel the separator."""

Row = list[Any]
"""The cells of a row in the order of the columns; missing ones at the end are None."""
ReadYaml = Callable[[bytes], list[tuple[int, Any]]]
"""Returns the entries of a YAML list with their lines. Raises YamlRefused."""


class TableError(YamlRefused):
    """A table cannot be read; holds why and at which line."""


class MissingColumn(TableError):
    """A table has no column for a key of its source."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def read_rows(path: Path, read_yaml: ReadYaml) -> tuple[list[str], Iterator[Row]]:
    """Return the columns and an iterator over the rows.

    Raises TableError, also while the rows are read.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise TableError("no kind of table; save it as .csv (UTF-8), .yaml or .json")
    data = _bytes(path)
    if suffix in (".yaml", ".yml"):
        try:
            return _entries(read_yaml(data))
        except YamlRefused as problem:
            raise TableError(str(problem), problem.line) from None
    if suffix == ".json":
        return _entries(_json_entries(data))
    return _csv(_text(data))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise TableError(f"the file cannot be read: {problem.strerror}") from None
    if len(data) > MAX_BYTES:
        raise TableError("the file is larger than 1 GB")
    return data


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise TableError("no UTF-8 text; save the file as UTF-8", line) from None


# ------------------------------------------------------------------------- CSV


def _csv(text: str) -> tuple[list[str], Iterator[Row]]:
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=_outside_quotes(first).count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    if _SEP_LINE.fullmatch(first):
        raise TableError(f"`{first.strip()}` is a line for Excel alone; remove it")
    columns = [cell.strip() for cell in _next(reader) or []]
    if not any(columns):
        raise TableError("no header line; write the names of the columns first")
    for index, column in enumerate(columns):
        if not column:
            raise TableError(f"column {index + 1} of the header has no name")
        if column in columns[:index]:
            raise TableError(f"the header names `{column}` twice")
    return columns, _csv_rows(reader, columns)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _csv_rows(reader: Any, columns: list[str]) -> Iterator[Row]:
    count = len(columns)
    try:
        for cells in reader:
            if len(cells) > count:
                raise TableError(
                    f"{len(cells)} cells for {count} columns; put a cell with a "
                    "separator in quotes",
                    reader.line_num,
                )
            if cells and (cells[0] or any(cells)):
                yield cells
    except csv.Error as problem:
        raise TableError(f"no CSV: {problem}", max(1, reader.line_num)) from None


def _next(reader: Any) -> list[str] | None:
    try:
        row: list[str] | None = next(reader, None)
    except csv.Error as problem:
        raise TableError(f"no CSV: {problem}", max(1, reader.line_num)) from None
    return row


# --------------------------------------------------------------- YAML and JSON


def _entries(entries: list[tuple[int, Any]]) -> tuple[list[str], Iterator[Row]]:
    columns: dict[str, None] = {}
    for line, entry in entries:
        if not isinstance(entry, Mapping):
            raise TableError("a row is a mapping: {column: value}", line)
        columns.update(dict.fromkeys(map(str, entry)))
    names = list(columns)
    return names, ([entry.get(name) for name in names] for _, entry in entries)


def _json_entries(data: bytes) -> list[tuple[int, Any]]:
    text = _text(data)
    try:
        whole = None if _LONG_INTEGER.search(data) else orjson.loads(text)
    except ValueError:
        whole = None
    if whole is None:
        whole = _read_slowly(text)
    if not isinstance(whole, list):
        raise TableError("no list of rows; write [{…}, {…}]")
    for index, entry in enumerate(whole):
        if not isinstance(entry, Mapping):
            raise TableError("a row is an object: {…}", _line_of(text, index))
    return [(1, entry) for entry in whole]


def _read_slowly(text: str) -> Any:
    """Read what orjson refuses or would turn into a float."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise TableError(f"no JSON: {problem.msg}", problem.lineno) from None
    except (ValueError, RecursionError) as problem:
        raise TableError(f"no JSON: {problem}") from None


def _line_of(text: str, index: int) -> int:
    """Return the line at which an entry of a JSON list begins."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    for _ in range(index):
        at = _skipped(text, at)
        _, at = decoder.raw_decode(text, at)
    return text.count("\n", 0, _skipped(text, at)) + 1


def _skipped(text: str, at: int) -> int:
    while text[at] in " \t\r\n,":
        at += 1
    return at
