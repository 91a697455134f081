"""The answers that a pack expects, and what of them is judged how."""

from __future__ import annotations

from collections.abc import Callable

from ivrhooks.authoring.pack.cases import Case
from ivrhooks.authoring.pack.expected import Expected, expected_answers
from ivrhooks.config.plan import Configuration, Plan

PlanOf = Callable[[str], Plan]
HEADERS = {"X-Key": "open-sesame-7"}


def expected_of(
    configuration: Configuration, plan: Plan, case: Case, *, show_personal: bool = False
) -> Expected:
    (expected,), _ = expected_answers(
        configuration, plan, [case], show_personal=show_personal
    )
    return expected


def test_an_answer_by_value_by_type_and_masked(
    configuration: Configuration, plan_of: PlanOf
) -> None:
    case = Case("a VIP", {"tel": "13800000001"}, HEADERS)
    expected = expected_of(configuration, plan_of("desk"), case)
    assert expected.body == {"level": 3, "name": "W***", "hello": "", "open": 0}
    assert expected.by_type == ("hello", "open")  # a name in a text, and the moment
    assert expected.masked == {"name": "name"}
    assert (expected.status, expected.error) == (200, "")


def test_personal_values_are_included_on_request(
    configuration: Configuration, plan_of: PlanOf
) -> None:
    case = Case("a VIP", {"tel": "13800000001"}, HEADERS)
    expected = expected_of(configuration, plan_of("desk"), case, show_personal=True)
    assert (
        expected.body["hello"] == "Wang Wei, hello"
        and expected.body["name"] == "Wang Wei"
    )
    assert (expected.by_type, expected.masked) == (("open",), {})


def test_a_refusal_is_expected_by_code_and_fields(
    configuration: Configuration, plan_of: PlanOf
) -> None:
    desk = plan_of("desk")
    missing = expected_of(configuration, desk, Case("", {"lang": "de"}, HEADERS))
    assert (missing.status, missing.error) == (400, "invalid_input")
    assert missing.fields == ("lang", "tel")
    assert missing.body == {"level": 0, "name": "", "hello": "hello", "open": 0}
    assert missing.by_type == ()
    wrong = expected_of(configuration, desk, Case("", {"tel": "1"}, {}))
    assert (wrong.status, wrong.error) == (401, "unauthorized")
    xml = Case("", {"tel": "1"}, HEADERS, refusal="unsupported_media_type")
    assert expected_of(configuration, desk, xml).status == 415
    put = Case("", {}, {}, refusal="method_not_allowed")
    assert expected_of(configuration, desk, put).status == 405


def test_outputs_of_a_dead_source_are_compared_by_type(
    configuration: Configuration, plan_of: PlanOf
) -> None:
    case = Case("", {"tel": "1"})
    (expected,), failed = expected_answers(configuration, plan_of("failing"), [case])
    assert expected.by_type == ("state", "how")
    assert expected.body["said"] == "1"
    assert failed == ["order=error"]


def test_an_action_is_named_and_not_stored(
    configuration: Configuration, plan_of: PlanOf
) -> None:
    assert expected_of(
        configuration, plan_of("failing"), Case("", {"tel": "1"})
    ).actions == ("note",)
