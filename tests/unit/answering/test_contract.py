from __future__ import annotations

import time

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrhooks.answering import contract
from ivrhooks.answering.limits import SEARCHED
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.config.compile.parameters import walker
from ivrhooks.languages.catalogue import because


def texts_of(error: ContractError) -> dict[str, list[str]]:
    """What a refusal says of each parameter."""
    return {name: [*map(str, reasons)] for name, reasons in error.fields.items()}


def refused(plan, request):
    with pytest.raises(ContractError) as caught:
        contract.check(plan, request)
    return caught.value


def only(build, parameter, **request):
    plan = build.plan(parameter)
    return contract.check(plan, build.request(**request)).inputs[parameter.name]


# ------------------------------------------------------------------- where from


def test_the_body_overrides_the_query_string(build):
    value = only(build, build.input("a"), body={"a": "body"}, query={"a": "query"})
    assert value == "body"


def test_the_query_string_overrides_the_body_of_a_get(build):
    plan = build.plan(build.input("a"), method="GET", format="query")
    request = build.request(method="GET", body={"a": "body"}, query={"a": "query"})
    assert contract.check(plan, request).inputs == {"a": "query"}


def test_the_body_of_a_get_completes_its_query_string(build):
    plan = build.plan(build.input("a"), method="GET", format="query")
    request = build.request(method="GET", body={"a": "body"})
    assert contract.check(plan, request).inputs == {"a": "body"}


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_int_that_is_empty_in_the_body_is_read_from_the_query_string(build, empty):
    value = only(build, build.input("n", "int"), body={"n": empty}, query={"n": "7"})
    assert value == 7


def test_an_empty_string_with_a_default_is_read_from_the_query_string(build):
    parameter = build.input("a", default="x")
    assert only(build, parameter, body={"a": ""}, query={"a": "q"}) == "q"


def test_an_empty_string_without_default_or_enum_is_a_value(build):
    assert only(build, build.input("a"), body={"a": ""}, query={"a": "q"}) == ""
    assert only(build, build.input("a", required=True), body={"a": ""}) == ""


@pytest.mark.parametrize("more", [{"default": "x"}, {"enum": ("x", "y")}])
def test_an_empty_string_with_default_or_enum_counts_as_missing(build, more):
    parameter = build.input("a", **more)
    assert only(build, parameter, body={"a": ""}) == more.get("default")


def test_null_counts_as_missing(build):
    assert only(build, build.input("a"), body={"a": None}) is None
    assert only(build, build.input("a", default="x"), body={"a": None}) == "x"


def test_undeclared_parameters_are_ignored(build):
    plan = build.plan(build.input("a"))
    body = {"a": "1", "m": "", "token": "t", "nested": {"x": [1]}}
    assert contract.check(plan, build.request(body=body)).inputs == {"a": "1"}


# ------------------------------------------------------------------------ types


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        *[("7", 7), (" -7\t", -7), (7, 7), ("007", 7), ("9" * 18, int("9" * 18))],
        *[(-0, 0), (7.0, 7), (-0.0, 0), (1e17, 10**17), (True, 1), (False, 0)],
    ],
)
def test_an_int_is_an_integer_or_an_integral_text(build, sent, typed):
    assert only(build, build.input("n", "int"), body={"n": sent}) == typed


NO_INT_TEXTS = ["7.0", "9" * 19, "+7", "1_0", "٣", "１", "0x1", "1e3", "--1", "1 2"]
NO_INTS = [7.5, 10**18, 1e18, [], [7], {}, {"n": 7}, float("nan"), float("inf")]


@pytest.mark.parametrize("sent", [*NO_INT_TEXTS, *NO_INTS])
def test_other_values_for_an_int_are_refused(build, sent):
    error = refused(
        build.plan(build.input("n", "int")), build.request(body={"n": sent})
    )
    assert (error.code, error.status) == ("invalid_input", 400)
    assert list(error.fields) == ["n"]
    assert "whole number" in str(error.fields["n"][0])


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        *[("0123", "0123"), (7, "7"), (-3, "-3"), (7.0, "7"), (1.5, "1.5")],
        *[(True, "1"), (False, "0"), (1e30, "1e+30")],
    ],
)
def test_a_string_is_a_text_a_number_or_a_boolean(build, sent, typed):
    assert only(build, build.input("a"), body={"a": sent}) == typed


WHAT_TO_SEND = "send this parameter as a text, or a number of at most 18 digits"


@pytest.mark.parametrize("sent", [10**18, float("inf"), [], ["a"], {}, {"a": "b"}])
def test_other_values_for_a_string_are_refused(build, sent):
    error = refused(build.plan(build.input("a")), build.request(body={"a": sent}))
    assert texts_of(error) == {"a": [WHAT_TO_SEND]}


