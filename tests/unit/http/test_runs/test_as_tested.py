"""A test run whose sources answer what one of the endpoint's tests says."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine
from ivrhooks.answering.shown.description import describe
from ivrhooks.config.loader import load
from ivrhooks.http.test_runs.as_tested import case_of
from ivrhooks.http.test_runs.test_run import TestRun, answer_test_run
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome

ROOT = """\
version: 1
timezone: Asia/Shanghai
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "${A}", app_key: "${A}"}}
  backup: {kind: sobot, base_url: sandbox, auth: {app_id: "${A}", app_key: "${A}"}}
"""
DESK = """\
endpoint: desk
path: /desk
format: form
deadline: 5s
inputs: {tel: {type: string, format: phone, required: true}}
lookups:
  customer: {source: [crm, backup], params: {tel: "{{ inputs.tel }}"}}
outputs:
  nick: {type: string, value: "{{ customer.nick }}", default: nobody}
  hour: {type: int, value: "{{ now.hour }}", default: 0}
mock: [{outputs: {nick: Mock, hour: 7}}]
tests:
  - name: one
    now: 2026-10-01T09:30
    inputs: {tel: "13800000001"}
    sources: {customer: {nick: Wang}}
  - {name: two, inputs: {tel: "13800000001"}, sources: {customer: {fail: timeout}}}
  - {name: three, inputs: {tel: "13800000001"}, mode: mock}
"""


@pytest.fixture
def run_test(build: Any, tmp_path: Path) -> Any:
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(ROOT)
    (tmp_path / "endpoints/desk.yaml").write_text(DESK)
    configuration = load(str(tmp_path), environ={"A": "an-app-id"})
    plan = configuration.plans["/desk"]
    live = {
        name: build.FakeSource(Outcome("ok", {"nick": "Live"})) for name in plan.sources
    }

    def tell(test_run: TestRun) -> dict[str, Any]:
        async def go() -> dict[str, Any]:
            clock = asyncio.get_running_loop().time
            engine = Engine(configuration, live)
            request = DataRequest("POST", "/desk", "r-1", body={"tel": "13800000001"})
            until = Deadline.after(5.0, clock)
            answer = await answer_test_run(engine, plan, request, until, test_run, "")
            assert answer.trace is not None
            return describe(answer.trace, answer, configuration)

        page: dict[str, Any] = build.run(go())
        assert not any(source.queries for source in live.values())
        return page

    return tell


def test_its_sources_and_its_moment_are_the_tests(run_test) -> None:
    page = run_test(TestRun("test", case=0))
    assert page["finalResult"]["body"] == {"nick": "Wang", "hour": 9}
    step = page["operations"][1]
    assert step["name"] == "customer crm.query_customer"
    assert [link["status"] for link in step["links"]] == ["ok", "not_asked"]
    assert page["outputs"][0]["source"] == "crm"


def test_a_lookup_that_fails_in_the_test_fails(run_test) -> None:
    page = run_test(TestRun("test", case=1))
    assert page["finalResult"]["body"]["nick"] == "nobody"
    assert [link["status"] for link in page["operations"][1]["links"]] == [
        "timeout"
    ] * 2


def test_another_moment_wins_over_the_tests(run_test) -> None:
    moment = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
    page = run_test(TestRun("test", case=0, now=moment))
    assert page["finalResult"]["body"]["hour"] == 20


def test_a_test_in_mock_mode_is_answered_so(run_test) -> None:
    assert run_test(TestRun("test", case=2))["finalResult"]["body"]["nick"] == "Mock"


def test_what_a_test_says_can_come_slowly(run_test) -> None:
    page = run_test(TestRun("test", "slow", case=0))
    assert page["finalResult"]["body"]["nick"] == "Wang"
    assert page["operations"][1]["elapsed_ms"] == pytest.approx(1500, abs=1)


def test_a_test_that_is_gone_says_nothing(run_test, build) -> None:
    assert run_test(TestRun("test", case=9))["finalResult"]["body"]["nick"] == "nobody"
    assert case_of(build.plan(build.output()), None).sources == {}


def test_the_present_moment_can_be_set_for_a_mock_answer(run_test) -> None:
    assert run_test(TestRun("mock"))["finalResult"]["body"] == {
        "nick": "Mock",
        "hour": 7,
    }
