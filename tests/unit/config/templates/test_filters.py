"""The filters beside Jinja's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.config.calendars.calendar import Calendar
from ivrhooks.config.templates.filters import (
    ARGUMENTS,
    TemplateContext,
    argument_problem,
    filters,
)


class OwnMapping(dict[str, Any]):
    """Not a dict by name."""


AROUND = TemplateContext({"office": Calendar()}, "VN", UTC)


@pytest.fixture
def named() -> dict[str, Any]:
    return filters(AROUND)


@pytest.mark.parametrize(
    ("pairs", "key", "expected"),
    [
        ([{"key": "a", "value": 1}], "a", 1),
        ([{"field_code": "a", "value": "x"}], "a", "x"),
        ([{"key": 5, "value": "five"}], "5", "five"),
        ({"key": "a", "value": 1}, "a", 1),
        ([{"key": "b", "value": 1}], "a", None),
        ([None, 3, {"key": "a"}], "a", None),
        (None, "a", None),
        ("text", "a", None),
    ],
)
def test_field(named: dict[str, Any], pairs: Any, key: str, expected: Any) -> None:
    assert named["field"](pairs, key) == expected


def test_json_query(named: dict[str, Any]) -> None:
    assert named["json_query"]({"a": [{"b": 1}, {"b": 2}]}, "a[?b==`2`].b | [0]") == 2
    assert named["json_query"](None, "a") is None


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("starts_with(tel, '138')", True),
        ("length(tel)", 11),
        ("join('-', [tel, 'x'])", "13800000001-x"),
        ("keys(@)", ["tel"]),
        ("contains([tel], '13800000001')", True),
        ("to_string(tel)", "13800000001"),
    ],
)
def test_functions_of_json_query_take_a_number_and_an_own_mapping(
    named: dict[str, Any], query: str, value: Any
) -> None:
    """jmespath 1.1.0 goes by the name of a type."""
    inputs = OwnMapping(tel=PhoneNumber("13800000001"))
    assert named["json_query"](inputs, query) == value


def test_phone_in_the_region_of_the_configuration(named: dict[str, Any]) -> None:
    assert named["phone"]("0901234561", "e164") == "+84901234561"
    assert named["phone"](None, "e164") is None


def test_in_hours_takes_a_moment(named: dict[str, Any]) -> None:
    assert named["in_hours"](datetime(2026, 11, 20, tzinfo=UTC), "office") is False
    with pytest.raises(ValueError, match="takes `now`"):
        named["in_hours"]("2026-11-20", "office")


@pytest.mark.parametrize(
    ("name", "argument", "problem"),
    [
        ("phone", "e164", False),
        ("phone", "E164", True),
        ("phone", 5, True),
        ("in_hours", "office", False),
        ("in_hours", "shop", True),
        ("json_query", "a[0].b", False),
        ("json_query", "a[", True),
        ("field", "anything", False),
        ("hash", "sha256", False),
        ("hash", "sha257", True),
        ("hmac", "any key", False),
        ("regex_search", "[0-9]+", False),
        ("regex_search", "(", True),
        ("regex_replace", "(", True),
        ("to_datetime", "%Y", False),
    ],
)
def test_constant_arguments(name: str, argument: Any, problem: bool) -> None:
    assert bool(argument_problem(name, 0, argument, AROUND)) is problem


def test_the_algorithm_of_an_hmac_is_its_second_argument() -> None:
    assert argument_problem("hmac", 1, "sha512", AROUND) is None
    assert "did you mean" in (argument_problem("hmac", 1, "sha-512", AROUND) or "")


def test_each_filter_says_how_many_arguments_it_takes() -> None:
    assert set(filters(AROUND)) == set(ARGUMENTS)
