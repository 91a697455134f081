"""How long things took."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

import pytest

from ivrhooks.observe.durations import (
    BOUNDS,
    RATIO,
    SIZE,
    Coarse,
    coarse,
    percentile,
    since,
)
from ivrhooks.observe.totals import BUCKETS


def histogram(*seconds: float) -> list[float]:
    counts: list[float] = [0] * SIZE
    for duration in seconds:
        counts[bisect_left(BOUNDS, duration)] += 1
        counts[-1] += duration
    return counts


def counted(*seconds: float) -> dict[str, int]:
    return since(histogram(*seconds)[:-1], histogram()[:-1])


def test_each_bound_is_a_little_above_the_one_before() -> None:
    steps = [high / low for low, high in pairwise(BOUNDS)]
    assert max(steps) <= RATIO + 1e-9
    assert set(BUCKETS) <= set(BOUNDS)


def test_the_histogram_of_metrics_loses_nothing() -> None:
    times = [0.00005, 0.001, 0.0010001, 0.0249, 0.3, 5.0, 7.0, 100.0]
    made = coarse(histogram(*times))
    wanted = [0] * (len(BUCKETS) + 1)
    for moment in times:
        wanted[bisect_left(BUCKETS, moment)] += 1
    assert made == [*wanted, sum(times)]


def test_it_is_made_anew_where_something_came() -> None:
    fine = histogram(0.02)
    made = Coarse(fine)
    assert sum(made.read(1)[:-1]) == 1
    fine[bisect_left(BOUNDS, 0.4)] += 1
    assert sum(made.read(2)[:-1]) == 2


@pytest.mark.parametrize("seconds", [0.0007, 0.0142, 0.0153, 0.731, 3.21, 12.5])
def test_a_percentile_is_within_two_percent(seconds: float) -> None:
    assert percentile(counted(*[seconds] * 3), 0.5) == pytest.approx(seconds, rel=0.02)


def test_empty_buckets_are_left_out() -> None:
    assert list(counted(0.3, 0.3, 4.0).values()) == [2, 1]


def test_percentiles_of_a_known_crowd() -> None:
    crowd = counted(*(n / 1000 for n in range(1, 101)))
    assert percentile(crowd, 0.5) == pytest.approx(0.050, rel=0.03)
    assert percentile(crowd, 0.99) == pytest.approx(0.099, rel=0.03)


def test_of_nothing_and_of_the_endless_no_more_is_known() -> None:
    assert percentile({}, 0.5) is None
    assert percentile(counted(500.0), 0.5) == BOUNDS[-1]
    assert percentile(counted(0.0), 0.5) < BOUNDS[0]
