"""Which data requests a pack holds."""

from __future__ import annotations

from collections.abc import Callable

from ivrhooks.authoring.pack.cases import cases_of
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
