# ruff: noqa: E501 - a case stands on one line
"""Files of rows as spreadsheets really write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivrhooks.config.compile.source.section import SourceSection
from ivrhooks.sources.table.rows import TableError, read_rows


def read(folder: Path, data: bytes | str, name: str = "t.csv") -> Any:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    columns, rows = read_rows(file, SourceSection.read_yaml)
    return columns, list(rows)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_by_any_separator(
    tmp_path: Path, separator: str, mark: bytes, end: str
) -> None:
    lines = ["phone,name", '138,"Wang, ""W""\nLi"', "", "139"]
    text = end.join(line.replace(",", separator) for line in lines)
    columns, rows = read(tmp_path, mark + text.encode())
    assert columns == ["phone", "name"]
    assert rows == [["138", f'Wang{separator} "W"\nLi'], ["139"]]


def test_the_headers_quotes_do_not_choose_the_separator(tmp_path: Path) -> None:
    columns, _ = read(tmp_path, '"a,b,c";d\n1;2\n')
    assert columns == ["a,b,c", "d"]


@pytest.mark.parametrize(
    ("data", "name", "line", "words"),
    [
        ("a,b\n1,2\n1,2,3\n", "t.csv", 3, "3 cells for 2 columns"),
        ('a,b\n"x\ny",2\n1,2,3\n', "t.csv", 4, "3 cells"),
        ("", "t.csv", 1, "no header line"),
        ("sep=;\r\na;b\r\n1;2\r\n", "t.csv", 1, "`sep=;` is a line for Excel alone; remove it"),
        ('"SEP=,"\na,b\n1,2\n', "t.csv", 1, "is a line for Excel alone; remove it"),
        ("sep=\t\na\tb\n", "t.csv", 1, "is a line for Excel alone; remove it"),
        ("a,,c\n1,2,3\n", "t.csv", 1, "column 2 of the header has no name"),
        ("a,b,a\n1,2,3\n", "t.csv", 1, "names `a` twice"),
        (b"a,b\n1,2\n\xff,2\n", "t.csv", 3, "no UTF-8"),
        ('a,b\n1,"2\n', "t.csv", 2, "no CSV"),
        ('[{"a": 1},\n {"a": 2},\n 5]', "t.json", 3, "a row is an object"),
        ('[{"a": 1},\n {"a": }]', "t.json", 2, "no JSON"),
        ('{"a": 1}', "t.json", 1, "no list of rows"),
        ("- a: 1\n- 5\n", "t.yaml", 2, "a row is a mapping"),
        ("a: 1\n", "t.yaml", 1, "no list of rows"),
        ("- {a: 1}\n- {a: 1, a: 2}\n", "t.yaml", 2, "a"),
        ("x", "t.xlsx", 1, "no kind of table; save it as .csv"),
    ],
)  # fmt: skip
def test_problems_of_rows_have_their_line(
    tmp_path: Path, data: bytes | str, name: str, line: int, words: str
) -> None:
    with pytest.raises(TableError) as raised:
        read(tmp_path, data, name)
    assert words in str(raised.value) and raised.value.line == line


def test_yaml_and_json_keep_their_types(tmp_path: Path) -> None:
    rows = [["0138", 7, True], ["x", None, None]]
    yaml = "- {phone: 0138, n: 7, ok: true}\n- {phone: x}\n"
    assert read(tmp_path, yaml, "t.yaml") == (["phone", "n", "ok"], rows)
    json = '[{"phone": "0138", "n": 7, "ok": true}, {"phone": "x"}]'
    assert read(tmp_path, json, "t.json") == (["phone", "n", "ok"], rows)
    long = f'[{{"n": {10**30}}}]'
    assert read(tmp_path, long, "t.json") == (["n"], [[10**30]])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read: No such file"):
        read_rows(tmp_path / "none.csv", SourceSection.read_yaml)