def test_a_missing_required_parameter_is_named_with_what_to_send(build):
    error = refused(build.plan(build.input("tel", required=True)), build.request())
    assert texts_of(error) == {"tel": [f"is missing; {WHAT_TO_SEND}"]}


def test_all_problems_are_reported_at_once(build):
    plan = build.plan(
        build.header("X-Shop", required=True),
        build.input("a", "int"),
        build.input("b", required=True),
        build.input("c", max_length=2, pattern=regex.compile("^z")),
    )
    error = refused(plan, build.request(body={"a": "x", "c": "abc"}))
    assert list(error.fields) == ["X-Shop", "a", "b", "c"]
    assert len(error.fields["c"]) == 2


# ------------------------------------------------------------------ constraints


@pytest.mark.parametrize(
    ("more", "sent", "says"),
    [
        ({"min": 1}, 0, "send 1 or more"),
        ({"max": 9}, 10, "send 9 or less"),
        ({"enum": (1, 2)}, 3, "send one of: 1, 2"),
    ],
)
def test_an_int_outside_its_limits_is_refused(build, more, sent, says):
    plan = build.plan(build.input("n", "int", **more))
    assert texts_of(refused(plan, build.request(body={"n": sent}))) == {"n": [says]}


@pytest.mark.parametrize(
    ("more", "sent", "says"),
    [
        ({"max_length": 2}, "abc", "send at most 2 characters"),
        ({"pattern": regex.compile("^SO-")}, "x", "send a text that matches ^SO-"),
        ({"enum": ("a", "b")}, "c", "send one of: a, b"),
    ],
)
def test_a_string_outside_its_limits_is_refused(build, more, sent, says):
    plan = build.plan(build.input("a", **more))
    assert texts_of(refused(plan, build.request(body={"a": sent}))) == {"a": [says]}


def test_a_pattern_is_searched_not_anchored(build):
    parameter = build.input("a", pattern=regex.compile("b"))
    assert only(build, parameter, body={"a": "abc"}) == "abc"


def test_limits_include_their_bounds(build):
    assert only(build, build.input("n", "int", min=1, max=1), body={"n": "1"}) == 1
    assert only(build, build.input("a", max_length=3), body={"a": "chữ"}) == "chữ"


# ------------------------------------------------------------------- telephones


def test_a_phone_input_is_normalised(build):
    value = only(build, build.input(format="phone"), body={"tel": " 84 (90) 123-4561"})
    assert isinstance(value, PhoneNumber)
    assert (value, value.plus, value.withheld) == ("84901234561", True, False)


@pytest.mark.parametrize("sent", ["", "anonymous", "*46#", "12"])
def test_a_withheld_number_satisfies_a_required_phone(build, sent):
    parameter = build.input(format="phone", required=True)
    value = only(build, parameter, body={"tel": sent})
    assert value == sent
    assert value.withheld


def test_a_telephone_number_may_be_a_json_integer(build):
    value = only(build, build.input(format="phone"), body={"tel": 13800000001})
    assert value == "13800000001"


def test_a_default_phone_number_is_normalised(build):
    value = only(build, build.input(format="phone", default="+84 90"))
    assert (value, value.plus) == ("8490", True)


# ---------------------------------------------------------------------- headers


def test_headers_are_typed_and_case_insensitive(build):
    plan = build.plan(
        build.header("X-Shop", enum=("north", "south"), default="north"),
        build.header("X-Level", "int"),
    )
    headers = contract.check(plan, build.request(headers={"x-level": "3"})).headers
    assert headers["X-SHOP"] == "north"
    assert headers.get("x-Level") == 3
    assert "X-Level" in headers
    assert headers.get("other") is None


def test_a_missing_or_wrong_secret_header_is_a_401(build):
    plan = build.plan(build.header("X-Api-Key", secret=True, equals="s3cret"))
    for headers in ({}, {"x-api-key": "other"}, {"x-api-key": ""}, {"x-api-key": "é"}):
        error = refused(plan, build.request(headers=headers))
        assert (error.code, error.status, error.fields) == ("unauthorized", 401, {})
        assert "X-Api-Key" in str(error)
        assert "s3cret" not in str(error)
    contract.check(plan, build.request(headers={"x-api-key": "s3cret"}))


def test_a_secret_may_have_non_ascii_characters(build):
    plan = build.plan(build.header("X-Api-Key", secret=True, equals="chìa khóa"))
    contract.check(plan, build.request(headers={"x-api-key": "chìa khóa"}))
    hostile = build.request(headers={"x-api-key": "\udcff\ud800"})
    assert refused(plan, hostile).status == 401


