"""What is kept is shared by all who use one Redis, and asked for once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceUnavailable
from ivrhooks.resilience.cache import Cache
from ivrhooks.sources.asking.reply_cache import (
    SLICE,
    CachedReply,
    ReplyCache,
    forget_kept,
)
from ivrhooks.sources.interface import CacheSettings, Reply
from ivrhooks.store import shared as shared_module
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.people import Person
from ivrhooks.store.shared import Shared

KEEP = CacheSettings(30, 600)
KEYS = [b"a" * 32, b"b" * 32]
KEY = ("GET", "http://crm/?tel=13800000001")


@pytest.fixture(autouse=True)
def long_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_module, "LIMIT", 5.0)  # however busy the machine is


class System:
    def __init__(self) -> None:
        self.fetches = 0
        self.gives: Any = Reply({"id": 1})

    async def __call__(self) -> Reply:
        self.fetches += 1
        await asyncio.sleep(0.05)
        if isinstance(self.gives, Exception):
            raise self.gives
        assert isinstance(self.gives, Reply)
        return self.gives


class Machine:
    """One process with a cache of its own; ``now`` is the same for all."""

    def __init__(self, url: str, now: Callable[[], float]) -> None:
        self.shared = Shared(url, Cipher([KEYS[0]])) if url else None
        loop = asyncio.get_running_loop()
        self.kept = ReplyCache(
            Cache(clock=loop.time),
            whose="crm",
            clock=loop.time,
            now=now,
            shared=self.shared,
        )

    def fetched(self, system: System, keep: CacheSettings = KEEP) -> Any:
        return self.kept.fetched(KEY, keep, system)

    async def close(self) -> None:
        await self.kept.close()
        if self.shared is not None:
            await self.shared.close()


def play(url: str, story: Callable[..., Awaitable[None]]) -> None:
    async def with_machines() -> None:
        clock = [1e9]
        machines = [Machine(url, lambda: clock[0]) for _ in range(2)]
        try:
            await story(*machines, clock)
        finally:
            for machine in machines:
                await machine.close()

    asyncio.run(with_machines())


def test_without_redis_each_process_keeps_its_own() -> None:
    async def story(ours: Machine, other: Machine, _: Any) -> None:
        system = System()
        assert await ours.fetched(system) == (Reply({"id": 1}), None)
        cached = ours.kept.find(KEY, KEEP)
        assert cached is not None
        assert (cached.reply, cached.is_stale) == (Reply({"id": 1}), False)
        assert other.kept.find(KEY, KEEP) is None
        assert ours.kept.find(KEY, CacheSettings(0, 0)) is None
        assert ours.kept.find((*KEY, "x"), KEEP) is None

    play("", story)


def test_a_second_machine_uses_the_reply_of_the_first(
    redis_server: Any,
) -> None:
    async def story(ours: Machine, other: Machine, clock: list[float]) -> None:
        system = System()
        await ours.fetched(system)
        await ours.kept.close()
        clock[0] += 10
        assert await other.fetched(system) == (Reply({"id": 1}), 10.0)
        assert system.fetches == 1
        cached = other.kept.find(KEY, KEEP)
        assert cached is not None
        assert round(cached.age) == 10
        clock[0] += 25
        assert (await other.fetched(system))[1] is None
        assert system.fetches == 2

    play(redis_server.url, story)


def test_a_machine_with_another_key_asks_for_itself(redis_server: Any) -> None:
    async def story(ours: Machine, other: Machine, _: Any) -> None:
        assert other.shared is not None
        other.shared._cipher = Cipher([KEYS[1]])
        system = System()
        await ours.fetched(system)
        await ours.kept.close()
        assert (await other.fetched(system))[1] is None
        assert system.fetches == 2
        await other.kept.close()
        assert await ours.shared._redis.keys("*") != []
        await ours.kept.purge()  # all that is shared of a source, whoever keeps it
        assert await ours.shared._redis.keys("*") == []

    play(redis_server.url, story)


def test_ten_on_two_machines_make_one_request(redis_server: Any) -> None:
    async def story(ours: Machine, other: Machine, _: Any) -> None:
        system = System()
        replies = await asyncio.gather(
            *(machine.fetched(system) for machine in (ours, other) * 5)
        )
        assert {reply.record["id"] for reply, _ in replies} == {1}
        assert system.fetches == 1

    play(redis_server.url, story)


def test_where_the_first_fails_the_next_asks(redis_server: Any) -> None:
    async def story(ours: Machine, other: Machine, _: Any) -> None:
        failing, good = System(), System()
        failing.gives = SourceUnavailable("503")
        first = asyncio.ensure_future(ours.fetched(failing))
        while not failing.fetches:
            await asyncio.sleep(0.001)
        assert (await other.fetched(good))[0] == Reply({"id": 1})
        with pytest.raises(SourceUnavailable):
            await first
        assert (failing.fetches, good.fetches) == (1, 1)

    play(redis_server.url, story)


def test_a_cancelled_fetch_releases_its_claim(redis_server: Any) -> None:
    async def story(ours: Machine, other: Machine, _: Any) -> None:
        system = System()
        first = asyncio.ensure_future(ours.fetched(system))
        while not system.fetches:
            await asyncio.sleep(0.001)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await other.fetched(system)
        assert system.fetches == 2

    play(redis_server.url, story)


def test_not_found_is_shared_for_half_of_fresh(redis_server: Any) -> None:
    async def story(ours: Machine, other: Machine, clock: list[float]) -> None:
        system = System()
        system.gives = Reply(None, found=False)
        await ours.fetched(system)
        await ours.kept.close()
        clock[0] += 14
        assert await other.fetched(system) == (Reply(None, found=False), 14.0)
        clock[0] += 2
        await other.fetched(system)
        assert system.fetches == 2

    play(redis_server.url, story)


def test_a_stale_shared_reply_is_answered_where_the_source_fails(
    redis_server: Any,
) -> None:
    async def story(ours: Machine, other: Machine, clock: list[float]) -> None:
        system = System()
        await ours.fetched(system)
        await ours.kept.close()
        clock[0] += 60
        system.gives = SourceUnavailable("503")
        with pytest.raises(SourceUnavailable):
            await other.fetched(system)
        other.kept.refresh_failed(KEY)
        cached = other.kept.find(KEY, KEEP)
        assert isinstance(cached, CachedReply)
        assert cached.is_stale
        assert cached.refresh_failed

    play(redis_server.url, story)


def test_with_redis_down_each_process_fetches(redis_server: Any) -> None:
    async def story(ours: Machine, other: Machine, _: Any) -> None:
        system = System()
        await ours.fetched(system)
        await ours.kept.close()
        redis_server.stop()
        assert (await other.fetched(system))[0] == Reply({"id": 1})
        assert system.fetches == 2
        assert other.kept.find(KEY, KEEP) is not None

    play(redis_server.url, story)


def test_redis_sees_no_number_in_a_key(redis_server: Any) -> None:
    async def story(ours: Machine, _: Machine, __: Any) -> None:
        await ours.fetched(System())
        await ours.kept.close()
        assert ours.shared is not None
        keys = await ours.shared._redis.keys("*")
        assert len(keys) == 1
        assert b"1380000" not in keys[0]
        assert b'"id"' not in await ours.shared._redis.get(keys[0])

    play(redis_server.url, story)


def test_answers_of_a_caller_are_dropped() -> None:
    cache, other = Cache(clock=lambda: 0.0), Cache(clock=lambda: 0.0)
    address = "https://crm.example.com/q?tel="
    cache.put(("crm", address + "13800000001"), Reply(None, found=False), lives=9)
    cache.put(("crm", address + "2"), Reply({"tel": "+86 138 0000 0001"}), lives=9)
    other.put("c", Reply({"tel": "13800000001"}), lives=9)
    for number in range(3 * SLICE):
        cache.put(("crm", address, number), Reply({"tel": "13900000001"}), lives=9)

    async def story() -> None:
        caller = Person("13800000001", "CN")
        assert await forget_kept([cache, other], caller) == 3
        assert await forget_kept([cache, other], caller) == 0

    asyncio.run(story())
    assert (len(cache), len(other)) == (3 * SLICE, 0)
