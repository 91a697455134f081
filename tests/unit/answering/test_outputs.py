from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrhooks.answering.outputs import CompiledOutputs, Origins, all_defaults, fit
from ivrhooks.answering.scope import RequestScope
from ivrhooks.answering.trace import LookupRun
from ivrhooks.basics.phone import read_phone
from ivrhooks.config.plan import MockRule
from ivrhooks.sources.interface import Outcome

FAILED = ["timeout", "error", "open", "busy"]
NOT = object()


@pytest.fixture(scope="session")
def filled(build):
    """The outputs of a plan whose lookup ``customer`` gave a record."""

    def run(*rules, record=None, status="ok", age=None, **more):
        runs = [
            LookupRun(
                "customer",
                status,
                record,
                source="crm",
                outcome=Outcome(status, record, age=age),
            )
        ]
        scope = RequestScope({}, {}, datetime.now(UTC), "r-1", [])
        scope.set_result("customer", status, record)
        plan = build.plan(build.lookup(), *rules, **more)
        return CompiledOutputs(plan).fill(scope, runs)

    return run


@pytest.fixture(scope="session")
def value_of(build, filled):
    """The one output made of a raw value; NOT where it is left out."""

    def run(kind, raw, **more):
        more.setdefault("default", None)
        more.setdefault("optional", True)
        rule = build.output("x", kind, **more)
        return filled(rule, record={"x": raw}).values.get("x", NOT)

    return run


# ------------------------------------------------------------------- conversion


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (7, 7),
        (7.0, 7),
        (-0.0, 0),
        ("7", 7),
        ("-7", -7),
        ("007", 7),
        ("7.0", 7),
        (True, 1),
        (False, 0),
        (2**53 - 1, 2**53 - 1),
        (-(2**53 - 1), -(2**53 - 1)),
    ],
)
def test_values_are_converted_to_int(value_of, raw, value):
    answered = value_of("int", raw)
    assert (answered, type(answered)) == (value, int)


@pytest.mark.parametrize(
    "raw",
    [
        2**53,
        -(2**53),
        str(2**53),
        1e300,
        7.5,
        "7.5",
        math.nan,
        math.inf,
        "",
        "x",
        "1_0",
        "٣",
        "+7",
        "0x1",
        [7],
        {"n": 7},
        None,
        object(),
    ],
)
def test_values_that_are_no_int_are_not_converted(value_of, raw):
    assert value_of("int", raw) is NOT


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("text", "text"),
        (7, "7"),
        (7.0, "7"),
        (7.25, "7.25"),
        (1e20, "100000000000000000000"),
        (True, "1"),
        (False, "0"),
        (["a", 1, 2.0, True], "a,1,2,1"),
        (10**30, "1" + "0" * 30),
        (read_phone("+84 90"), "8490"),
    ],
)
def test_values_are_converted_to_text(value_of, raw, value):
    answered = value_of("string", raw)
    assert (answered, type(answered)) == (value, str)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        {},
        {"a": 1},
        [],
        [None],
        ["a", {}],
        [["a"]],
        math.nan,
        math.inf,
        [""],
        object(),
        b"bytes",
    ],
)
def test_values_that_are_no_text_are_not_converted(value_of, raw):
    assert value_of("string", raw) is NOT


def test_control_characters_and_lone_surrogates_are_removed_first(value_of):
    assert value_of("string", "a\x00b\r\nc\ud800d\x7f\x85") == "abcd"
    assert value_of("string", "\n\x00\udfff") is NOT
    assert value_of("int", "\x007\n") == 7
    assert value_of("string", "A\n", map={"A": "gold"}) == "gold"
    assert value_of("string", "-\n", empty=frozenset({"", "-"})) is NOT


def test_max_length_cuts_after_that_many_characters(value_of):
    assert value_of("string", "Nguyễn Văn", max_length=6) == "Nguyễn"
    assert value_of("string", "a\nbcd", max_length=2) == "ab"


@pytest.mark.parametrize("raw", ["", "0000-00-00"])
def test_texts_declared_empty_are_no_value(value_of, raw):
    empty = frozenset({"", "0000-00-00"})
    assert value_of("string", raw, empty=empty) is NOT
    assert value_of("string", raw, empty=empty, map={raw: "mapped"}) is NOT


# -------------------------------------------------------------------------- map


@pytest.mark.parametrize(
    ("raw", "value"), [("1", 9), (1, 9), (1.0, 9), (True, 9), ("0", 8), (False, 8)]
)
def test_a_map_is_applied_to_the_text_form(value_of, raw, value):
    assert value_of("int", raw, map={"1": 9, "0": 8}) == value


@pytest.mark.parametrize("raw", ["2", 2, None, {}, "", "one"])
def test_a_value_outside_the_map_is_no_value(value_of, raw):
    assert value_of("int", raw, map={"1": 9}) is NOT


