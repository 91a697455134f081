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


def found(one: TableFile, code: str) -> Any:
    row = one.rows.find({"code": code})
    return row and row["name"]


def test_a_changed_file_is_read_once_it_is_still(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(path, "code,name\na,one\n")
    one = table(path)
    assert not one.refresh()
    write(path, "code,name\na,two\n")
    assert not one.refresh()  # perhaps half of it is written
    assert one.refresh() and found(one, "a") == "two"
    assert not one.refresh()


def test_at_once_where_somebody_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(path, "code,name\na,one\n")
    one = table(path)
    write(path, "code,name\na,two\n")
    assert one.refresh(now=True) and found(one, "a") == "two"


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
    one = table(path)
    if text is None:
        path.unlink()
    else:
        write(path, text)
    assert not one.refresh(now=True)
    assert one.problem.startswith(f"{path}{problem}")
    assert found(one, "a") == "one"
    write(path, "code,name\na,mended\n")
    assert one.refresh(now=True)
    assert (one.problem, found(one, "a")) == ("", "mended")


def test_a_file_that_is_broken_from_the_first_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(path, "code,name\na,b,c\n")
    with pytest.raises(TableError) as raised:
        table(path)
    assert raised.value.line == 2
