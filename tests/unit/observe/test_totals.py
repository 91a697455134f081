"""What the workers count, added up."""

from __future__ import annotations

import pytest

from ivrhooks.observe.totals import BUCKETS, added_up, milliseconds, percentile


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


@pytest.mark.parametrize(
    ("counts", "share", "seconds"),
    [
        (histogram(), 0.5, None),
        (histogram(10), 0.5, 0.0005),
        (histogram(10, 10), 0.5, 0.001),
        (histogram(10, 10), 0.75, 0.00175),
        (histogram(99, rest=1), 0.99, 0.001),
        (histogram(rest=5), 0.5, 5.0),
    ],
)
def test_a_percentile_lies_in_its_bucket(counts, share, seconds) -> None:
    assert percentile(counts, share) == pytest.approx(seconds)
    wanted = None if seconds is None else round(seconds * 1000, 1)
    assert milliseconds(counts, share) == pytest.approx(wanted)
