"""The resilience pipeline around one call: breaker, bulkhead, attempt and retry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

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


class Call(Generic[T]):
    """One query with its retries.

    ``attempt`` makes one try and calls back, never before it has returned; ``left``
    returns how many seconds the waiting callers still have.
    """

    __slots__ = (
        "_attempt",
        "_left",
        "_on_end",
        "_permit",
        "_pipeline",
        "_retries",
        "_under_way",
        "tries",
    )

    def __init__(
        self,
        attempt: Callable[[OnDone[T]], UnderWay],
        *,
        retries: int,
        left: Callable[[], float],
    ) -> None:
        self._attempt = attempt
        self._left = left
        self._retries = retries
        self.tries = 0
        self._on_end: OnDone[T] | None = None
        self._permit: Permit | None = None
        self._pipeline: ResiliencePipeline | None = None
        self._under_way: UnderWay | None = None

    def late(self) -> None:
        """Count a deadline that passed during the call as no answer.

        It counts once, and only while the source is being queried: a wait for a permit
        is not the source's fault.
        """
        if self._permit is not None:
            self._permit.failed()

    def cancel(self) -> None:
        """Cancel the call without a callback; this counts neither for nor against the
        source."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.cancel()
        if self._permit is not None:
            self._permit.release()
            self._leave()
        self._on_end = None

    def begin(self, pipeline: ResiliencePipeline, on_end: OnDone[T]) -> None:
        """Take a permit of the bulkhead, or wait for one."""
        self._pipeline, self._on_end = pipeline, on_end
        if pipeline.bulkhead.enter():
            self._enter()
        else:
            self._under_way = pipeline.bulkhead.wait(self._waited)

    def _waited(self, is_granted: bool) -> None:
        self._under_way = None
        if is_granted:
            self._enter()
        else:
            self._end(Refused("busy"))

    def _enter(self) -> None:
        """Continue with a permit of the bulkhead, and take one of the breaker."""
        pipeline = self._pipeline
        if pipeline is None:
            return
        self._permit = pipeline.breaker.enter()
        if self._permit is None:  # the breaker opened while the call waited
            pipeline.bulkhead.leave()
            self._end(Refused("open"))
            return
        pipeline.budget.count_call()
        self._try()

    def _try(self) -> None:
        self.tries += 1
        self._under_way = self._attempt(self._tried)

    def _tried(self, result: T | BaseException) -> None:
        permit, self._under_way = self._permit, None
        if permit is None:
            return
        if not isinstance(result, BaseException):  # the common case
            permit.succeeded()
        elif not isinstance(result, SourceError):
            permit.release()
        else:
            wait = self._pause(permit, result)
            if wait is not None:
                loop = asyncio.get_running_loop()
                self._under_way = loop.call_later(wait, self._try)
                return
            _judge(permit, result)
        self._leave()
        self._end(result)

    def _pause(self, permit: Permit, problem: SourceError) -> float | None:
        """Return the seconds until the next try, or None for no retry.

        A retry is made only where nothing was received, with time left, and within the
        budget.
        """
        if (
            self.tries > self._retries
            or permit.probe
            or problem.received
            or not problem.temporary
            or self._pipeline is None
        ):
            return None
        wait = pause(self._pipeline.random)
        if self._left() <= wait + LEAST_ROOM or not self._pipeline.budget.take():
            return None
        return wait

    def _leave(self) -> None:
        self._permit = None
        if self._pipeline is not None:
            self._pipeline.bulkhead.leave()

    def _end(self, result: T | BaseException) -> None:
        """Drop the reference to the caller before calling back: it refers to this call,
        which would be a reference cycle."""
        on_end = self._on_end
        self._on_end = None
        if on_end is not None:
            on_end(result)


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

    def begin(self, call: Call[T], on_end: OnDone[T]) -> bool:
        """Begin ``call``; return False where the breaker refuses it at once.

        ``on_end`` gets the result of the attempt, the last SourceError, or Refused.
        """
        if self.breaker.refuses:
            return False
        call.begin(self, on_end)
        return True

    def open(self, call: Call[T], on_end: OnDone[T]) -> UnderWay:
        """Begin ``call`` as ``begin`` does, but call back an immediate refusal as
        well."""
        if not self.begin(call, on_end):
            loop = asyncio.get_running_loop()
            return loop.call_soon(partial(on_end, Refused("open")))
        return call


def _judge(permit: Permit, problem: SourceError) -> None:
    if problem.blame:
        permit.failed(problem)
    elif problem.received:
        permit.succeeded()  # it refused, so it is available
    else:
        permit.release()  # nothing was sent
