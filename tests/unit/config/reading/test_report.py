# ruff: noqa: E501 - a case stands on one line
"""Problems, their places, and the nearest known name."""

from __future__ import annotations

import copy

import pytest

from ivrhooks.basics.errors import Problem
from ivrhooks.config.reading.interpolated import Interpolated, as_written
from ivrhooks.config.reading.report import (
    Document,
    Location,
    Report,
    choice,
    closest,
    dotted,
    listed,
    nearest,
)
from ivrhooks.config.reading.yaml_reader import read_yaml


def location(text: str) -> Location:
    root, problems = read_yaml(text.encode())
    assert root is not None
    assert not problems
    return Location(Report(), Document("f.yaml", root))


def test_a_problem_stands_at_the_value_or_at_the_key() -> None:
    at = location("a:\n  b: [x, y]\n").at("a", "b")
    at.error("value")
    at.error("key", key=True)
    at.at(1).warning("item")
    at.at("missing").note("nothing there")
    assert list(map(str, at.report.problems())) == [
        "f.yaml:2:3: a.b: key",
        "f.yaml:2:3: note: a.b.missing: nothing there",
        "f.yaml:2:6: a.b: value",
        "f.yaml:2:10: warning: a.b[1]: item",
    ]


def test_the_same_problem_counts_once_and_only_errors_fail() -> None:
    report = Report()
    report.add(Problem("x", severity="warning"))
    report.add(Problem("x", severity="warning"))
    assert len(report.problems()) == 1
    assert not report.failed
    report.add(Problem("y", file="a"))
    assert report.failed
    assert report.failed_in("a")
    assert not report.failed_in("b")


def test_a_missing_value_has_one_problem() -> None:
    at = location("a: 1\n").at("a")
    at.suppress("not there")
    at.error("and wrong")
    assert [problem.message for problem in at.report.problems()] == ["not there"]


def test_a_misplaced_key_is_one_problem_whatever_stands_in_it() -> None:
    """The value of a key that does not belong there need not be mended."""
    root = location("a: {b: [x], bc: y}\n")
    root.at("a", "b").error("no text")
    root.at("a", "b", 0).warning("no text either")
    root.at("a", "bc").error("another key")
    root.report.add(Problem("another file", file="g.yaml", path="a.b"))
    root.at("a", "b").misplaced("remove b")
    assert [str(problem) for problem in root.report.problems()] == [
        "f.yaml:1:5: a.b: remove b",
        "f.yaml:1:17: a.bc: another key",
        "g.yaml:0:0: a.b: another file",
    ]


def test_words_as_a_sentence_lists_them() -> None:
    assert choice(["a"]) == "a"
    assert choice(["a", 2]) == "a or 2"
    assert choice(["a", "b", "c"]) == "a, b or c"


def test_interpolated_values_are_hidden_in_messages() -> None:
    at = location("a: x\n").at("a")
    at.document.root.value["a"].value = Interpolated("pre-hush", "pre-${A}", ("hush",))
    at.error("what of pre-hush?")
    assert at.report.problems()[0].message == "what of pre-***?"
    assert as_written(at.value()) == "pre-${A}"
    assert copy.deepcopy(at.value()) == "pre-hush"


def test_names_in_words() -> None:
    assert dotted(("mock", 0, "when", "tel")) == "mock[0].when.tel"
    assert nearest("telx", ["tel", "name"]) == " (did you mean `tel`?)"
    assert nearest("zzz", ["tel", "name"]) == ""
    assert listed(["a", "b"]) == "`a`, `b`"
    assert listed([]) == "none"


def test_a_value_as_it_is_written() -> None:
    shown = [as_written(value) for value in (True, False, None, 5, "x" * 99)]
    assert shown == ["true", "false", "null", "5", "x" * 57 + "..."]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("tle", "tel", "tel"),  # two letters swapped are one slip
        ("etl", "tel", "tel"),
        ("te", "tel", "tel"),
        ("t", "tel", None),
        ("Tel", "tel", "tel"),
        ("tex", "tel", "tel"),
        ("tix", "tel", None),
        ("inputs2", "inputs", "inputs"),
        ("timezone", "timeout", None),
        ("max", "max_length", None),
        ("lookpus", "lookups", "lookups"),
        ("loookupps", "lookups", "lookups"),
        ("outptus", "inputs", None),
    ],
)
def test_the_name_that_a_slip_stands_for(
    word: str, known: str, meant: str | None
) -> None:
    assert closest(word, [known]) == meant
    assert closest(word, []) is None


def test_the_closest_name_is_suggested_as_written() -> None:
    assert closest("ISVIP", ["isVipp", "isVip"]) == "isVip"
    assert closest("zzzz", ["isVip"]) is None


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("abc", 'a secret is written here in plain text; write "${NAME}" and set it in the environment'),
        ("$APP_KEY", '`$APP_KEY` is not filled in; write "${APP_KEY}"'),
        ("{{ APP_KEY }}", '`{{ APP_KEY }}` is not filled in; write "${APP_KEY}"'),
        ("{{env.APP_KEY}}", '`{{env.APP_KEY}}` is not filled in; write "${APP_KEY}"'),
        ("$app", 'a secret is written here in plain text; write "${NAME}" and set it in the environment'),
    ],
)  # fmt: skip
def test_a_secret_in_the_file_is_a_warning_and_an_exposure(
    written: str, message: str
) -> None:
    at = location(f"key: '{written}'\n").at("key")
    at.plain_secret()
    assert [problem.message for problem in at.report.problems()] == [message]
    assert [problem.severity for problem in at.report.problems()] == ["warning"]
    assert at.report.exposures() == at.report.problems()


def test_an_exposure_is_no_problem_of_an_unreadable_file() -> None:
    at = location("a: 1\nb: 2\n")
    at.at("b").exposure("open", key=True)
    at.at("a").suppress("not there")
    at.at("a").exposure("open as well")
    assert [str(problem) for problem in at.report.exposures()] == [
        "f.yaml:2:1: warning: b: open"
    ]
    assert [problem.message for problem in at.report.problems()] == ["not there"]


def test_a_misspelt_key_is_where_the_right_one_is_looked_for() -> None:
    root = location("lookups:\n  c: {soruce: crm}\n")
    at = root.at("lookups", "c")
    at.at("soruce").explains(meant="source", covers="params")
    assert at.at("source").value() == "crm" and at.at("source").has()
    at.at("source").error("no such source")
    at.at("params").error("is missing")
    assert [str(problem) for problem in root.report.problems()] == [
        "f.yaml:2:15: lookups.c.source: no such source"
    ]
    assert at.at("source").place() == "f.yaml:2"


def test_an_error_may_stand_lines_below_its_value() -> None:
    at = location("a: |\n  x\n  y\n").at("a")
    at.error("in the text", down=2)
    assert at.report.problems()[0].line == 3


def test_a_path_with_other_signs_is_written_in_brackets() -> None:
    assert dotted(("a.b", " ", "it's", "c", 2)) == "['a.b'][' '][\"it's\"].c[2]"
