# ruff: noqa: E501 - a case stands on one line
"""The filters beside Jinja's own."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import Undefined

from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.basics.time_zones import zone
from ivrhooks.config.calendars.calendar import Calendar
from ivrhooks.config.templates.filters import (
    ARGUMENTS,
    TemplateContext,
    argument_problem,
    count_problem,
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


@pytest.mark.parametrize(
    ("name", "place", "argument", "problem"),
    [
        ("phone", 0, 5, "the filter phone takes a text, phone('…')"),
        ("phone", 0, "E164", "no form 'E164' of a number; write `e164`, `national`, `digits`"),
        ("in_hours", 0, "ofice", "no calendar 'ofice' (did you mean `office`?); calendars: `office`"),
        ("json_query", 0, "a[", "'a[' is no JMESPath ("),
        ("hash", 0, "sha257", "no hash 'sha257' (did you mean `sha256`?); write `md5`, `sha1`, `sha256`, `sha512`"),
        ("hmac", 1, "crc", "no hash 'crc'; write `md5`, `sha1`, `sha256`, `sha512`"),
        ("to_datetime", 0, "YYYY-MM-DD", "'YYYY-MM-DD' is no format of a moment; write '%Y-%m-%d %H:%M:%S'"),
        ("to_datetime", 0, "%Q", "'%Q' is no format of a moment; write '%Y-%m-%d %H:%M:%S'"),
        ("to_datetime", 0, "%d.%m.%Y %H:%M:%S.%f", None),
        ("to_datetime", 0, "%H:%M", None),
        ("hash", 1, "sha257", None),
        ("field", 0, "any", None),
        ("regex_replace", 1, "(", None),
    ],
)  # fmt: skip
def test_problems_of_constant_arguments(
    name: str, place: int, argument: Any, problem: str | None
) -> None:
    """docs/rules.md#templates: a constant argument that cannot work is an error."""
    message = argument_problem(name, place, argument, AROUND)
    if problem is None:
        assert message is None
    else:
        assert message is not None and message.startswith(problem)


@pytest.mark.parametrize(
    ("fewest", "most", "message"),
    [
        (0, 0, "the filter f takes no argument; write | f"),
        (1, 1, "the filter f takes one argument; write f('…')"),
        (0, 1, "the filter f takes 0 to 1 arguments; write f('…')"),
        (1, 2, "the filter f takes 1 to 2 arguments; write f('…')"),
        (2, 2, "the filter f takes 2 to 2 arguments; write f('…', '…')"),
    ],
)
def test_a_wrong_number_of_arguments_is_reported(
    fewest: int, most: int, message: str
) -> None:
    assert count_problem("f", fewest, most) == message


def test_the_number_of_arguments_is_that_of_the_filter(named: dict[str, Any]) -> None:
    for name, (fewest, most) in ARGUMENTS.items():
        parameters = [
            parameter
            for parameter in inspect.signature(named[name]).parameters.values()
            if parameter.name != "context"
        ]
        if name in ("opens_at", "closes_at"):
            assert (fewest, most) == (0, 0)
            continue
        needed = [p for p in parameters[1:] if p.default is inspect.Parameter.empty]
        assert (fewest, most) == (len(needed), len(parameters) - 1), name


def test_the_next_opening_and_closing_are_texts_of_the_calendars_zone() -> None:
    hours = Calendar(days=(((540, 1080),),) + ((),) * 6)
    context = TemplateContext({"office": hours}, "CN", zone("Asia/Shanghai"))
    made = {"now": datetime(2026, 11, 16, 2, tzinfo=UTC)}  # ten in Shanghai, a Monday
    own = filters(context)
    assert own["closes_at"](made, "office") == "2026-11-16T18:00:00+08:00"
    assert own["opens_at"](made, "office") == "2026-11-23T09:00:00+08:00"
    own = filters(TemplateContext({"office": hours}))
    assert own["closes_at"](made, "office") is None  # two in the morning, in UTC
    assert own["in_hours"](datetime(2026, 11, 16, 9, tzinfo=UTC), "office") is True
    with pytest.raises(ValueError, match="with its time zone"):
        own["in_hours"](datetime(2026, 11, 16, 9), "office")


def test_a_missing_value_has_no_form_and_no_field(named: dict[str, Any]) -> None:
    assert named["phone"](Undefined(), "e164") is None
    assert named["json_query"](Undefined(), "a") is None
    assert named["field"]([{"key": None, "value": 1}], "None") is None
