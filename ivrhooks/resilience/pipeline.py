"""The guard: breaker, limit, attempt and retry, in this order, around one question."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.bulkhead import Bulkhead
from ivrhooks.resilience.circuit_breaker import CircuitBreaker, Permit
from ivrhooks.resilience.retry_budget import RetryBudget, pause

T = TypeVar("T")

LEAST_ROOM = 0.01  # seconds; a retry with less before it cannot end well


class Refused(Exception):
    """Not asked at all: ``status`` is open or busy."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Call(Generic[T]):
    """One question on its way. ``attempt`` asks once; ``left`` says how many seconds
    those who wait still have."""

    __slots__ = ("_permit", "attempt", "left", "retries", "tries")

    def __init__(
        self,
        attempt: Callable[[], Awaitable[T]],
        *,
        retries: int,
        left: Callable[[], float],
    ) -> None:
        self.attempt = attempt
        self.retries = retries
        self.left = left
        self.tries = 0
        self._permit: Permit | None = None

    def late(self) -> None:
        """Somebody's wait ended by a deadline. It counts as no answer, once, and only
        while the source is being asked: a wait for a place is not its fault."""
        if self._permit is not None:
            self._permit.failed()


class ResiliencePipeline:
    """What stands between one source and those who ask it, in one process."""

    def __init__(
        self,
        *,
        breaker: CircuitBreaker,
        limit: Bulkhead,
        budget: RetryBudget,
        random: Callable[[], float],
    ) -> None:
        self.breaker = breaker
        self.limit = limit
        self._budget = budget
        self._random = random

    async def run(self, course: Call[T]) -> T:
        """What ``course.attempt`` gives. Raises Refused, or the last SourceError."""
        if self.breaker.refuses:
            raise Refused("open")
        if not await self.limit.enter():
            raise Refused("busy")
        try:
            permit = self.breaker.enter()
            if permit is None:  # it opened while we waited for a place
                raise Refused("open")
            return await self._asked(course, permit)
        finally:
            self.limit.leave()

    async def _asked(self, course: Call[T], permit: Permit) -> T:
        self._budget.count_call()
        course._permit = permit
        try:
            answer = await self._tried(course, permit)
        except SourceError as problem:
            _judge(permit, problem)
            raise
        except BaseException:
            permit.abandoned()
            raise
        permit.succeeded()
        return answer

    async def _tried(self, course: Call[T], permit: Permit) -> T:
        while True:
            course.tries += 1
            try:
                return await course.attempt()
            except SourceError as problem:
                wait = pause(self._random)
                if permit.probe or not self._may_repeat(course, problem, wait):
                    raise
            await asyncio.sleep(wait)

    def _may_repeat(self, course: Call[T], problem: SourceError, wait: float) -> bool:
        """Only where nothing came back, with time, and within the budget."""
        return (
            course.tries <= course.retries
            and not problem.received
            and problem.temporary
            and course.left() > wait + LEAST_ROOM
            and self._budget.take()
        )


def _judge(permit: Permit, problem: SourceError) -> None:
    if problem.blame:
        permit.failed()
    elif problem.received:
        permit.succeeded()  # it said no: it is there
    else:
        permit.abandoned()  # it was never asked
