"""The one renderer."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from click.testing import CliRunner

from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.cli.report import Result, counted, fitted, refused, reported, show, table


@click.command()
@click.argument("status", type=int)
@reported
def command(status: int) -> Result:
    if status < 0:
        raise ConfigError([Problem("is wrong", "a.yaml", 3, 5, "outputs.x")])
    return Result({"name": "阮"}, ["first", "second"], status)


def test_a_result_is_printed_as_lines_for_people() -> None:
    done = CliRunner().invoke(command, ["0"])
    assert (done.exit_code, done.stdout) == (0, "first\nsecond\n")


def test_a_result_is_printed_as_json_for_programs() -> None:
    done = CliRunner().invoke(command, ["0", "--json"])
    assert json.loads(done.stdout) == {"ok": True, "name": "阮"}
    done = CliRunner().invoke(command, ["3", "--json"])
    assert json.loads(done.stdout) == {"ok": False, "name": "阮"}


@pytest.mark.parametrize(
    ("data", "document", "printed"),
    [
        ({"name": "desk"}, False, {"ok": True, "name": "desk"}),
        ({"ok": False}, False, {"ok": False}),
        ({"openapi": "3.1.0"}, True, {"openapi": "3.1.0"}),
        ([{"name": "desk"}], False, [{"name": "desk"}]),
    ],
)
def test_json_of_a_verb_says_whether_it_went_well_and_a_document_does_not(
    capsys: pytest.CaptureFixture[str], data: Any, document: bool, printed: Any
) -> None:
    show(Result(data, [], document=document), as_json=True)
    assert json.loads(capsys.readouterr().out) == printed


def test_the_result_decides_the_exit_status() -> None:
    assert CliRunner().invoke(command, ["3"]).exit_code == 3


def test_a_refused_configuration_is_its_problems_and_status_one() -> None:
    done = CliRunner().invoke(command, ["--", "-1"])
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "a.yaml:3:5: outputs.x: is wrong",
        "The configuration is refused: 1 error.",
    ]


def test_problems_have_the_same_keys_everywhere() -> None:
    data = refused([Problem("is wrong")]).data
    assert list(data) == ["ok", "problems"]
    assert list(data["problems"][0]) == [
        *("severity", "file", "line", "column", "path", "message")
    ]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 errors"), (1, "1 error"), (2, "2 errors")]
)
def test_things_are_counted_in_words(number: int, text: str) -> None:
    assert counted(number, "error") == text


def test_columns_stand_below_each_other_also_in_chinese() -> None:
    rows = [("客户", "1"), ("ＶＩＰ", "3"), ("customer", "2")]
    lines = table(rows, ("NAME", "NO"))
    assert [click.unstyle(line) for line in lines] == [
        "NAME      NO",
        "客户      1",
        "ＶＩＰ    3",
        "customer  2",
    ]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")


@pytest.mark.usefixtures("terminal")
def test_a_table_fits_the_terminal_and_loses_nothing() -> None:
    rows = [("customer", "ok", "no connection to 127.0.0.1 port 8090")]
    rows.append(("客户", "error", "客户系统没有在规定的时间内回答这个问题"))
    lines = [click.unstyle(line) for line in table(rows, ("STEP", "RESULT", "WHY"))]
    assert lines == [
        "STEP      RESULT  WHY",
        "customer  ok      no",
        "                  connection",
        "                  to 127.0.0.1",
        "                  port 8090",
        "客户      error   客户系统没有",
        "                  在规定的时间",
        "                  内回答这个问",
        "                  题",
    ]


@pytest.mark.parametrize(
    ("widths", "room", "fitting"),
    [
        ([5, 5], 80, [5, 5]),
        ([20, 20], 32, [15, 15]),
        ([60, 5, 30], 40, [15, 5, 16]),
        ([60, 60], 4, [8, 8]),
    ],
)
def test_the_widest_columns_give_way(
    widths: list[int], room: int, fitting: list[int]
) -> None:
    assert fitted(widths, room) == fitting


def test_a_table_without_rows_is_its_header() -> None:
    assert click.unstyle(table([], ("A", "B"))[0]) == "A  B"