def test_a_wrong_header_that_is_not_secret_is_a_400(build):
    plan = build.plan(build.header("X-Flow", equals="main"))
    for headers in ({}, {"x-flow": "other"}):
        error = refused(plan, build.request(headers=headers))
        assert (error.code, error.status) == ("invalid_input", 400)
        assert list(error.fields) == ["X-Flow"]
        assert "main" not in str(texts_of(error))


# ------------------------------------------------------------------------ order


def test_401_precedes_an_unreadable_body_and_invalid_inputs(build):
    plan = build.plan(
        build.header("X-Api-Key", secret=True, equals="k"),
        build.input("a", required=True),
    )
    problem = ContractError("unreadable_body", because("as_said", text="cut"))
    assert refused(plan, build.request(body_problem=problem)).status == 401


def test_an_unreadable_body_precedes_invalid_inputs(build):
    plan = build.plan(build.input("a", required=True))
    problem = ContractError("unreadable_body", because("as_said", text="cut"))
    assert refused(plan, build.request(body_problem=problem)) is problem


def test_415_precedes_400(build):
    plan = build.plan(strict_format=True)
    cut = ContractError("unreadable_body", because("as_said", text="cut"))
    request = build.request(body_kind="json", body_problem=cut)
    assert refused(plan, request).status == 415
    markup = ContractError("unsupported_media_type", because("as_said", text="markup"))
    assert refused(plan, build.request(body_problem=markup)) is markup


@pytest.mark.parametrize(
    ("declared", "kind", "fits"),
    [
        ("form", "form", True),
        ("form", "multipart", True),
        ("form", "none", True),
        ("form", "json", False),
        ("json", "json", True),
        ("json", "none", True),
        ("json", "form", False),
        ("json", "multipart", False),
        ("query", "json", True),
    ],
)
def test_strict_format_checks_the_kind_of_the_body(build, declared, kind, fits):
    plan = build.plan(format=declared, strict_format=True)
    request = build.request(body_kind=kind)
    assert contract.CompiledContract(plan).fits(request) is fits
    if fits:
        contract.check(plan, request)
    else:
        assert refused(plan, request).code == "unsupported_media_type"


def test_a_format_mismatch_is_accepted_without_strict_format(build):
    plan = build.plan(build.input("a"), format="json")
    request = build.request(body={"a": "1"})
    assert contract.check(plan, request).inputs == {"a": "1"}


# -------------------------------------------------------------------------- any

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None)
@given(a=json_values, n=json_values, tel=json_values, header=st.text())
def test_every_value_is_typed_or_refused(build, a, n, tel, header):
    plan = build.plan(
        build.header("X-Any", "int"),
        build.input("a"),
        build.input("n", "int"),
        build.input("tel", format="phone"),
    )
    request = build.request(
        body={"a": a, "n": n, "tel": tel}, headers={"x-any": header}
    )
    try:
        checked = contract.check(plan, request)
    except ContractError as error:
        assert error.code == "invalid_input"
        assert set(error.fields) <= {"X-Any", "a", "n", "tel"}
        return
    for name, kind in (("a", str), ("n", int), ("tel", PhoneNumber)):
        value = checked.inputs[name]
        assert value is None or isinstance(value, kind)
        assert not isinstance(value, bool)


def test_a_pattern_is_not_searched_in_a_very_long_text(build):
    quadratic = build.input("code", pattern=regex.compile(r"[0-9]+$"))
    assert only(build, quadratic, body={"code": "7" * SEARCHED})
    error = refused(build.plan(quadratic), build.request(body={"code": "7" * 60_000}))
    assert texts_of(error) == {"code": ["send at most 1000 characters"]}
    longer = build.input("code", pattern=regex.compile(r"[0-9]+$"), max_length=2000)
    assert only(build, longer, body={"code": "7" * 2000})


def test_a_backtracking_pattern_times_out(build):
    slow = build.input("code", pattern=regex.compile(r"^(a|aa)*(a|aa)*(a|aa)*$"))
    began = time.perf_counter()
    assert refused(build.plan(slow), build.request(body={"code": "a" * 900 + "b"}))
    assert time.perf_counter() - began < 1


# ------------------------------------------------------------------ where it stands


def test_a_path_takes_precedence_over_the_plain_name(build):
    path = build.input("tel", paths=(walker(["data", "from"]),))
    plan = build.plan(path)
    for body, typed in (
        ({"data": {"from": "138"}, "tel": "139"}, "138"),
        ({"data": {"from": None}, "tel": "139"}, "139"),
        ({"data": "138", "tel": "139"}, "139"),
        ({"data": {"from": 7.0}}, "7"),
        ({}, None),
    ):
        checked = contract.check(plan, build.request(body=body))
        assert checked.inputs == {"tel": typed}
    wrong = build.request(body={"data": {"from": {"number": "138"}}, "tel": "139"})
    assert list(refused(plan, wrong).fields) == ["tel"]


