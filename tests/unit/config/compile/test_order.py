"""The order of lookups, and cycles."""

from __future__ import annotations

from ivrhooks.config.compile.order import cycle, in_order


def test_each_comes_after_those_it_waits_for() -> None:
    waits = {"c": {"b"}, "b": {"a"}, "a": set(), "d": set()}
    assert in_order(waits) == (("a", "d", "b", "c"), [])


def test_what_is_in_a_circle_or_behind_one_is_left() -> None:
    waits = {"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}
    assert in_order(waits) == (("d",), ["a", "b", "c"])
    assert cycle("a", waits) == ["a", "b", "a"]
    assert cycle("c", waits) is None
    assert cycle("d", {"d": {"d"}}) == ["d", "d"]
