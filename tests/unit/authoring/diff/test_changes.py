"""What one change means, where it stands, and the verdict of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ivrhooks.authoring.diff.changes import BREAKS, MAY, SAFE, Affected, Change, worst


@pytest.mark.parametrize(
    ("verdicts", "all_of_them"),
    [
        ([], SAFE),
        ([SAFE, SAFE], SAFE),
        ([SAFE, MAY], MAY),
        ([MAY, BREAKS, SAFE], BREAKS),
    ],
)
def test_the_worst_is_the_verdict_of_all(verdicts: list[str], all_of_them: str) -> None:
    assert worst(Change(verdict, "e", "n", "c") for verdict in verdicts) == all_of_them


OLD = "a: {b: [1, 2, {c: x}], d: 5}\ngone: 7\n"
NEW = "# a comment\na:\n  b:\n    - 1\n    - 2\n    - {c: y}\n  d: 5\n"


@pytest.mark.parametrize(
    ("was", "now", "path"),
    [
        ({"b": [1, 2, {"c": "x"}]}, {"b": [1, 2, {"c": "y"}]}, ("a", "b", 2, "c")),
        ({"d": 5, "b": 1}, {"d": 5, "b": 2}, ("a", "b")),
        ({"d": 5, "e": 1}, {"d": 5}, ("a", "e")),
        ([1], [1, 2], ("a", 1)),
        ([1, 2], [1], ("a",)),
        ([1, {"c": 1}], [1], ("a", 1)),
        ([{"c": 1}], [{"c": 1}, None], ("a",)),
        (5, 6, ("a",)),
        ({"b": 1}, [1], ("a",)),
        ({}, {}, ("a",)),
    ],
)  # fmt: skip
def test_the_place_is_the_first_thing_inside_that_differs(
    scope_of: Any, was: Any, now: Any, path: tuple[str | int, ...]
) -> None:
    assert scope_of(OLD, NEW).at("a").within(was, now).new.path == path


@pytest.mark.parametrize(
    ("path", "file", "line"),
    [
        (("a", "d"), "new.yaml", 7),
        (("a", "b", 2, "c"), "new.yaml", 6),
        (("gone",), "old.yaml", 2),
        (("neither",), "new.yaml", 2),
        (("a", "neither"), "new.yaml", 2),
    ],
)
def test_changes_are_placed_in_the_new_file_removals_in_the_old(
    scope_of: Any, path: tuple[str | int, ...], file: str, line: int
) -> None:
    change = scope_of(OLD, NEW).at(*path).change(MAY, "d", "changed", 4, 5)
    assert (change.file, change.line) == (file, line)
    assert (change.verdict, change.old, change.new) == (MAY, 4, 5)


class Everyone:
    """A change that reaches two endpoints, and says how it was asked."""

    def __init__(self) -> None:
        self.questions: list[tuple[tuple[str | int, ...], bool]] = []

    def of(self, path: Sequence[str | int], *, breaks: bool) -> tuple[Affected, ...]:
        self.questions.append((tuple(path), breaks))
        return (
            Affected("a", ("x",), used_by=("Main", "Night")),
            Affected("b", (), used_by=("Night", "Day")),
        )


def test_affected_callers_are_named_once_unless_safe(scope_of: Any) -> None:
    reach = Everyone()
    scope = replace(scope_of(OLD, NEW), reach=reach).at("a")
    assert scope.change(SAFE, "a", "changed").used_by == ()
    change = scope.change(BREAKS, "a", "changed")
    assert change.used_by == ("Main", "Night", "Day")
    assert [affected.endpoint for affected in change.affects] == ["a", "b"]
    own = replace(scope, used_by=("Mine",)).change(MAY, "a", "changed")
    assert own.used_by == ("Mine",)
    assert reach.questions == [(("a",), True), (("a",), False)]
