"""A pattern is quick only where it cannot search for long."""

from __future__ import annotations

import time
from typing import Any

import pytest
import regex

from ivrhooks.config.parameter import Parameter, is_quick


@pytest.mark.parametrize(
    "pattern",
    [r"^[+ ]?[0-9]{5,15}$", r"^[0-9]+$", r"A-[0-9]{6}", r"^\+84", r"[\]()*]{3}", ""],
)
def test_a_plain_pattern_is_quick(pattern: str) -> None:
    assert is_quick(pattern)
    for text in ("0" * 1000, "+" * 1000, "A-" * 500, "]" * 1000):
        start = time.process_time()
        regex.search(pattern, text)
        assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "a|b", "a*b*c*$", "^(?:x{1,9}){1,9}$", "[0-9]{1,}[0-9]?", r"(.)\1"],
)
def test_a_backtracking_pattern_is_not_quick(pattern: str) -> None:
    assert not is_quick(pattern)


def parameter(**settings: Any) -> Parameter:
    return Parameter("tel", "string", "input", **settings)


@pytest.mark.parametrize(
    ("settings", "limited"),
    [
        ({}, False),
        ({"required": True, "default": "x", "equals": "x"}, False),
        ({"enum": ("a",)}, True),
        ({"min": 0}, True),
        ({"max": 0}, True),
        ({"max_length": 0}, True),
        ({"pattern": regex.compile("a")}, True),
    ],
)
def test_only_a_parameter_with_limits_is_held_to_them(
    settings: dict[str, Any], limited: bool
) -> None:
    assert parameter(**settings).limited is limited


def test_the_name_on_the_wire_is_the_name_unless_another_is_declared() -> None:
    assert parameter().wire == "tel"
    assert parameter(wire="caller number").wire == "caller number"


def test_interpolated_values_are_confidential() -> None:
    """docs/rules.md#inputs: what came from the environment is never told."""
    pattern = regex.compile(r"^\+84\.9$")
    plain = parameter(enum=("a", 1), pattern=pattern, equals="hush")
    assert (plain.shown_enum, plain.shown_pattern) == (("a", 1), r"^\+84\.9$")
    assert not plain.confidential
    assert plain.secret_texts == {"hush"}
    enum = parameter(enum=("a", 1), hidden=frozenset({"enum"}))
    assert (enum.shown_enum, enum.shown_pattern) == ((), "")
    assert enum.confidential
    assert enum.secret_texts == {"a", "1"}
    hidden = parameter(pattern=pattern, enum=("a",), hidden=frozenset({"pattern"}))
    assert (hidden.shown_enum, hidden.shown_pattern) == (("a",), "")
    assert hidden.secret_texts == {r"^\+84\.9$", "+84.9"}
    assert parameter(secret=True, equals="x").confidential
    assert parameter().secret_texts == frozenset()


def test_a_pattern_is_quick_up_to_a_thousand_ways() -> None:
    assert is_quick("a?" * 9) and not is_quick("a?" * 10)
    assert is_quick("a{1,1000}") and not is_quick("a{0,1000}")
    assert is_quick("a{5}" * 99) and is_quick("a{3,3}" * 99)
    assert is_quick("a*") and not is_quick("a*b?")
    assert not is_quick("a{2,}b{1,2}")
    assert parameter(pattern=regex.compile("a+")).quick_pattern
    assert not parameter(pattern=regex.compile("(a+)+")).quick_pattern
    assert not parameter().quick_pattern
