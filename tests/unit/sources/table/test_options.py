"""Kind table out of real YAML: its operations, and what `check` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.errors import Problem
from ivrhooks.config.loader import examine
from ivrhooks.config.plan import Skip
from ivrhooks.sources.interface import Query

GOOD = "phone,code,a\n13800000001,x,1\n"


def source(rest: str = "key: {phone: phone}", file: str = "t.csv") -> str:
    return f"{{kind: table, file: {file}, {rest}}}"


@pytest.fixture(autouse=True)
def _file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(GOOD)


def test_its_parameters_are_the_columns_of_its_keys(compiled: Any) -> None:
    made, messages = compiled.examine(
        source("key: {phone: phone, code: text}"),
        "operation: list\n    params: {code: x}",
    )
    assert made is not None, messages
    find, every = made.sources["s"].operations
    assert [param.name for param in find.params] == ["phone", "code"]
    assert every.entries == "rows"
    assert made.data_files[0].path.name == "t.csv"


def test_without_a_value_a_find_is_skipped(compiled: Any) -> None:
    lookup = "params: {phone: '{{ inputs.tel }}'}"
    assert isinstance(compiled.query(source(), lookup, tel="138"), Query)
    assert isinstance(compiled.query(source(), lookup), Skip)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (source("key: {fone: phone}"), "no column `fone`"),
        (source("key: {phone: exact}"), "write text, phone or prefix"),
        (source("key: {}"), "write the columns"),
        (source("cache: {fresh: 1s}"), "write the columns"),
        (source(file="none.csv"), "there is no file `none.csv`"),
        (source(file="''"), "write a file"),
        ("{kind: table, key: {phone: phone}}", "write a file"),
        (source("key: {phone: phone}, base_url: 'http://x'"), "is not for kind table"),
        (source("key: {phone: phone}, auth: {bearer: x}"), "is not for kind table"),
        (source("key: {phone: phone}, answer: xml"), "is not for kind table"),
    ],
)
def test_options_that_cannot_work_are_reported(
    compiled: Any, text: str, words: str
) -> None:
    made, messages = compiled.examine(text, "params: {phone: '{{ inputs.tel }}'}")
    assert made is None and words in messages


@pytest.mark.parametrize(
    ("lookup", "words"),
    [
        ("params: {fone: x}", "did you mean `phone`?"),
        ("params: {}", "at least one of `phone`"),
        ("operation: finde\n    params: {phone: x}", "did you mean `find`?"),
        ("request: {path: /x}", "write `params`, not `request`"),
        ("params: {phone: x}\n    pick: first", "remove `pick`"),
    ],
)
def test_a_lookup_that_does_not_fit_is_reported(
    compiled: Any, lookup: str, words: str
) -> None:
    made, messages = compiled.examine(source(), lookup)
    assert made is None and words in messages


def test_a_broken_file_is_reported_with_its_own_line(
    compiled: Any, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(GOOD + "1,2,3,4\n")
    compiled.examine(source(), "params: {phone: x}")
    _, problems = examine(tmp_path, environ={})
    wanted = Problem(
        "4 cells for 3 columns; put a cell with a separator in quotes",
        file=str(tmp_path / "t.csv"),
        line=3,
        column=1,
    )
    assert wanted in problems
