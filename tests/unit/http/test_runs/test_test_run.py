"""A test run: asked otherwise than live traffic, and apart from it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine
from ivrhooks.config.loader import load
from ivrhooks.http.test_runs import test_run as room
from ivrhooks.http.test_runs.test_run import TestRun, answer_test_run
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.connection_settings import ConnectionSettings
from ivrhooks.sources.interface import Outcome, Query, SourceSettings

SANDBOX = "http://127.0.0.1:8090"
ROOT = """\
version: 1
sources:
  crm:
    kind: sobot
    base_url: https://crm.example.com/eu
    proxy: http://proxy.example.com:3128
    auth: {app_id: a, app_key: b}
    paths: {query_customer: /own/path}
    cache: {fresh: 1m}
    breaker: {failures: 1, reset: 1h}
  shop: {kind: http, base_url: "https://shop.example.com"}
"""
DESK = """\
endpoint: desk
path: /desk
format: form
deadline: 1s
inputs: {tel: {type: string, format: phone, required: true}}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
  order: {source: shop, request: {method: GET, path: "/o/{{ inputs.tel }}"}}
outputs:
  nick: {type: string, value: "{{ customer.nick }}", default: nobody}
  no:   {type: int, value: "{{ order.no }}", default: 0}
mock: [{outputs: {nick: Mock, no: 9}}]
"""


class Run:
    """One endpoint over live sources that are only watched."""

    def __init__(self, build: Any, folder: Path, endpoint: str = DESK) -> None:
        (folder / "endpoints").mkdir()
        (folder / "ivrhooks.yaml").write_text(ROOT)
        (folder / "endpoints/desk.yaml").write_text(endpoint)
        self.configuration = load(str(folder), environ={})
        self.live = {
            "crm": build.FakeSource(Outcome("ok", {"nick": "Wang"})),
            "shop": build.FakeSource(Outcome("ok", {"no": 7})),
        }
        self.build = build

    def ask(self, test_run: TestRun) -> Any:
        """Status of each lookup, the body, and the milliseconds that it took."""

        async def go() -> Any:
            clock = asyncio.get_running_loop().time
            engine = Engine(self.configuration, self.live)
            plan = self.configuration.plans["/desk"]
            request = DataRequest("POST", "/desk", "r-1", body={"tel": "13800000001"})
            seconds = plan.deadline if test_run.deadline is None else test_run.deadline
            until = Deadline.after(seconds, clock)
            answer = await answer_test_run(
                engine, plan, request, until, test_run, SANDBOX
            )
            trace = answer.trace
            assert trace is not None
            return SimpleNamespace(
                body=answer.body.decode(),
                statuses={run.name: run.status for run in trace.lookups},
                origins={origin.name: origin.origin for origin in trace.origins},
                seconds=trace.ended - trace.started,
                live=sum(len(source.queries) for source in self.live.values()),
            )

        return self.build.run(go())


@pytest.fixture
def run(build, tmp_path) -> Run:
    return Run(build, tmp_path)


def test_as_configured_it_is_asked_like_live_traffic(run) -> None:
    got = run.ask(TestRun())
    assert got.body == '{"nick":"Wang","no":7}'
    assert got.live == 2
    assert run.ask(TestRun(deadline=2.0)).live == 4


def test_mock_asks_nobody(run) -> None:
    got = run.ask(TestRun("mock"))
    assert got.body == '{"nick":"Mock","no":9}'
    assert set(got.origins.values()) == {"mock"}
    assert got.live == 0


class EarlyTimer:
    """A timer that rings before its time, as a coarse one does."""

    async def __call__(self, seconds: float) -> None:
        self.seconds = seconds


class Answers:
    """A system that answers well."""

    async def ask(self, query: Any, deadline: Deadline) -> Outcome:
        self.left = deadline.remaining()
        return Outcome("ok", {"nick": "Wang"})


@pytest.mark.parametrize(
    ("seconds", "status", "waited"),
    [(1.0, "timeout", 1.0), (1.5, "timeout", 1.5), (2.0, "ok", 1.5)],
)
def test_slow_is_the_same_each_time(monkeypatch, seconds, status, waited) -> None:
    timer, system, now = EarlyTimer(), Answers(), 100.0
    monkeypatch.setattr(asyncio, "sleep", timer)
    crm = SourceSettings("crm", "sobot", "https://crm.example.com", timeout=seconds)
    source = room.FaultySource(crm, "slow", system)
    until = Deadline.after(9.0, lambda: now)
    query = Query(KINDS["sobot"].operations[0], {"tel": "13800000001"})
    got = asyncio.run(source.ask(query, until))
    assert (got.status, timer.seconds) == (status, pytest.approx(waited))
    if status == "ok":
        assert system.left == pytest.approx(seconds)  # its own timeout holds


def test_slow_mock_is_late_by_so_much(run) -> None:
    assert run.ask(TestRun("mock", "slow", 3.0)).body == '{"nick":"Mock","no":9}'
    assert set(run.ask(TestRun("mock", "slow", 1.0)).statuses.values()) == {"timeout"}


@pytest.mark.parametrize("source", room.SOURCES)
@pytest.mark.parametrize(
    ("fault", "status", "seconds"),
    [
        ("hang", "timeout", 0.5),
        ("drip", "timeout", 0.5),
        ("slow", "timeout", 0.5),
        ("reset", "error", 0.0),
        ("500", "error", 0.0),
        ("bad_json", "error", 0.0),
        ("empty", "not_found", 0.0),
    ],
)
def test_every_lookup_fails_as_told_and_live_sources_are_not_asked(
    run, source, fault, status, seconds
) -> None:
    got = run.ask(TestRun(source, fault, 0.5))
    assert got.statuses == {"customer": status, "order": status}
    assert got.body == '{"nick":"nobody","no":0}'
    assert got.seconds == pytest.approx(seconds, abs=0.02)
    assert got.live == 0


def test_the_sandbox_stands_in_for_a_vendor_and_for_nobody_else(
    run, build, monkeypatch
) -> None:
    made: dict[str, Any] = {}

    def build_sources(settings):
        made.update(settings)
        return {
            name: build.FakeSource(Outcome("ok", {"nick": "S"})) for name in settings
        }

    monkeypatch.setattr(room, "build_sources", build_sources)
    got = run.ask(TestRun("sandbox"))
    assert list(made) == ["crm"]
    assert made["crm"].base_url == f"{SANDBOX}/sobot"
    assert (made["crm"].cache, made["crm"].paths) == (None, {})
    assert made["crm"].connection == ConnectionSettings()
    assert made["crm"].breaker.failures == 5
    assert got.statuses == {"customer": "ok", "order": "error"}
    assert got.body == '{"nick":"S","no":0}'
    assert got.live == 0


def test_a_shorter_deadline_has_sources_of_its_own(run, build, monkeypatch) -> None:
    made = []

    def build_sources(settings):
        made.append(
            {name: each_source.base_url for name, each_source in settings.items()}
        )
        return {
            name: build.FakeSource(Outcome("ok", {}), after=9.0) for name in settings
        }

    monkeypatch.setattr(room, "build_sources", build_sources)
    got = run.ask(TestRun(deadline=0.25))
    assert made == [
        {
            "crm": "https://crm.example.com/eu",
            "shop": "https://shop.example.com",
        }
    ]
    assert set(got.statuses.values()) == {"timeout"}
    assert (got.live, got.seconds) == (0, pytest.approx(0.25, abs=0.02))


def test_an_endpoint_in_mock_mode_stays_so(build, tmp_path) -> None:
    run = Run(build, tmp_path, DESK + "mode: mock\n")
    assert run.ask(TestRun()).body == '{"nick":"Mock","no":9}'
    assert run.ask(TestRun(deadline=0.3)).body == '{"nick":"Mock","no":9}'
    assert run.ask(TestRun(fault="500")).body == '{"nick":"nobody","no":0}'


def test_a_mock_without_lookups_has_nothing_that_could_fail(build, tmp_path) -> None:
    start, end = DESK.index("lookups:"), DESK.index("outputs:")
    outputs = DESK[end:].replace("customer.nick", "1").replace("order.no", "1")
    run = Run(build, tmp_path, DESK[:start] + outputs)
    assert run.ask(TestRun("mock", "500")).body == '{"nick":"Mock","no":9}'
