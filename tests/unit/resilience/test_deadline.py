"""The deadline: a moment, and the time remaining until then."""

from __future__ import annotations

from typing import Any

from ivrhooks.resilience.deadline import Deadline


def test_the_remaining_time_never_goes_below_zero(clock: Any) -> None:
    deadline = Deadline.after(2.0, clock)
    assert deadline.remaining() == 2.0
    clock.now += 1.5
    assert deadline.remaining() == 0.5
    clock.now += 0.5
    assert deadline.remaining() == 0.0
    clock.now += 10
    assert deadline.remaining() == 0.0


def test_within_returns_the_earlier_deadline(clock: Any) -> None:
    deadline = Deadline.after(2.0, clock)
    assert deadline.within(0.5).remaining() == 0.5
    assert deadline.within(5.0) == deadline
    assert deadline.within(None) is deadline
    assert deadline.remaining() == 2.0
