"""The one renderer."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.cli.report import Result, counted, refused, reported, table


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
    assert json.loads(done.stdout) == {"name": "阮"}


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
    lines = table([("客户", "1"), ("customer", "2")], ("NAME", "NO"))
    assert [click.unstyle(line) for line in lines] == [
        "NAME      NO",
        "客户      1",
        "customer  2",
    ]


def test_a_table_without_rows_is_its_header() -> None:
    assert click.unstyle(table([], ("A", "B"))[0]) == "A  B"
