"""The order of lookups, and cycles."""

from __future__ import annotations

from ivrhooks.config.compile.order import cycle, in_order, lookup_order
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import read_yaml


def test_each_comes_after_those_it_waits_for() -> None:
    waits = {"c": {"b"}, "b": {"a"}, "a": set(), "d": set()}
    assert in_order(waits) == (("a", "d", "b", "c"), [])


def test_lookups_in_or_behind_a_cycle_are_left() -> None:
    waits = {"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}
    assert in_order(waits) == (("d",), ["a", "b", "c"])
    assert cycle("a", waits) == ["a", "b", "a"]
    assert cycle("c", waits) is None
    assert cycle("d", {"d": {"d"}}) == ["d", "d"]


def test_names_that_can_run_together_keep_the_files_order() -> None:
    waits: dict[str, set[str]] = {"z": set(), "a": set(), "m": {"a"}, "b": set()}
    assert in_order(waits) == (("z", "a", "b", "m"), [])


def test_the_shortest_way_back_is_reported() -> None:
    waits = {"a": {"b", "c"}, "b": {"d"}, "c": {"a"}, "d": {"a"}}
    assert cycle("a", waits) == ["a", "c", "a"]
    assert cycle("b", waits) == ["b", "d", "a", "b"]
    assert cycle("a", {"a": {"gone"}}) is None


def ordered(text: str, waits: dict[str, set[str]]) -> tuple[tuple[str, ...], list[str]]:
    root, _ = read_yaml(text.encode())
    assert root is not None
    location = Location(Report(), Document("a.yaml", root))
    order = lookup_order(waits, location.at("lookups"))
    return order, [str(problem) for problem in location.report.problems()]


def test_a_circle_is_one_error_at_the_first_of_its_lookups() -> None:
    """docs/rules.md#lookups: a circle is an error, at any lookup of it."""
    text = "lookups:\n  d: 1\n  a: 1\n  b: 1\n  c: 1\n"
    waits: dict[str, set[str]] = {"d": set(), "a": {"b"}, "b": {"a"}, "c": {"a"}}
    order, problems = ordered(text, waits)
    assert order == ("d", "a", "b", "c")
    assert problems == [
        "a.yaml:3:3: lookups.a: lookups wait for each other in a circle: a → b → a; "
        "take one of these names out of a template"
    ]


def test_two_circles_are_two_errors_and_none_is_no_error() -> None:
    text = "lookups:\n  c: 1\n  a: 1\n  b: 1\n"
    order, problems = ordered(text, {"c": {"a"}, "a": {"a"}, "b": {"b"}})
    assert order == ("c", "a", "b")
    assert [problem.split(": ")[1] for problem in problems] == [
        "lookups.a",
        "lookups.b",
    ]
    assert ordered(text, {"a": {"b"}, "b": set()}) == (("b", "a"), [])
