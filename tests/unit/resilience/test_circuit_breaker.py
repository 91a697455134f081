"""The circuit breaker opens after failures in a row, and one probe closes it."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.resilience.circuit_breaker import CircuitBreaker, Permit


@pytest.fixture
def breaker(clock: Any) -> CircuitBreaker:
    return CircuitBreaker(failures=3, reset=10.0, clock=clock, random=lambda: 0.0)


def entered(breaker: CircuitBreaker) -> Permit:
    permit = breaker.enter()
    assert permit is not None
    return permit


def opened(breaker: CircuitBreaker) -> None:
    for _ in range(3):
        entered(breaker).failed()
    assert breaker.state == "open"


def test_consecutive_failures_open_the_breaker(breaker: CircuitBreaker) -> None:
    for _ in range(2):
        entered(breaker).failed()
    entered(breaker).succeeded()
    for _ in range(2):
        entered(breaker).failed()
    assert breaker.state == "closed"
    entered(breaker).failed()
    assert breaker.state == "open"
    assert breaker.refuses
    assert breaker.enter() is None


def test_the_first_call_after_reset_is_the_probe(
    breaker: CircuitBreaker, clock: Any
) -> None:
    opened(breaker)
    clock.now += 9.99
    assert breaker.enter() is None
    clock.now += 0.01
    assert breaker.state == "half_open"
    probe = entered(breaker)
    assert probe.probe
    assert breaker.enter() is None
    probe.succeeded()
    assert breaker.state == "closed"
    entered(breaker).failed()
    assert breaker.state == "closed"


def test_a_failed_probe_restarts_the_reset_time(
    breaker: CircuitBreaker, clock: Any
) -> None:
    opened(breaker)
    clock.now += 10
    entered(breaker).failed()
    assert breaker.state == "open"
    clock.now += 9.99
    assert breaker.enter() is None
    clock.now += 0.01
    assert entered(breaker).probe


def test_a_released_probe_lets_the_next_call_probe(
    breaker: CircuitBreaker, clock: Any
) -> None:
    opened(breaker)
    clock.now += 10
    entered(breaker).release()
    assert breaker.state == "half_open"
    assert entered(breaker).probe


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 10.0), (0.5, 12.5), (1.0, 15.0)])
def test_the_reset_time_has_up_to_half_of_itself_as_jitter(
    clock: Any, chance: float, wait: float
) -> None:
    breaker = CircuitBreaker(failures=1, reset=10, clock=clock, random=lambda: chance)
    entered(breaker).failed()
    clock.now += wait - 0.001
    assert breaker.refuses
    clock.now += 0.002
    assert not breaker.refuses


def test_a_permit_counts_once(breaker: CircuitBreaker) -> None:
    permit = entered(breaker)
    for _ in range(5):
        permit.failed()
    permit.succeeded()
    assert breaker.state == "closed"
    entered(breaker).failed()
    entered(breaker).failed()
    assert breaker.state == "open"


def test_results_from_before_the_breaker_opened_are_ignored(
    breaker: CircuitBreaker, clock: Any
) -> None:
    old = [entered(breaker) for _ in range(3)]
    opened(breaker)
    old[0].succeeded()
    assert breaker.state == "open"
    clock.now += 10
    probe = entered(breaker)
    old[1].failed()
    old[2].release()
    assert breaker.enter() is None
    probe.succeeded()
    assert breaker.state == "closed"


def test_a_released_call_counts_as_neither_success_nor_failure(
    breaker: CircuitBreaker,
) -> None:
    entered(breaker).failed()
    entered(breaker).failed()
    entered(breaker).release()
    entered(breaker).failed()
    assert breaker.state == "open"


def test_a_manual_reset_closes_the_breaker_and_ignores_open_calls(
    breaker: CircuitBreaker,
) -> None:
    late = entered(breaker)
    opened(breaker)
    assert breaker.refuses
    breaker.reset()
    assert (breaker.state, breaker.refuses) == ("closed", False)
    late.failed()
    entered(breaker).succeeded()
    assert breaker.state == "closed"


def test_the_breaker_reports_each_change_of_state_once(clock: Any) -> None:
    changes: list[object] = []
    breaker = CircuitBreaker(
        failures=2, reset=10, clock=clock, random=lambda: 0.0, on_change=changes.append
    )
    breaker.reset()
    entered(breaker).failed("first")
    entered(breaker).failed("second")
    clock.now += 10
    entered(breaker).failed("the probe")  # open before and after
    assert changes == ["second"]
    clock.now += 10
    entered(breaker).succeeded()
    assert changes == ["second", None]
    entered(breaker).failed()
    entered(breaker).failed()
    breaker.reset()
    assert changes[2:] == ["no answer by the deadline", None]
