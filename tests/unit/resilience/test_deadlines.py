"""One timer serves many deadlines (on a loop whose clock is fake)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ivrhooks.resilience.deadlines import Deadlines


class Watched:
    """Notes when its time was over."""

    def __init__(self, name: str, story: Story, then: Callable[[], None] | None = None):
        self.name = name
        self._story = story
        self._then = then

    def expire(self) -> None:
        loop = asyncio.get_running_loop()
        self._story.ended.append((self.name, round(loop.time() - self._story.began, 6)))
        if self._then is not None:
            self._then()


class Story:
    """What is watched from now on."""

    def __init__(self) -> None:
        self.began = asyncio.get_running_loop().time()
        self.deadlines = Deadlines()
        self.ended: list[tuple[str, float]] = []

    def watch(self, name: str, seconds: float, then: Any = None) -> Watched:
        watched = Watched(name, self, then)
        self.deadlines.watch_for(watched, seconds)
        return watched


def test_deadlines_expire_at_their_own_time_in_any_order(in_no_time: Any) -> None:
    async def story() -> None:
        times = Story()
        times.watch("second", 2.0)
        times.watch("third", 3.0)
        times.watch("first", 1.0)
        await asyncio.sleep(5)
        assert times.ended == [("first", 1.0), ("second", 2.0), ("third", 3.0)]
        assert not times.deadlines.watched

    in_no_time(story())


def test_overdue_deadlines_expire_in_order_of_their_time(in_no_time: Any) -> None:
    async def story() -> None:
        times = Story()
        late = times.began - 2.0
        times.deadlines.watch(Watched("less late", times), late + 1.0)
        times.deadlines.watch(Watched("most late", times), late)
        await asyncio.sleep(0.1)
        assert [name for name, _ in times.ended] == ["most late", "less late"]

    in_no_time(story())


def test_a_forgotten_deadline_never_expires(in_no_time: Any) -> None:
    async def story() -> None:
        times = Story()
        gone = times.watch("gone", 1.0)
        times.watch("kept", 2.0)
        times.deadlines.forget(gone)
        times.deadlines.forget(gone)
        await asyncio.sleep(5)
        assert times.ended == [("kept", 2.0)]

    in_no_time(story())


def test_an_expiry_may_forget_and_watch_other_deadlines(in_no_time: Any) -> None:
    async def story() -> None:
        times = Story()
        other: list[Watched] = []

        def then() -> None:
            times.deadlines.forget(other[0])
            times.watch("anew", 0.5)

        times.watch("first", 1.0, then)
        other.append(times.watch("of the same moment", 1.0))
        times.watch("last", 9.0)
        await asyncio.sleep(20)
        assert times.ended == [("first", 1.0), ("anew", 1.5), ("last", 9.0)]

    in_no_time(story())


def test_a_thousand_forgotten_deadlines_set_one_timer(
    in_no_time: Any, monkeypatch: Any
) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        set_at: list[float] = []
        call_at = loop.call_at
        monkeypatch.setattr(
            loop,
            "call_at",
            lambda when, *work: set_at.append(when) or call_at(when, *work),
        )
        times = Story()
        for _ in range(1000):
            times.deadlines.forget(times.watch("well", 1.0))
        assert len(set_at) == 1

    in_no_time(story())


def test_closing_discards_the_watched_deadlines(in_no_time: Any) -> None:
    async def story() -> None:
        times = Story()
        times.watch("never", 1.0)
        times.deadlines.close()
        await asyncio.sleep(5)
        assert times.ended == []
        times.watch("anew", 1.0)
        await asyncio.sleep(5)
        assert times.ended == [("anew", 6.0)]

    in_no_time(story())
