"""What the workers count, added up."""

from __future__ import annotations

from ivrhooks.observe.totals import BUCKETS, added_up


def histogram(*buckets: int, rest: int = 0, total: float = 0.0) -> list[float]:
    return [*buckets, *[0] * (len(BUCKETS) - len(buckets)), rest, total]


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


def test_of_a_sources_failures_the_latest_is_told() -> None:
    old = {"at": 1.0, "status": "error", "message": "500"}
    new = {"at": 2.0, "status": "timeout", "message": ""}
    told = [{"failures": {"crm": old}}, {"failures": {"crm": new}}, {}]
    assert added_up(told)["failures"] == {"crm": new}
    assert added_up(reversed(told))["failures"] == {"crm": new}


def test_what_happened_lately_adds_up_by_window_and_name() -> None:
    one = {"5": {"desk": {"all": 3, "took": {"7": 3}}}, "60": {}}
    other = {"5": {"desk": {"all": 2, "took": {"7": 1, "9": 1}}}, "60": {}}
    told = added_up([{"recent": one}, {"recent": other}])["recent"]
    assert told["5"] == {"desk": {"all": 5, "took": {"7": 4, "9": 1}}}
