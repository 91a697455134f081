"""So many requests a second, a second's worth of them at once."""

from __future__ import annotations

import pytest

from ivrhooks.resilience.rate_limiter import RateLimiter


def taken(limiter: RateLimiter, now: float, number: int = 1000) -> int:
    """How many may leave at a moment, or within 50 ms of it."""
    return sum(limiter.take(now) is not None for _ in range(number))


@pytest.mark.parametrize(("rate", "at_once"), [(20.0, 21), (1.0, 1), (0.1, 1)])
def test_a_seconds_worth_goes_at_once(rate: float, at_once: int) -> None:
    limiter = RateLimiter(rate)
    assert taken(limiter, 100.0) == at_once
    assert taken(limiter, 100.0) == 0


def test_whoever_comes_next_waits_for_its_turn_or_not_at_all() -> None:
    limiter = RateLimiter(100.0)
    waits = [limiter.take(5.0) for _ in range(106)]
    assert waits[:100] == [0.0] * 100
    assert waits[100:105] == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])
    assert waits[105] is None


def test_over_time_there_are_no_more_than_the_rate() -> None:
    limiter = RateLimiter(20.0)
    moments = [step / 100 for step in range(1000)]  # ten seconds
    number = sum(taken(limiter, moment, 5) for moment in moments)
    assert 200 <= number <= 222


def test_what_is_not_used_is_not_saved_up() -> None:
    limiter = RateLimiter(20.0)
    taken(limiter, 0.0)
    assert taken(limiter, 3600.0) == 21


def test_whoever_is_refused_does_not_count() -> None:
    limiter = RateLimiter(1.0)
    assert limiter.take(0.0) == 0.0
    for _ in range(100):
        assert limiter.take(0.5) is None
    assert limiter.take(1.0) == 0.0