def test_a_list_is_mapped_by_its_joined_text(value_of):
    assert value_of("string", ["a", "b"], map={"a,b": "both"}) == "both"


def test_a_map_may_answer_an_empty_text(value_of):
    assert value_of("string", "1", map={"1": ""}) == ""


# --------------------------------------------------------------------- defaults


def test_no_value_from_a_healthy_source_is_the_default(build, filled):
    rule = build.output("x", "int", default=4)
    for record in ({}, {"x": None}, {"x": "abc"}, [], "text", None):
        outputs = filled(rule, record=record)
        assert (outputs.values, outputs.reasons) == ({"x": 4}, {"x": "no_value"})


def test_no_value_from_a_healthy_source_leaves_an_optional_output_out(build, filled):
    rule = build.output("x", "int", default=4, optional=True)
    assert filled(rule, record={}).values == {}


@pytest.mark.parametrize("status", FAILED)
def test_a_failed_lookup_gives_the_default_despite_the_template(build, filled, status):
    always = build.expression(lambda scope: "always", "customer")
    rules = [
        build.output("x", "int", default=4),
        build.output("y", value=always, default="d"),
        build.output("z", default="d", optional=True),
        build.output("left_out", default=None, optional=True),
    ]
    outputs = filled(*rules, record={"x": 7}, status=status)
    assert outputs.values == {"x": 4, "y": "d", "z": "d"}
    assert set(outputs.reasons.values()) == {status}


def test_an_output_that_reads_only_a_status_is_no_default(build, filled):
    rule = build.output("state", value=build.status_of("customer"), default="error")
    assert filled(rule, status="timeout").values == {"state": "timeout"}


@pytest.mark.parametrize("status", ["ok", "stale"])
def test_a_stale_result_fills_the_output(build, filled, status):
    rule = build.output("x")
    assert filled(rule, record={"x": "v"}, status=status).values == {"x": "v"}


@pytest.mark.parametrize("status", ["not_found", "skipped"])
def test_a_default_has_the_lookup_status_as_its_reason(build, filled, status):
    outputs = filled(build.output("x"), status=status)
    assert outputs.reasons == {"x": status}


def test_a_template_that_raises_gives_the_default(build, filled):
    def broken(scope):
        raise RecursionError

    outputs = filled(build.output("x", value=build.expression(broken), default="d"))
    assert outputs.values == {"x": "d"}


def test_outputs_keep_their_declared_order(build, filled):
    names = ["z", "a", "m"]
    outputs = filled(*map(build.output, names), record={"a": "1", "z": "2"})
    assert list(outputs.values) == names


def test_all_defaults_omits_only_optional_outputs_without_default(build):
    plan = build.plan(
        build.output("a", "int", default=1, map={"1": 5}),
        build.output("b", default="d", optional=True),
        build.output("c", default=None, optional=True),
        build.output("d", default="two\nlines"),
    )
    assert all_defaults(plan, "invalid_input").values == {
        "a": 1,
        "b": "d",
        "d": "twolines",
    }


# ------------------------------------------------------------------------- mock


@pytest.fixture
def mocked(build):
    def run(*entries, inputs=None):
        plan = build.plan(
            build.output("isVip", "int", default=9, map={"1": 5}),
            build.output("level", default="none", max_length=3),
            build.output("city", default="x", optional=True),
            mode="mock",
            mock=tuple(MockRule(when, outputs) for when, outputs in entries),
        )
        return CompiledOutputs(plan).fill_mock(inputs or {})

    return run


def test_the_first_matching_mock_is_used_without_a_map(mocked):
    first = ({"tel": "1"}, {"isVip": 1, "level": "gold"})
    outputs = mocked(first, ({}, {"isVip": 0}), inputs={"tel": "1"})
    assert outputs.values == {"isVip": 1, "level": "gol"}
    outputs = mocked(first, ({}, {"isVip": 0}), inputs={"tel": "2"})
    assert outputs.values == {"isVip": 0, "level": "none"}


def test_outputs_without_a_matching_mock_are_no_value(mocked):
    for outputs in (mocked(), mocked(({"tel": "1"}, {"isVip": 1}))):
        assert outputs.values == {"isVip": 9, "level": "none"}
        assert set(outputs.reasons.values()) == {"no_value"}


def test_a_mock_matches_only_if_all_its_inputs_match(mocked):
    entry = ({"a": "x", "n": 7}, {"isVip": 1})
    assert mocked(entry, inputs={"a": "x", "n": 7}).values["isVip"] == 1
    assert mocked(entry, inputs={"a": "x", "n": 8}).values["isVip"] == 9
    assert mocked(entry, inputs={"a": "x", "n": "7"}).values["isVip"] == 9
    assert mocked(entry, inputs={"a": "x", "n": None}).values["isVip"] == 9


