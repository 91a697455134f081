# ruff: noqa: E501 - a case stands on one line
"""Values of a declared type, int or string: defaults, maps, mocks and tests."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.typed import LARGEST, typed

WHOLE = "write a whole number, without quotes"
TOO_LARGE = "this int is too large for JSON; write one within ±(2^53-1)"


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        (7, "int", 7),
        (-7, "int", -7),
        (LARGEST, "int", 2**53 - 1),
        (-LARGEST, "int", -(2**53 - 1)),
        (Interpolated("7", "${N}"), "int", 7),
        (Interpolated(" -7 ", "${N}"), "int", -7),
        ("", "string", ""),
        ("0123", "string", "0123"),
        (Interpolated("7", "${N}"), "string", "7"),
    ],
)
def test_a_value_of_its_type(
    location: Location, value: Any, type_: str, expected: Any
) -> None:
    made = typed(value, type_, location)
    assert made == expected
    assert type(made) is type(expected)
    assert location.report.problems() == ()


@pytest.mark.parametrize(
    ("value", "type_", "message"),
    [
        (LARGEST + 1, "int", TOO_LARGE),
        (-LARGEST - 1, "int", TOO_LARGE),
        (True, "int", f"this is true, but the type is int; {WHOLE}"),
        (1.0, "int", f"this is 1.0, but the type is int; {WHOLE}"),
        (None, "int", f"this is null, but the type is int; {WHOLE}"),
        ("7", "int", f"this is '7', but the type is int; {WHOLE}"),
        ([7], "int", f"this is no number, but the type is int; {WHOLE}"),
        ({}, "int", f"this is no number, but the type is int; {WHOLE}"),
        (Interpolated("x", "${N}"), "int", f"this is '${{N}}', but the type is int; {WHOLE}"),
        (7, "string", 'this is a number, but the type is string; write it in quotes: "7"'),
        (7.5, "string", 'this is a number, but the type is string; write it in quotes: "7.5"'),
        (True, "string", "this is true, but the type is string; write text, in quotes"),
        (None, "string", "this is null, but the type is string; write text, in quotes"),
        (["a"], "string", "this is no text, but the type is string; write one text"),
        ({}, "string", "this is no text, but the type is string; write one text"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_an_error(
    location: Location, value: Any, type_: str, message: str
) -> None:
    assert typed(value, type_, location) is None
    assert [problem.message for problem in location.report.problems()] == [message]
