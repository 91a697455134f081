"""What one worker counts of its answers."""

from __future__ import annotations

import threading

import pytest

from ivrhooks.answering.answer import answered
from ivrhooks.answering.outputs import all_defaults
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.observe.counters import Counters
from ivrhooks.observe.totals import BUCKETS
from ivrhooks.sources.interface import Outcome
from support.fake_time import FakeClock


def run(status: str, *, age: float | None = None, asked: bool = True) -> LookupRun:
    outcome = Outcome(status, age=age)
    times = {"started": 1.0, "ended": 1.02}
    return LookupRun(
        "customer", status, None, "crm", asked=asked, outcome=outcome, **times
    )


def test_answers_are_counted_by_endpoint_and_status() -> None:
    counters = Counters()
    trace = Trace("desk", "r", started=10.0, ended=10.02)
    counters.count(trace, 200)
    counters.count(trace, 200)
    refused = Trace("desk", "r")
    refused.error = "unauthorized"
    counters.count(refused, 401)
    numbers = counters.read()
    assert numbers["answers"] == {"desk": {"200": 2, "401": 1}}
    histogram = numbers["seconds"]["desk"]
    assert histogram[BUCKETS.index(0.025)] == 2
    assert sum(histogram[:-1]) == 3
    assert round(histogram[-1], 6) == 0.04


def test_lookups_are_counted_where_they_were_asked() -> None:
    counters = Counters()
    runs = [run("ok"), run("ok", age=3.0), run("timeout"), run("skipped", asked=False)]
    counters.count(Trace("desk", "r", lookups=runs), 200)
    numbers = counters.read()
    assert numbers["lookups"] == {"crm": {"ok": 2, "timeout": 1}}
    assert numbers["cached"] == {"crm": 1}
    assert sum(numbers["lookup_seconds"]["crm"][:-1]) == 3


def test_answers_built_from_defaults_are_the_silent_alarm(make_plan) -> None:
    counters = Counters()
    trace = Trace("desk", "r")
    answered(all_defaults(make_plan(), "timeout"), trace, "customer=timeout")
    counters.count(trace, 200)
    counters.count(Trace("desk", "r"), 200)
    numbers = counters.read()
    assert numbers["defaulted"] == {"desk": 1}
    assert numbers["degraded"] == {"desk": 1}
    assert numbers["defaults"] == {
        "desk": {"isVip": {"timeout": 1}, "city": {"timeout": 1}}
    }


def test_a_refusal_answers_defaults_that_are_no_alarm(make_plan) -> None:
    counters = Counters()
    trace = Trace("desk", "r", error="invalid_input")
    answered(all_defaults(make_plan(), "invalid_input"), trace, "")
    counters.count(trace, 400)
    counts = counters.read()
    assert trace.defaults
    assert (counts["defaulted"], counts["failed"], counts["defaults"]) == ({}, {}, {})


@pytest.mark.parametrize(
    ("answers", "failing"),
    [
        ("D", 1),
        ("-", 0),
        ("D-D-D", 3),
        ("DDD" + "-" * 97, 3),
        ("DDD" + "-" * 98, 2),
        ("D" * 150, 100),
        ("D" * 100 + "-" * 100, 0),
    ],
)
def test_failing_counts_the_degraded_among_the_last_100_answers(
    answers: str, failing: int
) -> None:
    counters = Counters()
    for answer in answers:
        degraded = "customer=error" if answer == "D" else ""
        counters.count(Trace("desk", "r", degraded=degraded), 200)
    assert counters.read()["failing"] == {"desk": failing}


def test_a_source_that_never_failed_has_no_failure() -> None:
    counters = Counters()
    counters.count(Trace("desk", "r", lookups=[run("ok"), run("open")]), 200)
    assert counters.read()["failures"] == {}


def test_a_window_follows_the_lookups_of_a_source_and_the_answers() -> None:
    clock = FakeClock()
    counters = Counters(clock)
    recent = []
    for lookups in ([], [run("ok")], [run("error"), run("ok")], []):
        clock.now += 10
        counters.count(Trace("desk", "r", lookups=lookups), 200)
        counts = counters.read()
        lookups_of = counts["recent_lookups"]["5"].get("crm", {"all": 0, "failed": 0})
        answers = counts["recent"]["5"]["desk"]["all"]
        recent.append((answers, lookups_of["all"], lookups_of["failed"]))
    assert recent == [(1, 0, 0), (2, 1, 0), (3, 3, 1), (4, 3, 1)]


def test_a_failure_counts_as_such_and_no_value_does_not(make_plan) -> None:
    counters = Counters(clock=lambda: 0.0)
    counters.read()
    for because in ("timeout", "not_mapped", "no_value", "not_found", "skipped"):
        trace = Trace("desk", "r", started=1.0, ended=1.01)
        answered(all_defaults(make_plan(), because), trace, "")
        counters.count(trace, 200)
    numbers = counters.read()
    assert (numbers["defaulted"], numbers["failed"]) == ({"desk": 5}, {"desk": 2})
    desk = numbers["recent"]["5"]["desk"]
    assert (desk["all"], desk["good"], desk["failed"]) == (5, 5, 2)
    assert sum(desk["took"].values()) == 5


def test_the_last_failure_of_a_source_is_shown_masked() -> None:
    counters = Counters()
    failed = run("error")
    failed.message = "answered 500: no 13800000001"
    counters.count(Trace("desk", "r", lookups=[failed]), 200)
    counters.count(Trace("desk", "r", lookups=[run("open"), run("ok")]), 200)
    numbers = counters.read()["failures"]["crm"]
    assert (numbers["status"], numbers["message"]) == (
        "error",
        "answered 500: no 138****0001",
    )
    lately = counters.read()["recent_lookups"]["60"]["crm"]
    assert (lately["all"], lately["failed"]) == (3, 2)


def test_test_runs_count_as_such_alone() -> None:
    counters = Counters()
    counters.count(Trace("desk", "r"), 200, test=True)
    counters.refuse("not_found")
    numbers = counters.read()
    assert (numbers["tests"], numbers["answers"]) == (1, {})
    assert numbers["refused"] == {"not_found": 1}


def test_no_count_is_lost_between_threads() -> None:
    counters = Counters()

    def work() -> None:
        for _ in range(2000):
            counters.count(Trace("desk", "r"), 200)
            counters.read()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.read()["answers"]["desk"]["200"] == 8000
