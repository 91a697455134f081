"""The page /metrics: the counts of all workers in the format of Prometheus."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from ivrhooks.actions.interface import Summary
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.observe.counters import Counters
from ivrhooks.server.pages.metrics import METRICS, TYPE, as_text, create_blueprint
from ivrhooks.sources.interface import Outcome

SAMPLE = re.compile(r'([a-z_]+)(\{([a-z_]+="([^"\\\n]|\\.)*",?)+\})? ([0-9.e+-]+)')


def snapshot(pid: int, endpoint: str = "desk", **more):
    counters = Counters()
    run = LookupRun(
        "c", "ok", None, "crm", asked=True, ended=0.03, outcome=Outcome("ok")
    )
    counters.count(Trace(endpoint, "r", ended=0.02, lookups=[run]), 200)
    counters.count(Trace(endpoint, "r", ended=9.0), 401)
    counters.refuse("not_found")
    return {
        "pid": pid,
        "config": {"fingerprint": "7f3a2c", "loaded_at": "2026-11-21T10:00:00+00:00"},
        "problems": [],
        "in_flight": 1,
        "shares": True,
        "dropped": 0,
        "breakers": {"crm": "open" if pid == 1 else "closed"},
        **counters.read(),
        **more,
    }


def samples(text: str) -> dict[str, float]:
    values = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            values[line.rpartition(" ")[0]] = float(match[5])
    return values


def test_the_counts_of_all_workers_are_added_up() -> None:
    shown = samples(as_text([snapshot(1), snapshot(2)]))
    assert shown['ivrhooks_answers_total{endpoint="desk",status="200"}'] == 2
    assert shown['ivrhooks_answers_total{endpoint="desk",status="401"}'] == 2
    assert shown['ivrhooks_lookups_total{source="crm",status="ok"}'] == 2
    assert shown['ivrhooks_refused_requests_total{code="not_found"}'] == 2
    assert shown['ivrhooks_breaker_workers{source="crm",state="open"}'] == 1
    assert shown['ivrhooks_breaker_workers{source="crm",state="closed"}'] == 1
    assert shown["ivrhooks_in_flight"] == 2
    assert shown["ivrhooks_workers"] == shown["ivrhooks_shared_cache_workers"] == 2
    assert shown['ivrhooks_configuration_info{fingerprint="7f3a2c"}'] == 2
    assert shown["ivrhooks_configuration_refused"] == 0


def test_a_histogram_counts_upwards_to_all() -> None:
    shown = samples(as_text([snapshot(1)]))
    name = 'ivrhooks_answer_seconds_bucket{endpoint="desk",le="%s"}'
    bounds = ("0.01", "0.025", "5.0", "+Inf")
    assert [shown[name % bound] for bound in bounds] == [0, 1, 1, 2]
    assert shown['ivrhooks_answer_seconds_count{endpoint="desk"}'] == 2
    assert shown['ivrhooks_answer_seconds_sum{endpoint="desk"}'] == 9.02


def test_every_metric_has_its_type_and_help() -> None:
    text = as_text([snapshot(1, problems=["x.yaml:1:1: no"])])
    for name, (kind, help_text) in METRICS.items():
        assert f"# HELP {name} {help_text}\n# TYPE {name} {kind}\n" in text
    assert samples(text)["ivrhooks_configuration_refused"] == 1


def test_label_values_are_escaped() -> None:
    shown = samples(as_text([snapshot(1, endpoint='a"b\\c\nd')]))
    name = 'ivrhooks_answers_total{endpoint="a\\"b\\\\c\\nd",status="200"}'
    assert shown[name] == 1


def test_the_metrics_are_served_as_text() -> None:
    app = Flask("test")
    app.register_blueprint(create_blueprint(lambda: [snapshot(1)]))
    reply = app.test_client().get("/metrics")
    assert (reply.status_code, reply.content_type) == (200, TYPE)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer secret-1", 200),
        ("bearer  secret-1", 200),
        ("Bearer secret-12", 401),
        ("Bearer", 401),
        ("", 401),
        ("Basic secret-1", 401),
    ],
)
def test_the_metrics_require_the_token_of_the_environment(
    header: str, status: int
) -> None:
    app = Flask("test")
    environ = {"IVRHOOKS_METRICS_TOKEN": "secret-1"}
    app.register_blueprint(create_blueprint(lambda: [snapshot(1)], environ))
    answer = app.test_client().get("/metrics", headers={"Authorization": header})
    assert answer.status_code == status
    if status == 401:
        assert answer.json["error"]["code"] == "unauthorized"
        assert "secret-1" not in answer.text


def test_the_outbox_is_counted_by_source() -> None:
    summary = Summary({"crm": 2}, {"shop": 1}, {"crm": 7.5}, {"crm": 9}, {"crm": 3})
    text = as_text([snapshot(1)], summary)
    for line in (
        'ivrhooks_outbox_waiting{source="crm"} 2',
        'ivrhooks_outbox_waiting{source="shop"} 0',
        'ivrhooks_outbox_dead{source="shop"} 1',
        'ivrhooks_outbox_oldest_seconds{source="crm"} 7.5',
        'ivrhooks_outbox_delivered_total{source="crm"} 9',
        'ivrhooks_outbox_retried_total{source="crm"} 3',
    ):
        assert line in text.splitlines()
    assert "ivrhooks_outbox_waiting{" not in as_text([snapshot(1)])
