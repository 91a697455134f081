from __future__ import annotations

import json

import pytest

from ivrhooks.answering.answer import degraded, overloaded
from ivrhooks.answering.trace import LookupRun
from ivrhooks.config.plan import MockRule
from ivrhooks.sources.interface import Outcome


@pytest.fixture
def plan(build):
    return build.plan(
        build.input("tel", format="phone", required=True),
        build.lookup(),
        build.output("isVip", "int", default=0, map={"1": 1, "2": 0}),
        build.output("level", default=""),
    )


TEL = {"tel": "13800000001"}


def test_an_answer_is_one_line_of_json_in_declared_order(build, plan):
    record = {"level": "vàng\n", "isVip": "1"}
    answer = build.answer(
        plan, {"crm": build.FakeSource(Outcome("ok", record))}, build.request(body=TEL)
    )
    assert answer.status == 200
    assert answer.body == '{"isVip":1,"level":"vàng"}'.encode()
    assert answer.headers == (("X-Request-Id", "r-1"),)


def test_a_degraded_answer_has_the_degraded_header(build, plan):
    crm = build.FakeSource(Outcome("timeout"))
    answer = build.answer(plan, {"crm": crm}, build.request(body=TEL))
    assert (answer.status, answer.body) == (200, b'{"isVip":0,"level":""}')
    assert ("X-Ivrhooks-Degraded", "customer=timeout") in answer.headers
    assert answer.trace.degraded == "customer=timeout"
    assert answer.trace.defaults == {"isVip": "timeout", "level": "timeout"}


def test_degraded_names_the_failed_and_stale_lookups_in_order():
    runs = [
        LookupRun("a", "stale", asked=True),
        LookupRun("b", "ok", asked=True),
        LookupRun("c", "open", asked=True),
        LookupRun("d", "open"),
        LookupRun("e", "not_found", asked=True),
        LookupRun("f", "skipped"),
    ]
    assert degraded(runs) == "a=stale; c=open"
    assert degraded(runs[1:2]) == ""


def test_a_refusal_is_not_degraded_and_asks_no_source(build, plan):
    crm = build.FakeSource(Outcome("timeout"))
    answer = build.answer(plan, {"crm": crm})
    assert answer.status == 400
    assert dict(answer.headers) == {"X-Request-Id": "r-1"}
    assert not crm.queries


def test_mock_mode_checks_the_contract_and_asks_no_source(build):
    plan = build.plan(
        build.input("tel", format="phone", required=True),
        build.lookup(),
        build.output("isVip", "int", default=0),
        mode="mock",
        mock=(MockRule({"tel": "13800000001"}, {"isVip": 1}),),
    )
    crm = build.FakeSource(Outcome("ok", {"isVip": 7}))
    answer = build.answer(plan, {"crm": crm}, build.request(body=TEL))
    assert answer.body == b'{"isVip":1}'
    assert not crm.queries
    assert answer.trace.origins[0].origin == "mock"
    assert build.answer(plan, {}).status == 400


def test_an_answer_over_the_profiles_size_is_cut(build):
    plan = build.plan(
        build.lookup(), build.output("level", default=""), size_limit=4000
    )
    crm = build.FakeSource(Outcome("ok", {"level": "Nguyễn" * 2000}))
    answer = build.answer(plan, {"crm": crm})
    assert 3990 < len(answer.body) <= 4000
    assert json.loads(answer.body)["level"].startswith("Nguyễn")
    assert answer.trace.origins[0].value == json.loads(answer.body)["level"]


def test_a_body_of_another_kind_than_declared_is_answered_with_a_warning(build, plan):
    request = build.request(body=TEL, body_kind="json", warnings=("other",))
    crm = build.FakeSource(Outcome("ok", {"level": "1"}))
    answer = build.answer(plan, {"crm": crm}, request)
    assert answer.status == 200
    assert answer.trace.warnings == ("other", "format_mismatch")


def test_overload_answers_the_defaults_at_once(plan):
    answer = overloaded(plan, "r-9")
    assert (answer.status, answer.body) == (200, b'{"isVip":0,"level":""}')
    assert dict(answer.headers) == {
        "X-Ivrhooks-Degraded": "answer=overload",
        "X-Request-Id": "r-9",
    }
    assert answer.trace.degraded == "answer=overload"


def test_a_plan_without_lookups_needs_no_source(build):
    plan = build.plan(build.output("open", "int", build.constant(1), default=0))
    assert build.answer(plan).body == b'{"open":1}'
    assert build.answer(plan).trace.origins[0].origin == "constant"


def test_the_trace_shows_no_secret_header(build):
    plan = build.plan(
        build.header("X-Api-Key", secret=True, equals="s3cret"),
        build.header("X-Shop"),
        build.output("open", "int", build.constant(1), default=0),
    )
    request = build.request(headers={"x-api-key": "s3cret", "x-shop": "north"})
    trace = build.answer(plan, request=request).trace
    assert trace.headers == {"x-api-key": "***", "x-shop": "north"}
    assert "s3cret" not in repr(trace)
