"""Builds a source's pipeline of breaker, bulkhead and retries.

A log line reports when its breaker opens or closes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from ivrhooks.resilience.bulkhead import Bulkhead
from ivrhooks.resilience.circuit_breaker import CircuitBreaker
from ivrhooks.resilience.deadline import Clock
from ivrhooks.resilience.pipeline import ResiliencePipeline
from ivrhooks.resilience.retry_budget import RetryBudget
from ivrhooks.sources.interface import SourceSettings

_logger = logging.getLogger(__name__)


def pipeline_of(
    settings: SourceSettings, clock: Clock, chance: Callable[[], float]
) -> ResiliencePipeline:
    """Return the pipeline of a source. ``chance`` gives random numbers for its
    jitter."""
    breaker = CircuitBreaker(
        failures=settings.breaker.failures,
        reset=settings.breaker.reset,
        clock=clock,
        random=chance,
        on_change=partial(_tell, settings),
    )
    bulkhead = Bulkhead(settings.max_concurrent)
    budget = RetryBudget(clock=clock)
    return ResiliencePipeline(
        breaker=breaker, bulkhead=bulkhead, budget=budget, random=chance
    )


def _tell(settings: SourceSettings, why: object) -> None:
    """Log that a breaker opens, with the last failure, or closes."""
    name, failures = settings.name, settings.breaker.failures
    if why is None:
        _logger.warning("source %s answers again, its breaker closes", name)
        return
    times = "1 failure" if failures == 1 else f"{failures} failures in a row"
    _logger.warning("source %s: its breaker opens after %s: %s", name, times, why)
