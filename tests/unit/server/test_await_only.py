"""Code that is not asynchronous waits in a loop without a thread."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from ivrhooks.server import await_only as waiting

WHO: ContextVar[str] = ContextVar("WHO")


async def later(value: str, policy: asyncio.Event) -> str:
    await policy.wait()
    return value


def test_it_returns_what_the_code_returns_and_raises_what_it_raises() -> None:
    async def nothing() -> int:
        return 7

    def fail() -> None:
        raise KeyError("code")

    async def go() -> None:
        assert await waiting.run(lambda: 1 + waiting.wait_for(nothing())) == 8
        assert await waiting.run(lambda: "none waited") == "none waited"
        with pytest.raises(KeyError, match="code"):
            await waiting.run(fail)

    asyncio.run(go())


def test_many_wait_in_one_thread_each_with_a_context_of_its_own() -> None:
    seen: list[tuple[str, str, int]] = []

    async def go() -> None:
        policy = asyncio.Event()

        def code(name: str) -> str:
            WHO.set(name)
            found = waiting.wait_for(later(name, policy))
            seen.append((WHO.get(), found, threading.get_ident()))
            return found

        tasks = [
            asyncio.create_task(waiting.run(lambda name=name: code(name)))
            for name in "abc"
        ]
        await asyncio.sleep(0)
        assert seen == []
        policy.set()
        assert await asyncio.gather(*tasks) == ["a", "b", "c"]
        assert WHO.get("nobody") == "nobody"

    asyncio.run(go())
    here = threading.get_ident()
    assert seen == [(name, name, here) for name in "abc"]


def test_what_is_waited_for_fails_where_it_is_waited_for() -> None:
    async def fail() -> None:
        raise OSError("gone")

    def code() -> str:
        with pytest.raises(OSError, match="gone"):
            waiting.wait_for(fail())
        return "went on"

    assert asyncio.run(waiting.run(code)) == "went on"


def test_a_cancelled_task_ends_the_wait() -> None:
    ended: list[str] = []

    async def go() -> None:
        def code() -> None:
            try:
                waiting.wait_for(later("never", asyncio.Event()))
            finally:
                ended.append("cleaned up")

        task = asyncio.create_task(waiting.run(code))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    assert ended == ["cleaned up"]


def test_without_a_loop_there_is_nothing_to_wait_in() -> None:
    async def nothing() -> None:
        """Is never awaited."""

    work = nothing()
    with pytest.raises(RuntimeError, match="no loop to wait in"):
        waiting.wait_for(work)
    work.close()
