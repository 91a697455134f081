"""What the workers count, added up."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.observe.totals import (
    ADDED,
    BUCKETS,
    added_up,
    counts_of,
    with_counts,
)


def histogram(*buckets: int, rest: int = 0, total: float = 0.0) -> list[float]:
    return [*buckets, *[0] * (len(BUCKETS) - len(buckets)), rest, total]


LATELY = {"5": {"desk": {"all": 2, "failed": 1}}}

COUNTS: dict[str, tuple[Any, Any]] = {
    "answers": ({"desk": {"200": 2}}, {"desk": {"200": 4}}),
    "degraded": ({"desk": 1}, {"desk": 2}),
    "defaulted": ({"desk": 2}, {"desk": 4}),
    "failed": ({"desk": 1}, {"desk": 2}),
    "defaults": ({"desk": {"isVip": {"error": 3}}}, {"desk": {"isVip": {"error": 6}}}),
    "seconds": ({"desk": [1, 0, 0.5]}, {"desk": [2, 0, 1.0]}),
    "lookups": ({"crm": {"ok": 5}}, {"crm": {"ok": 10}}),
    "cached": ({"crm": 1}, {"crm": 2}),
    "lookup_seconds": ({"crm": [0, 1, 0.2]}, {"crm": [0, 2, 0.4]}),
    "refused": ({"not_found": 1}, {"not_found": 2}),
    "dropped": (3, 6),
    "tests": (4, 8),
}
"""Each count that outlives its worker, and twice of it."""

OF_NOW: dict[str, tuple[Any, Any]] = {
    "recent": (LATELY, {"5": {"desk": {"all": 4, "failed": 2}}}),
    "recent_lookups": (LATELY, {"5": {"desk": {"all": 4, "failed": 2}}}),
    "in_flight": (1, 2),
}
"""Each value that ends with its worker, and twice of it."""

SNAPSHOT = {key: once for key, (once, _) in {**COUNTS, **OF_NOW}.items()}


@pytest.mark.parametrize("key", [*COUNTS, *OF_NOW])
def test_each_count_of_two_workers_is_added_up(key: str) -> None:
    whole = added_up([SNAPSHOT, {"pid": 7}, SNAPSHOT])
    assert whole[key] == {**COUNTS, **OF_NOW}[key][1]
    assert key in ADDED


def test_a_worker_that_ended_leaves_its_counts_and_no_more() -> None:
    left = counts_of({**SNAPSHOT, "pid": 7, "breakers": {"crm": "open"}})
    assert left == {key: once for key, (once, _) in COUNTS.items()}
    assert counts_of({"pid": 7, "tests": 0}) == {"tests": 0}


@pytest.mark.parametrize("key", COUNTS)
def test_the_counts_of_ended_workers_are_added_to_a_live_one(key: str) -> None:
    once, twice = COUNTS[key]
    assert with_counts({key: once, "pid": 7}, {key: once}) == {key: twice, "pid": 7}
    assert with_counts({"pid": 7}, {key: once}) == {key: once, "pid": 7}


def test_metrics_count_durations_up_to_these_seconds() -> None:
    milliseconds = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 1500, 2000, 5000]
    assert [bound * 1000 for bound in BUCKETS] == milliseconds


def test_counts_of_all_workers_are_added_whatever_each_has_seen() -> None:
    whole = added_up(
        [
            {"answers": {"a": {"200": 1}}, "tests": 1, "breakers": {"crm": "open"}},
            {
                "answers": {"a": {"200": 2, "400": 1}, "b": {"200": 5}},
                "seconds": {"a": histogram(1, total=0.5)},
                "in_flight": 3,
                "breakers": {"crm": "closed"},
            },
            {"seconds": {"a": histogram(2, total=0.25)}, "dropped": 4},
        ]
    )
    assert whole["answers"] == {"a": {"200": 3, "400": 1}, "b": {"200": 5}}
    assert whole["seconds"]["a"] == histogram(3, total=0.75)
    assert (whole["tests"], whole["in_flight"], whole["dropped"]) == (1, 3, 4)
    assert whole["breakers"] == {"crm": {"open": 1, "closed": 1}}


def test_nothing_adds_up_to_nothing() -> None:
    whole = added_up([])
    assert (whole["answers"], whole["in_flight"]) == ({}, 0)


def test_of_a_sources_failures_the_latest_is_reported() -> None:
    old = {"at": 1.0, "status": "error", "message": "500"}
    new = {"at": 2.0, "status": "timeout", "message": ""}
    snapshots = [{"failures": {"crm": old}}, {"failures": {"crm": new}}, {}]
    assert added_up(snapshots)["failures"] == {"crm": new}
    assert added_up(reversed(snapshots))["failures"] == {"crm": new}


def test_recent_counts_add_up_by_window_and_name() -> None:
    first = {"5": {"desk": {"all": 3, "took": {"7": 3}}}, "60": {}}
    other = {"5": {"desk": {"all": 2, "took": {"7": 1, "9": 1}}}, "60": {}}
    totals = added_up([{"recent": first}, {"recent": other}])["recent"]
    assert totals["5"] == {"desk": {"all": 5, "took": {"7": 4, "9": 1}}}
