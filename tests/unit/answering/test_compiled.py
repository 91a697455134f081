"""The precomputed quick checks agree with the full ones."""

from __future__ import annotations

from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.answering import contract, outputs
from ivrhooks.answering.compiled import CompiledPlan
from ivrhooks.answering.limits import broken_limits, fits_of
from ivrhooks.basics.phone import read_phone
from ivrhooks.basics.time_zones import UnknownZone
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import OutputRule

TEXTS = st.one_of(
    st.text(max_size=30),
    st.text("0123456789 +-.", max_size=24),
    st.sampled_from(
        ["", "a\x00b", "0123", "999999999999999999", "٣", "1.0", "x" * 1200]
    ),
)
VALUES = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.lists(st.integers() | st.text(max_size=3), max_size=3),
    st.just({"a": 1}),
    TEXTS.map(lambda text: read_phone(text, "CN")),
)
PARAMETERS: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "pattern": regex.compile("^[+ ]?[0-9]{5,15}$")},
    {"type": "string", "pattern": regex.compile("(a|b)+"), "max_length": 5},
    {"type": "string", "max_length": 3},
    {"type": "string", "enum": ("a", "0123"), "default": "a"},
    {"type": "string", "default": "d"},
    {"type": "string", "format": "phone", "read_phone": lambda t: read_phone(t, "CN")},
    {"type": "string", "equals": "agreed"},
    {"type": "int"},
    {"type": "int", "min": 1, "max": 10**12},
    {"type": "int", "enum": (1, 7), "default": 7},
]
RULES: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "max_length": 2},
    {"type": "string", "empty": frozenset({"", "0000-00-00", "0123"})},
    {"type": "string", "map": {"1": "one", "0123": "", "x": "exes"}, "max_length": 3},
    {"type": "int"},
    {"type": "int", "map": {"1": 1, "true": 5, "-": 2**60}},
]


@pytest.mark.parametrize("settings", PARAMETERS)
@given(value=VALUES)
def test_the_quick_reader_agrees_with_the_contract(
    build: Any, settings: dict[str, Any], value: Any
) -> None:
    parameter = Parameter("x", place="input", **settings)
    quick = contract._quick(parameter)
    typed = None if quick is None else quick(value)
    if typed is not None:
        problems: dict[str, list[str]] = {}
        plan = build.plan(parameter, build.output())
        expected = contract._typed(plan, parameter, value, problems, [])
        assert (typed, type(typed), problems) == (expected, type(expected), {})


@pytest.mark.parametrize("settings", PARAMETERS)
@given(value=TEXTS)
def test_limits_without_messages_agree_with_the_limits(
    settings: dict[str, Any], value: str
) -> None:
    parameter = Parameter("x", place="input", **settings)
    fits = fits_of(parameter)
    typed = 7 if parameter.type == "int" else value
    if fits is None:
        assert broken_limits(parameter, typed) == []
    else:
        assert fits(typed) is not bool(broken_limits(parameter, typed))


@pytest.mark.parametrize("settings", RULES)
@given(raw=VALUES)
def test_the_quick_conversion_agrees_with_the_full_one(
    settings: dict[str, Any], raw: Any
) -> None:
    keys = {"empty": frozenset({""}), **settings}
    rule = OutputRule("x", value=None, lookups=frozenset(), **keys)
    value = outputs._quick(rule)(raw)
    if value is not None:
        expected, _ = outputs._convert(rule, raw)
        assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("settings", "value", "typed"),
    [(PARAMETERS[0], "abc", "abc"), (PARAMETERS[1], "13800000001", "13800000001")],
)
def test_common_values_take_the_quick_reader(
    settings: dict[str, Any], value: str, typed: Any
) -> None:
    quick = contract._quick(Parameter("x", place="input", **settings))
    assert quick is not None
    assert quick(value) == typed


def test_each_mocked_answer_is_a_new_object(build: Any) -> None:
    plan = build.plan(build.output("level", default="d"), mode="mock")
    compiled = CompiledPlan(plan, {})
    first = compiled.outputs.fill_mock({})
    first.values["level"] = "cut"
    assert compiled.outputs.fill_mock({}).values == {"level": "d"}
    assert compiled.is_mock


def test_an_unknown_time_zone_is_refused(build: Any) -> None:
    with pytest.raises(UnknownZone):
        CompiledPlan(build.plan(build.output(), timezone="No/Such"), {})
