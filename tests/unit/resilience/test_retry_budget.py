"""The retry budget: a fifth of the calls of ten seconds, and three at least."""

from __future__ import annotations

from typing import Any

from ivrhooks.resilience.retry_budget import RetryBudget, pause


def test_three_retries_are_always_allowed(clock: Any) -> None:
    budget = RetryBudget(clock=clock)
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]


def test_more_calls_allow_more_retries(clock: Any) -> None:
    budget = RetryBudget(clock=clock)
    for _ in range(50):
        budget.count_call()
    assert [budget.take() for _ in range(12)].count(True) == 10


def test_calls_older_than_the_window_do_not_count(clock: Any) -> None:
    budget = RetryBudget(clock=clock)
    for _ in range(100):
        budget.count_call()
    for _ in range(20):
        assert budget.take()
    clock.now += 9.0
    assert not budget.take()
    clock.now += 1.5
    assert [budget.take() for _ in range(5)].count(True) == 3


def test_the_memory_of_the_budget_is_bounded(clock: Any) -> None:
    budget = RetryBudget(clock=clock)
    for _ in range(10_000):
        clock.now += 0.1
        budget.count_call()
    assert len(budget._slices) <= 11


def test_the_pause_before_a_retry_is_short_and_random() -> None:
    assert pause(lambda: 0.0) == 0.005
    assert pause(lambda: 1.0) == 0.05