@pytest.mark.parametrize("sent", ["13800000001", "+13800000001", "138-0000 (0001)"])
def test_a_mock_compares_telephone_numbers_by_their_digits(mocked, sent):
    entry = ({"tel": "138 0000 0001"}, {"isVip": 1})
    assert mocked(entry, inputs={"tel": read_phone(sent)}).values["isVip"] == 1


def test_a_mock_matches_a_withheld_number_in_any_letter_case(mocked):
    entry = ({"tel": "anonymous"}, {"isVip": 1})
    inputs = {"tel": read_phone("Anonymous")}
    assert mocked(entry, inputs=inputs).values["isVip"] == 1


# ------------------------------------------------------------------------- size


@settings(deadline=None)
@given(
    st.dictionaries(st.text(max_size=3), st.text(max_size=90) | st.integers(0, 9)),
    st.integers(min_value=10, max_value=300),
)
def test_the_longest_strings_are_cut_until_the_answer_fits(values, limit):
    before = dict(values)
    try:
        orjson.dumps(values)
    except TypeError:
        return
    empty = orjson.dumps(
        {n: "" if isinstance(v, str) else v for n, v in values.items()}
    )
    body = fit(values, limit, orjson.dumps)
    assert json.loads(body) == values
    assert len(body) <= max(limit, len(empty))
    assert list(values) == list(before)
    cut = [len(values[n]) for n, v in before.items() if values[n] != v]
    for name, value in before.items():
        if isinstance(value, str):
            assert value.startswith(values[name])
            assert not cut or len(values[name]) <= max(cut)
        else:
            assert values[name] == value


def test_an_answer_is_cut_to_exactly_the_limit():
    values = {"long": "x" * 9000, "short": "y" * 20, "n": 1}
    body = fit(values, 4000, orjson.dumps)
    assert len(body) == 4000
    assert values["short"] == "y" * 20


# ---------------------------------------------------------------------- origins


def origin(build, outputs, **more):
    return Origins(outputs, **more)[0]


@pytest.mark.parametrize(
    ("status", "age", "word"),
    [("ok", None, "source"), ("ok", 3.0, "cache"), ("stale", 9.0, "stale")],
)
def test_an_origin_has_its_source_and_path(build, filled, status, age, word):
    rule = build.output("x", map={"1": "one"})
    outputs = filled(rule, record={"x": "1"}, status=status, age=age)
    shown = origin(build, outputs)
    assert (shown.name, shown.type, shown.value) == ("x", "string", "one")
    assert (shown.origin, shown.source, shown.path, shown.raw) == (
        word,
        "crm",
        "x",
        "1",
    )
    assert shown.because == ""


def test_the_origin_of_a_default_has_its_cause(build, filled):
    unmapped = build.output("x", default="d", map={"1": "one"})
    shown = origin(build, filled(unmapped, record={"x": "2"}))
    assert (shown.origin, shown.because, shown.value) == ("default", "not_mapped", "d")
    shown = origin(build, filled(build.output("x"), status="open"))
    assert (shown.origin, shown.because) == ("default", "open")


def test_an_omitted_output_has_no_value(build, filled):
    outputs = filled(build.output("x", optional=True), record={})
    shown = origin(build, outputs)
    assert (shown.origin, shown.because, shown.value) == ("omitted", "no_value", None)


def test_constants_and_mocks_have_different_origins(build, filled, mocked):
    outputs = filled(build.output("x", value=build.constant("c")))
    assert origin(build, outputs).origin == "constant"
    outputs = mocked(({}, {"isVip": 1}))
    assert [shown.origin for shown in Origins(outputs, mocked=True)] == [
        "mock",
        "default",
        "omitted",
    ]
    assert len(Origins(outputs)) == 3


# -------------------------------------------------------------------------- any

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(["1", "2", "\ud800", "\x00", "0000-00-00"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=6,
)
statuses = st.sampled_from(["ok", "not_found", "stale", "skipped", *FAILED])


@settings(deadline=None)
@given(record=anything, a=anything, b=anything, status=statuses)
def test_every_output_has_its_type_for_any_record(build, filled, record, a, b, status):
    if isinstance(record, dict):
        record = {**record, "a": a, "b": b, "c": a, "d": b, "e": a}
    rules = [
        build.output("a", "int", default=3),
        build.output("b", default="d", max_length=4),
        build.output("c", "int", default=3, map={"1": 1, "2": 2}),
        build.output("d", default="d", map={"1": "one"}),
        build.output("e", "int", default=None, optional=True),
        build.output("f", "int", default=None),
    ]
    outputs = filled(*rules, record=record, status=status)
    body = orjson.dumps(outputs.values)
    assert b"\n" not in body
    answer = json.loads(body, parse_constant=pytest.fail)
    assert [name for name in answer if name != "e"] == ["a", "b", "c", "d", "f"]
    for name, kind in zip("abcdef", (int, str, int, str, int, int), strict=True):
        if name in answer:
            assert type(answer[name]) is kind
    assert all(shown.name for shown in Origins(outputs))
