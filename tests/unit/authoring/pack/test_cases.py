"""Which data requests a pack holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivrhooks.authoring.pack.cases import TESTS_FIRST, Case, cases_of
from ivrhooks.config.plan import Plan

PlanOf = Callable[[str], Plan]


def test_the_endpoints_own_tests_come_first(plan_of: PlanOf) -> None:
    first, second, *_ = cases_of(plan_of("desk"))
    assert (first.name, first.inputs) == ("a VIP", {"tel": "13800000001"})
    assert first.headers == {"X-Key": "open-sesame-7"}
    assert (second.name, second.headers) == ("without a key", {})


def test_a_test_at_another_moment_cannot_be_asked_of_a_live_server(
    plan_of: PlanOf,
) -> None:
    assert "on a Monday" not in [case.name for case in cases_of(plan_of("desk"))]


def test_each_way_to_break_the_contract_is_there_once(plan_of: PlanOf) -> None:
    refused = {case.name: case for case in cases_of(plan_of("desk"))}
    assert refused["tel: missing"].inputs == {"lang": "en"}
    assert refused["lang: none of its values"].inputs["lang"] == "none-of-them"
    wrong = refused["X-Key: another value than the agreed one"]
    assert wrong.headers == {"X-Key": "wrong-value"}
    assert refused["XML is refused"].refusal == "unsupported_media_type"
    assert refused["GET is refused"].refusal == "method_not_allowed"


def test_an_endpoint_without_a_parameter_has_ten_of_them(plan_of: PlanOf) -> None:
    names = [case.name for case in cases_of(plan_of("bare"))]
    assert len(names) >= 9
    assert "XML is refused" not in names  # GET has no body
    assert "GET is refused" not in names


def test_each_case_of_an_endpoint_stands_in_its_order(plan_of: PlanOf) -> None:
    desk = plan_of("desk")
    assert [case.name for case in cases_of(desk)] == [
        "a VIP",
        "without a key",
        "Every parameter has a value",
        "X-Key: another value than the agreed one",
        "tel: missing",
        "lang: none of its values",
        "JSON that is cut is refused",
        "XML is refused",
        "A withheld number is no error",
        "The number with its country code",
        "A parameter that is not declared is ignored",
        "One slash more at the end is the same path",
        "And so are two slashes",
        "What the IVR adds by itself is ignored",
        *(
            f"{word} is refused"
            for word in ("PUT", "DELETE", "PATCH", "OPTIONS", "GET")
        ),
    ]
    cases = {case.name: case for case in cases_of(desk)}
    good = cases["Every parameter has a value"]
    inputs = {"tel": "13123456789", "lang": "en"}
    key = {"X-Key": "open-sesame-7"}
    assert good == Case("Every parameter has a value", inputs, key)
    e164 = cases["The number with its country code"]
    assert e164.inputs == {**inputs, "tel": "+8613123456789"}
    assert [cases[name].slash for name in cases if "slash" in name] == ["/", "//"]
    own = cases["What the IVR adds by itself is ignored"]
    assert own.inputs == {**inputs, "source": "0", "robotNo": "1"}
    cut = cases["JSON that is cut is refused"]
    assert (cut.body, cut.content_type, cut.refusal) == (
        '{"',
        "application/json",
        "unreadable_body",
    )


def test_six_tests_come_first_and_the_others_later(plan_of: PlanOf) -> None:
    desk = plan_of("desk")
    many = tuple(replace(desk.tests[0], name=f"test {n}") for n in range(8))
    names = [case.name for case in cases_of(replace(desk, tests=many))]
    assert names[:TESTS_FIRST] == [f"test {n}" for n in range(6)]
    assert names[TESTS_FIRST] == "Every parameter has a value"
    assert names.index("test 6") == names.index("XML is refused") + 1


def test_each_answer_of_the_mock_mode_is_asked_for(plan_of: PlanOf) -> None:
    bare = plan_of("bare")
    rule = replace(bare.mock[0], when={"tel": "1", "menu": 2})
    mocked = replace(bare, mock=(rule, *bare.mock))
    cases = [case for case in cases_of(mocked) if case.name.startswith("The answer")]
    assert [(case.name, case.inputs) for case in cases] == [
        ("The answer for tel 1, menu 2", {"tel": "1", "menu": 2})
    ]
    real = replace(mocked, mode="real")
    assert not [case for case in cases_of(real) if case.name.startswith("The answer")]


def test_each_limit_of_a_parameter_is_broken_once(plan_of: PlanOf) -> None:
    desk = plan_of("desk")
    tel, lang = desk.inputs
    number = replace(lang, name="n", wire="no", type="int", enum=(), min=2, max=9)
    text = replace(lang, name="t", wire="t", enum=(), max_length=3)
    ref = replace(tel, name="ref", segment=True)
    twin = replace(number, name="m", wire="m")
    plan = replace(desk, inputs=(ref, number, twin, text), headers=())
    broken = [
        (case.name, case.inputs.get("n"), case.inputs.get("t"))
        for case in cases_of(plan)
        if ": " in case.name
    ]
    assert [(name, n) for name, n, _ in broken if name.startswith("no")] == [
        ("no: no number", "x"),
        ("no: below its minimum", 1),
        ("no: over its maximum", 10),
    ]
    assert [(name, t) for name, _, t in broken if name.startswith("t:")] == [
        ("t: too long", "xxxx")
    ]
    assert len(broken) == 4
