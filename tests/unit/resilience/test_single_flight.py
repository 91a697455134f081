"""Equal requests share a flight; each waiter leaves at its own deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any

from ivrhooks.resilience.awaited import Awaited, cancel_all
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.resilience.fair_scheduler import FairScheduler
from ivrhooks.resilience.single_flight import InFlight, SingleFlight


def after(seconds: float) -> Deadline:
    return Deadline.after(seconds, asyncio.get_running_loop().time)


class Runs:
    """Counts how requests go."""

    def __init__(self, takes: float = 1.0) -> None:
        self.takes = takes
        self.started = self.ended = self.cancelled = 0

    async def __call__(self) -> str:
        self.started += 1
        try:
            await asyncio.sleep(self.takes)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended += 1
        return "answer"


class Run(InFlight[Any]):
    """A request under way that takes as long as ``runs`` says."""

    def __init__(self, flights: Flights, key: Hashable | None, runs: Runs) -> None:
        super().__init__(flights, key, asyncio.get_running_loop().time)
        self.on_late: Callable[[], None] = lambda: None
        self.work = Awaited(runs(), self.end, flights.tasks)

    def abort(self) -> None:
        self.work.cancel()

    def late(self) -> None:
        self.on_late()

    def late_result(self) -> None:
        return None

    async def wait(self, deadline: Deadline) -> Any:
        result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        waiter = self.join(result.set_result, deadline)
        try:
            return await result
        except asyncio.CancelledError:
            waiter.cancel()
            raise


class Flights(SingleFlight[Run]):
    def __init__(self) -> None:
        super().__init__(FairScheduler())
        self.tasks: set[asyncio.Task[Any]] = set()

    def start(self, key: Hashable | None, runs: Runs) -> Run:
        flight = Run(self, key, runs)
        self.add(flight)
        return flight


def test_a_hundred_waiters_share_one_flight(in_no_time: Any) -> None:
    async def story() -> None:
        flights = Flights()
        runs = Runs()

        async def ask() -> str | None:
            flight = flights.under_way("k") or flights.start("k", runs)
            return await flight.wait(after(5))

        assert await asyncio.gather(*(ask() for _ in range(100))) == ["answer"] * 100
        assert (runs.started, runs.ended) == (1, 1)
        assert flights.under_way("k") is None
        assert len(flights) == 0

    in_no_time(story())


def test_each_waiter_leaves_at_its_own_deadline(in_no_time: Any) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        flights = Flights()
        flight = flights.start("k", Runs())
        late: list[float] = []
        flight.on_late = lambda: late.append(loop.time() - 1000)
        answers = await asyncio.gather(
            flight.wait(after(0.3)), flight.wait(after(2)), flight.wait(after(0))
        )
        assert answers == [None, "answer", None]
        assert [round(at, 3) for at in late] == [0.0, 0.3]

    in_no_time(story())


def test_a_flight_without_waiters_is_cancelled(in_no_time: Any) -> None:
    async def story() -> None:
        flights = Flights()
        runs = Runs()
        flight = flights.start("k", runs)
        assert await asyncio.gather(
            flight.wait(after(0.2)), flight.wait(after(0.4))
        ) == [None, None]
        assert flights.under_way("k") is None
        await asyncio.sleep(0)
        assert (runs.cancelled, runs.ended, len(flights)) == (1, 0, 0)

    in_no_time(story())


def test_a_waiter_after_the_end_starts_another_flight(in_no_time: Any) -> None:
    async def story() -> None:
        flights = Flights()
        runs = Runs()
        await flights.start("k", runs).wait(after(0.2))
        assert flights.under_way("k") is None  # before the first has even noticed
        assert await flights.start("k", runs).wait(after(5)) == "answer"
        assert runs.started == 2

    in_no_time(story())


def test_a_cancelled_waiter_does_not_count_as_late(in_no_time: Any) -> None:
    async def story() -> None:
        flights = Flights()
        runs = Runs()
        flight = flights.start("k", runs)
        late: list[str] = []
        flight.on_late = lambda: late.append("late")
        task = asyncio.create_task(flight.wait(after(5)))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)
        assert (late, runs.cancelled, len(flights)) == ([], 1, 0)

    in_no_time(story())


def test_a_flight_is_kept_alive_until_its_limit(in_no_time: Any) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        flights = Flights()
        quick, slow = Runs(1.0), Runs(9.0)
        quick_flight, other = flights.start("q", quick), flights.start("s", slow)
        late: list[float] = []
        other.on_late = lambda: late.append(round(loop.time() - 1000, 3))
        for flight in (quick_flight, other):
            flight.keep_alive_until(after(3))
        assert await quick_flight.wait(after(0.2)) is None
        assert await other.wait(after(0.2)) is None
        await asyncio.sleep(10)
        assert (quick.ended, slow.ended, slow.cancelled) == (1, 0, 1)
        assert late == [0.4, 3.0]
        assert len(flights) == 0

    in_no_time(story())


def test_a_kept_alive_flight_serves_a_longer_wait(in_no_time: Any) -> None:
    async def story() -> None:
        flights = Flights()
        flight = flights.start("k", Runs(1.0))
        flight.keep_alive_until(after(0.5))
        assert await flight.wait(after(5)) == "answer"

    in_no_time(story())


def test_a_flight_without_a_key_cannot_be_joined(in_no_time: Any) -> None:
    async def story() -> None:
        flights = Flights()
        runs = Runs()
        flight = flights.start(None, runs)
        assert flights.under_way(None) is None
        assert await flight.wait(after(5)) == "answer"

    in_no_time(story())


def test_closing_cancels_all_flights(in_no_time: Any) -> None:
    async def story() -> None:
        flights = Flights()
        runs = Runs()
        waits = [
            asyncio.create_task(flights.start(key, runs).wait(after(5)))
            for key in ("a", "b", None)
        ]
        await asyncio.sleep(0.1)
        flights.close()
        await cancel_all(flights.tasks)
        assert await asyncio.gather(*waits) == [None, None, None]
        assert (runs.cancelled, len(flights)) == (3, 0)

    in_no_time(story())


def test_a_caller_may_watch_its_own_deadline(in_no_time: Any) -> None:
    async def story() -> None:
        flights = Flights()
        flight = flights.start("a", Runs(takes=9.0))
        results: list[Any] = []
        waiter = flight.join(results.append, after(1.0), watched=True)
        await asyncio.sleep(2.0)
        assert (results, flights.deadlines.watched) == ([], {})
        waiter.expire()
        assert results == [None]
        assert flight.done
        await cancel_all(flights.tasks)

    in_no_time(story())
