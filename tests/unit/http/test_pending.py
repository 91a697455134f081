"""What waits before a data request is begun, and can be given up meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

from ivrhooks.http.pending import Counted, Deferred


class Dispatcher:
    in_flight = 0


class Handle:
    cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


async def counted(wait: float | None, begun: list[Any], handle: Handle) -> Counted:
    async def count() -> float | None:
        await asyncio.sleep(0)
        return wait

    def go_on(seconds: float | None) -> Handle:
        begun.append(seconds)
        return handle

    return Counted(Dispatcher(), count, go_on)


def test_it_goes_on_with_what_the_count_gave() -> None:
    async def story() -> None:
        begun: list[Any] = []
        handle = Handle()
        pending = await counted(7.5, begun, handle)
        assert pending._dispatcher.in_flight == 1
        await pending._task
        assert (begun, pending._dispatcher.in_flight) == ([7.5], 0)
        pending.cancel()
        assert handle.cancelled

    asyncio.run(story())


def test_it_is_given_up_while_it_is_counted() -> None:
    async def story() -> None:
        begun: list[Any] = []
        pending = await counted(0.0, begun, Handle())
        pending.cancel()
        await asyncio.gather(pending._task, return_exceptions=True)
        assert begun == []

    asyncio.run(story())


def test_a_count_that_fails_holds_nobody_up() -> None:
    async def story() -> None:
        begun: list[Any] = []

        async def count() -> float | None:
            raise ValueError("odd")

        pending = Counted(Dispatcher(), count, begun.append)
        await pending._task
        assert begun == [None]

    asyncio.run(story())


def test_what_is_deferred_is_begun_later_or_not_at_all() -> None:
    handle, begun = Handle(), []

    def begin() -> Handle:
        begun.append(1)
        return handle

    first, second = Deferred(begin), Deferred(begin)
    first.begin()
    second.cancel()
    second.begin()
    assert begun == [1]
    first.cancel()
    assert handle.cancelled
