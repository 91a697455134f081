"""The resilience pipeline around one call: breaker, bulkhead, attempt and retry."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.awaited import OnDone, UnderWay
from ivrhooks.resilience.bulkhead import Bulkhead
from ivrhooks.resilience.circuit_breaker import CircuitBreaker, Permit
from ivrhooks.resilience.retry_budget import RetryBudget, pause

T = TypeVar("T")

LEAST_ROOM = 0.01  # seconds; a retry with less time left cannot succeed


class Refused(Exception):
    """The source was not called: ``status`` is open or busy."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Call(ABC, Generic[T]):
    """One query with its retries, on its way through a pipeline.

    Whoever makes the query inherits from this and says how one try is made, how long
    the callers still wait, and what is done with the result.
    """

    def __init__(self, retries: int) -> None:
        self.retries = retries
        self.tries = 0
        self._permit: Permit | None = None
        self._pipeline: ResiliencePipeline | None = None
        self._under_way: UnderWay | None = None

    @abstractmethod
    def start_try(self, on_done: OnDone[T]) -> UnderWay:
        """Start one try; ``on_done`` is called once, never before this has returned."""

    @abstractmethod
    def left(self) -> float:
        """Return how many seconds the waiting callers still have."""

    @abstractmethod
    def called(self, result: T | BaseException) -> None:
        """Take the result of the last try, its SourceError, or Refused. Called
        once, and not after ``withdraw``."""

    def count_late(self) -> None:
        """Count a deadline that passed during the call as no answer.

        It counts once, and only while the source is being queried: a wait for a permit
        is not the source's fault.
        """
        if self._permit is not None:
            self._permit.failed()

    def withdraw(self) -> None:
        """Cancel the call without a result; this counts neither for nor against the
        source."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.cancel()
        permit, self._permit = self._permit, None
        if permit is not None and self._pipeline is not None:
            permit.release()
            self._pipeline.bulkhead.leave()

    def enter(self, pipeline: ResiliencePipeline) -> None:
        """Take a permit of the bulkhead, or wait for one."""
        self._pipeline = pipeline
        if pipeline.bulkhead.enter():
            self._with_permit(pipeline)
        else:
            self._under_way = pipeline.bulkhead.wait(self._on_permit)

    def _on_permit(self, is_granted: bool) -> None:
        self._under_way = None
        if is_granted and self._pipeline is not None:
            self._with_permit(self._pipeline)
        else:
            self.called(Refused("busy"))

    def _with_permit(self, pipeline: ResiliencePipeline) -> None:
        """Continue with a permit of the bulkhead, and take one of the breaker."""
        self._permit = pipeline.breaker.enter()
        if self._permit is None:  # the breaker opened while the call waited
            pipeline.bulkhead.leave()
            self.called(Refused("open"))
            return
        pipeline.budget.count_call()
        self.tries = 1
        self._under_way = self.start_try(self._on_try_done)

    def _retry(self) -> None:
        self.tries += 1
        self._under_way = self.start_try(self._on_try_done)

    def _on_try_done(self, result: T | BaseException) -> None:
        permit, pipeline, self._under_way = self._permit, self._pipeline, None
        if permit is None or pipeline is None:
            return
        if not isinstance(result, BaseException):  # the common case
            permit.succeeded()
        elif not isinstance(result, SourceError):
            permit.release()
        else:
            wait = self._seconds_until_retry(pipeline, permit, result)
            if wait is not None:
                loop = asyncio.get_running_loop()
                self._under_way = loop.call_later(wait, self._retry)
                return
            _report_failure(permit, result)
        self._permit = None
        pipeline.bulkhead.leave()
        self.called(result)

    def _seconds_until_retry(
        self, pipeline: ResiliencePipeline, permit: Permit, problem: SourceError
    ) -> float | None:
        """Return the seconds until the next try, or None for no retry.

        A retry is made only where nothing was received, with time left, and within the
        budget.
        """
        if (
            self.tries > self.retries
            or permit.probe
            or problem.received
            or not problem.temporary
        ):
            return None
        wait = pause(pipeline.random)
        if self.left() <= wait + LEAST_ROOM or not pipeline.budget.take():
            return None
        return wait


class ResiliencePipeline:
    """Stands between one source and its callers, in one process."""

    __slots__ = ("breaker", "budget", "bulkhead", "random")

    def __init__(
        self,
        *,
        breaker: CircuitBreaker,
        bulkhead: Bulkhead,
        budget: RetryBudget,
        random: Callable[[], float],
    ) -> None:
        self.breaker = breaker
        self.bulkhead = bulkhead
        self.budget = budget
        self.random = random

    def begin(self, call: Call[Any]) -> bool:
        """Begin ``call``; return False where the breaker refuses it at once."""
        if self.breaker.open_until is not None and self.breaker.refuses:
            return False
        call.enter(self)
        return True


def _report_failure(permit: Permit, problem: SourceError) -> None:
    if problem.blame:
        permit.failed(problem)
    elif problem.received:
        permit.succeeded()  # it refused, so it is available
    else:
        permit.release()  # nothing was sent
