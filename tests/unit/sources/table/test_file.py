"""A file of rows that changes while it is answered from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.config.compile.source.section import SourceSection
from ivrhooks.sources.table.file import TableFile
from ivrhooks.sources.table.rows import TableError


def table(path: Path, **key: str) -> TableFile:
    return TableFile(path, key or {"code": "text"}, "CN", SourceSection.read_yaml)


def write(path: Path, text: str) -> None:
    """As an editor does that writes beside and renames: another file each time."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, path)


def find(table_file: TableFile, code: str) -> Any:
    row = table_file.rows.find({"code": code})
    return row and row["name"]


def test_a_changed_file_is_read_once_it_is_still(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(path, "code,name\na,one\n")
    table_file = table(path)
    assert not table_file.refresh()
    write(path, "code,name\na,two\n")
    assert not table_file.refresh()  # perhaps half of it is written
    assert table_file.refresh() and find(table_file, "a") == "two"
    assert not table_file.refresh()


def test_a_requested_refresh_reads_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(path, "code,name\na,one\n")
    table_file = table(path)
    write(path, "code,name\na,two\n")
    assert table_file.refresh(now=True) and find(table_file, "a") == "two"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("code,name\na,b,c\n", ":2:1: 3 cells for 2 columns"),
        ("kode,name\na,b\n", ":1:1: no column `code`"),
        ("code,name\n", ":1:1: no rows"),
        (None, ":1:1: the file cannot be read: No such file"),
    ],
)
def test_a_broken_one_leaves_the_last_good_rows(
    tmp_path: Path, text: str | None, problem: str
) -> None:
    path = tmp_path / "t.csv"
    write(path, "code,name\na,one\n")
    table_file = table(path)
    if text is None:
        path.unlink()
    else:
        write(path, text)
    assert not table_file.refresh(now=True)
    assert table_file.problem.startswith(f"{path}{problem}")
    assert find(table_file, "a") == "one"
    write(path, "code,name\na,mended\n")
    assert table_file.refresh(now=True)
    assert (table_file.problem, find(table_file, "a")) == ("", "mended")


def test_a_file_that_is_broken_from_the_first_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(path, "code,name\na,b,c\n")
    with pytest.raises(TableError) as raised:
        table(path)
    assert raised.value.line == 2
