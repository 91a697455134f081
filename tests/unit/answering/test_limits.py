"""The messages about the limits of a parameter."""

from __future__ import annotations

import pytest
import regex

from ivrhooks.answering.limits import broken_limits, same_text, wanted
from ivrhooks.config.parameter import Parameter


@pytest.mark.parametrize(
    ("more", "value", "texts"),
    [
        ({"type": "int", "min": 1, "max": 5}, 3, []),
        ({"type": "int", "min": 1, "max": 5}, 0, ["send 1 or more"]),
        ({"type": "int", "min": 1, "max": 5}, 6, ["send 5 or less"]),
        ({"type": "int", "enum": (1, 2)}, 3, ["send one of: 1, 2"]),
        ({"type": "string", "max_length": 2}, "abc", ["send at most 2 characters"]),
        (
            {"type": "string", "pattern": regex.compile("^a")},
            "b",
            ["send a text that matches ^a"],
        ),
    ],
)
def test_a_broken_limit_says_what_to_send(more, value, texts) -> None:
    assert [
        *map(str, broken_limits(Parameter("p", place="input", **more), value))
    ] == texts


def test_interpolated_limits_are_not_shown() -> None:
    hidden = frozenset({"enum", "pattern"})
    parameter = Parameter(
        "p",
        "string",
        "input",
        enum=("s3cret",),
        pattern=regex.compile("s3"),
        hidden=hidden,
    )
    assert [*map(str, broken_limits(parameter, "other"))] == [
        "send the agreed value"
    ] * 2
    assert str(wanted(parameter)) == "this parameter with the agreed value"


def test_the_expected_value_is_described_in_prose() -> None:
    assert "whole number" in str(wanted(Parameter("p", "int", "input")))
    assert str(wanted(Parameter("p", "string", "header"))).startswith("this header")
    phone = Parameter("p", "string", "input", format="phone")
    assert "telephone number" in str(wanted(phone))


def test_texts_with_non_ascii_characters_are_compared() -> None:
    assert same_text("Nguyễn", "Nguyễn")
    assert not same_text("\ud800", "x")
