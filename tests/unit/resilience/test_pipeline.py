"""Breaker, limit, attempt and retry, in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.resilience.awaited import Awaited, OnDone, UnderWay
from ivrhooks.resilience.bulkhead import Bulkhead
from ivrhooks.resilience.circuit_breaker import CircuitBreaker
from ivrhooks.resilience.pipeline import Call, Refused, ResiliencePipeline
from ivrhooks.resilience.retry_budget import RetryBudget

REFUSED = SourceUnavailable("refused", received=False)


def made(*, failures: int = 3, places: int = 2) -> ResiliencePipeline:
    clock = asyncio.get_running_loop().time
    return ResiliencePipeline(
        breaker=CircuitBreaker(
            failures=failures, reset=10, clock=clock, random=lambda: 0.0
        ),
        bulkhead=Bulkhead(places),
        budget=RetryBudget(clock=clock),
        random=lambda: 0.0,
    )


def attempts(*outcomes: Any) -> Callable[[], Awaitable[Any]]:
    """Each call gives, or raises, the next; the last for ever."""
    left = list(outcomes)

    async def attempt() -> Any:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(outcome, BaseException):
            raise outcome
        if callable(outcome):
            return await outcome()
        return outcome

    return attempt


class OneCall(Call[Any]):
    """A call whose tries come to ``outcomes``, one after the other."""

    def __init__(self, *outcomes: Any, retries: int = 0, left: float = 5.0) -> None:
        super().__init__(retries)
        self._attempt = attempts(*outcomes)
        self._left = left
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def start_try(self, on_done: OnDone[Any]) -> UnderWay:
        async def once() -> Any:
            return await self._attempt()

        return Awaited(once(), on_done)

    def left(self) -> float:
        return self._left

    def called(self, result: Any) -> None:
        if isinstance(result, BaseException):
            self.result.set_exception(result)
        else:
            self.result.set_result(result)


async def run(guard: ResiliencePipeline, call: OneCall) -> Any:
    """The result of the call, for whoever waits for it."""
    if not guard.begin(call):
        raise Refused("open")
    try:
        return await call.result
    except asyncio.CancelledError:
        call.withdraw()
        raise


async def fails(guard: ResiliencePipeline, *outcomes: Any, **how: Any) -> int:
    call = OneCall(*outcomes, **how)
    with pytest.raises((SourceError, Refused)):
        await run(guard, call)
    return call.tries


def test_a_successful_call_returns_its_answer(in_no_time: Any) -> None:
    async def story() -> None:
        assert await run(made(), OneCall("answer")) == "answer"

    in_no_time(story())


@pytest.mark.parametrize(
    ("problem", "opens"),
    [
        (SourceTimeout("late"), True),
        (SourceUnavailable("503"), True),
        (SourceMalformed("no JSON"), True),
        (SourceRejected("401"), False),
    ],
)
def test_only_faults_of_the_source_open_the_breaker(
    in_no_time: Any, problem: SourceError, opens: bool
) -> None:
    async def story() -> None:
        guard = made()
        for _ in range(3):
            await fails(guard, problem)
        assert guard.breaker.state == ("open" if opens else "closed")
        if opens:
            with pytest.raises(Refused, match="open"):
                await run(guard, OneCall("answer"))

    in_no_time(story())


def test_a_rejection_ends_a_run_of_failures(in_no_time: Any) -> None:
    async def story() -> None:
        guard = made()
        for problem in (REFUSED, REFUSED, SourceRejected("401"), REFUSED, REFUSED):
            await fails(guard, problem)
        assert guard.breaker.state == "closed"
        await fails(guard, SourceRejected("unsendable", received=False))
        await fails(guard, REFUSED)
        assert guard.breaker.state == "open"

    in_no_time(story())


@pytest.mark.parametrize(
    ("problem", "tries"),
    [
        (REFUSED, 3),
        (SourceUnavailable("reset in the body"), 1),
        (SourceTimeout("late", received=False), 3),
        (SourceRejected("unsendable", received=False), 1),
    ],
)
def test_only_a_request_that_was_not_received_is_retried(
    in_no_time: Any, problem: SourceError, tries: int
) -> None:
    async def story() -> None:
        assert await fails(made(), problem, retries=2) == tries

    in_no_time(story())


def test_a_successful_retry_does_not_count_as_a_failure(in_no_time: Any) -> None:
    async def story() -> None:
        guard = made(failures=1)
        call = OneCall(REFUSED, "answer", retries=1)
        assert await run(guard, call) == "answer"
        assert call.tries == 2
        assert guard.breaker.state == "closed"

    in_no_time(story())


def test_there_is_no_retry_without_remaining_time(in_no_time: Any) -> None:
    async def story() -> None:
        assert await fails(made(), REFUSED, retries=1, left=0.01) == 1

    in_no_time(story())


def test_retries_do_not_double_the_load_of_an_outage(in_no_time: Any) -> None:
    async def story() -> None:
        guard = made(failures=1000)
        tries = [await fails(guard, REFUSED, retries=1) for _ in range(50)]
        assert sum(tries) <= 50 + 10

    in_no_time(story())


def test_a_probe_is_not_retried(in_no_time: Any) -> None:
    async def story() -> None:
        guard = made(failures=1)
        await fails(guard, SourceUnavailable("503"))
        await asyncio.sleep(10)
        assert await fails(guard, REFUSED, retries=3) == 1
        assert guard.breaker.state == "open"

    in_no_time(story())


def test_a_call_without_a_permit_is_busy_and_not_a_failure(
    in_no_time: Any,
) -> None:
    async def story() -> None:
        guard = made(failures=1)
        forever = [
            asyncio.create_task(run(guard, OneCall(asyncio.Event().wait)))
            for _ in range(2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="busy"):
            await run(guard, OneCall("answer"))
        assert guard.breaker.state == "closed"
        for task in forever:
            task.cancel()
        await asyncio.gather(*forever, return_exceptions=True)
        assert guard.bulkhead.in_use == 0
        assert guard.breaker.state == "closed"
        assert await run(guard, OneCall("answer")) == "answer"

    in_no_time(story())


def test_a_breaker_that_opens_refuses_calls_waiting_for_a_permit(
    in_no_time: Any,
) -> None:
    async def story() -> None:
        guard = made(failures=1, places=1)

        async def slow() -> None:
            await asyncio.sleep(0.02)
            raise SourceTimeout("late")

        first = asyncio.create_task(run(guard, OneCall(slow)))
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="open"):
            await run(guard, OneCall("answer"))
        await asyncio.gather(first, return_exceptions=True)
        assert guard.bulkhead.in_use == 0

    in_no_time(story())


def test_a_call_cut_by_the_deadline_counts_as_a_failure(in_no_time: Any) -> None:
    async def story() -> None:
        guard = made(failures=1)
        call = OneCall(asyncio.Event().wait)
        task = asyncio.create_task(run(guard, call))
        await asyncio.sleep(0)
        call.count_late()
        call.count_late()
        assert guard.breaker.state == "open"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    in_no_time(story())


def test_waiting_for_a_permit_does_not_count_as_a_failure(in_no_time: Any) -> None:
    async def story() -> None:
        guard = made(failures=1, places=1)
        holding = asyncio.create_task(run(guard, OneCall(asyncio.Event().wait)))
        await asyncio.sleep(0)
        call = OneCall("answer")
        waiting = asyncio.create_task(run(guard, call))
        await asyncio.sleep(0)
        call.count_late()
        assert guard.breaker.state == "closed"
        for task in (holding, waiting):
            task.cancel()
        await asyncio.gather(holding, waiting, return_exceptions=True)

    in_no_time(story())