def test_a_wire_name_is_read_and_used_in_problems(build):
    plan = build.plan(build.input("lang", wire="caller language", enum=("en", "zh")))
    request = build.request(body={"caller language": "zh", "lang": "en"})
    assert contract.check(plan, request).inputs == {"lang": "zh"}
    error = refused(plan, build.request(body={"caller language": "fr"}))
    assert texts_of(error) == {"caller language": ["send one of: en, zh"]}


def test_invalid_optional_parameters_can_be_ignored(build):
    plan = build.plan(
        build.input("n", "int", max=5, default=3),
        build.input("code", pattern=regex.compile("^[0-9]+$")),
        build.header("X-N", "int"),
        ignore_invalid=True,
    )
    sent = build.request(body={"n": "9", "code": "x"}, headers={"x-n": "seven"})
    checked = contract.check(plan, sent)
    assert checked.inputs == {"n": 3, "code": None}
    assert checked.headers == {"x-n": None}
    assert checked.ignored == ["X-N", "n", "code"]


def test_required_or_fixed_parameters_are_never_ignored(build):
    plan = build.plan(
        build.input("n", "int", required=True),
        build.input("key", equals="k"),
        ignore_invalid=True,
    )
    error = refused(plan, build.request(body={"n": "x", "key": "other"}))
    assert list(error.fields) == ["n", "key"]


def test_each_value_of_a_repeated_header_is_checked(build):
    plan = build.plan(build.header("X-Shop", enum=("north", "south")))
    both = build.request(headers={"x-shop": "north, south"})
    assert contract.check(plan, both).headers == {"x-shop": "north, south"}
    assert refused(plan, build.request(headers={"x-shop": "north, west"}))


# ---------------------------------------------------------------------- secrets

SECRET = "k-5e8d2f91"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"body": {"key": ""}},
        {"body": {"key": None}},
        {"body": {"key": "k-5e8d2f9"}},
        {"body": {"key": [SECRET]}},
        {"body": {"key": "wrong"}, "query": {"key": SECRET}},
        {"headers": {"key": SECRET}},
    ],
)
def test_a_missing_or_wrong_secret_input_is_a_401(build, sent):
    key = build.input("key", secret=True, equals=SECRET)
    plan = build.plan(key, build.input("n", "int", required=True))
    error = refused(plan, build.request(**sent))
    assert error.code == "unauthorized"
    assert str(error) == "send the parameter key with the secret agreed on"
    assert not error.fields


def test_a_secret_input_is_read_from_body_or_query(build):
    key = build.input("key", secret=True, equals=SECRET)
    assert only(build, key, body={"key": SECRET}) == SECRET
    assert only(build, key, query={"key": SECRET}) == SECRET
    number = build.input("pin", "int", secret=True, equals="70")
    assert only(build, number, body={"pin": " 70"}) == 70


def test_401_of_a_secret_input_precedes_an_unreadable_body(build):
    plan = build.plan(build.input("key", secret=True, equals=SECRET))
    broken = ContractError("unsupported_media_type", because("as_said", text="no"))
    assert refused(plan, build.request(body_problem=broken)).status == 401


def test_a_wrong_input_that_is_not_secret_is_a_400(build):
    key = build.input("key", equals="seven")
    error = refused(build.plan(key), build.request(body={"key": "eight"}))
    assert error.code == "invalid_input"
    assert texts_of(error) == {"key": ["send this parameter with the agreed value"]}
    assert only(build, key, body={"key": "seven"}) == "seven"


@pytest.mark.parametrize(
    "more",
    [
        {"enum": (SECRET, "other")},
        {"pattern": regex.compile(f"^{SECRET}$")},
        {"equals": SECRET},
        {"enum": (SECRET,), "required": True},
        {"pattern": regex.compile(SECRET), "required": True},
        {"enum": (17357,), "kind": "int"},
    ],
)
@pytest.mark.parametrize("sent", [{}, {"key": "guess"}, {"key": ""}, {"key": []}])
def test_interpolated_settings_never_appear_in_problems(build, more, sent):
    more = dict(more)
    kind = more.pop("kind", "string")
    hidden = frozenset(more) - {"required"}
    key = build.input("key", kind, hidden=hidden, **more)
    plan = build.plan(key)
    try:
        contract.check(plan, build.request(body=sent))
    except ContractError as error:
        text = f"{error!s} {texts_of(error)}"
        assert SECRET not in text
        assert "17357" not in text
        assert "the agreed value" in text


def test_interpolated_settings_are_enforced(build):
    key = build.input("key", enum=(SECRET, "b"), hidden=frozenset({"enum"}))
    assert only(build, key, body={"key": SECRET}) == SECRET
    assert only(build, key, body={"key": "b"}) == "b"
