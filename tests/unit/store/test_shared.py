"""A real Redis: what is shared, and that nothing is lost without it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.store import shared as module
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.shared import Shared, SharedTokens, shared_key
from ivrhooks.store.tokens import FileTokens, StoredToken

KEY, NEWER = b"a" * 32, b"b" * 32


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.02)
    monkeypatch.setattr(module, "LIMIT", 5.0)  # a busy machine is not what is tested


@pytest.fixture
def real_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 0.05)


def play(url: str, story: Callable[[Shared], Awaitable[None]]) -> None:
    async def run_story() -> None:
        shared = Shared(url, Cipher([KEY]))
        try:
            await story(shared)
        finally:
            await shared.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run_story())


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def test_values_are_shared_as_json(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        other = Shared(redis_server.url, Cipher([KEY]))
        await shared.put("k", {"ten": "Nguyễn", "n": [1, None, 2.5]}, lives=60)
        assert await other.get("k") == {"ten": "Nguyễn", "n": [1, None, 2.5]}
        assert await other.get("none") is None
        await other.close()

    play(redis_server.url, story)


def test_a_command_under_way_ends_quietly_when_it_is_closed(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        under_way, closed = asyncio.Event(), asyncio.Event()

        async def command() -> None:
            under_way.set()
            await closed.wait()
            raise AttributeError("the client lost its connection while it connected")

        running = asyncio.create_task(shared._command(command(), failed="nothing"))
        await under_way.wait()
        await shared.close()
        closed.set()
        assert await running == "nothing"

    play(redis_server.url, story)


def test_nothing_is_asked_of_a_closed_one(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        await shared.put("k", 1, lives=60)
        await shared.close()
        assert await shared.get("k") is None
        await shared.drop_all("crm")

    play(redis_server.url, story)


def test_a_mistake_in_a_command_is_not_hidden(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        async def command() -> None:
            raise AttributeError("ours")

        with pytest.raises(AttributeError, match="ours"):
            await shared._command(command())

    play(redis_server.url, story)


def test_redis_holds_no_value_and_no_name_in_clear(redis_server: Any) -> None:
    """A name is no plain hash either, which ten thousand million tries would break."""

    async def story(shared: Shared) -> None:
        number = "http://crm/?tel=13800000001"
        name = shared.name_below("crm", number)
        await shared.put(name, [True, {"nick": "Wang"}, number], lives=60)
        raw = await shared._redis.get(name)
        assert raw
        assert b"Wang" not in raw
        assert b"13800000001" not in raw
        assert shared_key(number).partition(":")[2] not in name
        assert name != Shared("redis://", Cipher([NEWER])).name_below("crm", number)

    play(redis_server.url, story)


def test_a_value_is_one_under_its_own_name_alone(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        await shared.put("a", [1], lives=60)
        await shared._redis.copy("a", "b")
        await shared._redis.set("c", b"[1]")  # of a version that wrote it plain
        assert await shared.get("a") == [1]
        assert await shared.get("b") is None
        assert await shared.get("c") is None

    play(redis_server.url, story)


def test_a_key_that_is_not_here_is_a_miss_and_is_reported_once(
    redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def warnings() -> list[str]:
        lines = [record.getMessage() for record in caplog.records]
        return [line for line in lines if "has another key" in line]

    async def story(shared: Shared) -> None:
        other = Shared(redis_server.url, Cipher([NEWER]))
        shared.watch()
        other.watch()
        await shared.put("k", 1, lives=60)
        assert await other.get("k") is None
        assert other.up
        await until(lambda: len(warnings()) == 2)  # each says it
        seen = await shared.unknown_keys()
        assert seen == {Cipher([NEWER]).key_id}
        await other.close()

    play(redis_server.url, story)
    assert len(warnings()) == 2
    assert all("IVRHOOKS_KEY" in line for line in warnings())


def test_while_a_key_is_changed_the_older_values_are_read(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        await shared.put("k", 1, lives=60)
        await shared.unknown_keys()
        changed = Shared(redis_server.url, Cipher([NEWER, KEY]))
        assert await changed.get("k") == 1
        assert await changed.unknown_keys() == frozenset()
        assert await shared.unknown_keys(name_own=False) == {Cipher([NEWER]).key_id}
        await changed.close()

    play(redis_server.url, story)


def test_without_a_key_nothing_is_kept_and_all_is_counted(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        plain = Shared(redis_server.url)
        await plain.put("k", 1, lives=60)
        assert await plain._redis.exists("k") == 0
        await shared.put("k", 1, lives=60)
        assert await plain.get("k") is None
        assert await plain.unknown_keys() == frozenset()
        assert plain.name_below("crm", "a").startswith(shared_key("crm"))
        assert await plain.take("a", at_once=1.0, rate=0.001) == 0.0
        assert await shared.take("a", at_once=1.0, rate=0.001) > 0.0
        await plain.close()

    play(redis_server.url, story)


def test_values_end_with_their_life(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        await shared.put("k", 1, lives=0.001)
        while await shared.get("k") is not None:
            await asyncio.sleep(0.005)

    play(redis_server.url, story)


@pytest.mark.parametrize("value", [2**70, "\ud800", object()])
def test_values_that_are_not_json_are_not_shared(redis_server: Any, value: Any) -> None:
    async def story(shared: Shared) -> None:
        await shared.put("k", value, lives=60)
        assert await shared.get("k") is None
        assert shared.up

    play(redis_server.url, story)


def test_a_claim_has_one_holder(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        mark = await shared.claim("k", lives=60)
        assert mark
        assert await shared.claim("k", lives=60) is None
        await shared.unclaim("k", "another's")
        assert await shared.claim("k", lives=60) is None
        await shared.unclaim("k", mark)
        assert await shared.claim("k", lives=60)

    play(redis_server.url, story)


def test_it_comes_up_without_redis_and_shares_when_that_comes(
    redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    redis_server.stop()

    async def story(shared: Shared) -> None:
        for _ in range(3):
            assert await shared.get("k") is None
            await shared.put("k", 1, lives=60)
            assert await shared.claim("k", lives=60)
        assert not shared.up
        redis_server.start()
        await until(lambda: shared.up)
        await shared.put("k", 1, lives=60)
        assert await shared.get("k") == 1

    play(redis_server.url, story)
    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if "does not answer" in line] == lines[:1]
    assert [line for line in lines if "answers again" in line] == lines[1:]
    assert all("Redis at 127.0.0.1:" in line for line in lines)


def test_redis_that_dies_in_between_is_missed_once(
    redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(shared: Shared) -> None:
        await shared.put("k", 1, lives=60)
        redis_server.stop()
        for _ in range(10):
            assert await shared.get("k") is None
        redis_server.start()
        await until(lambda: shared.up)

    play(redis_server.url, story)
    assert len(caplog.records) == 2


def test_a_redis_that_hangs_costs_its_limit_and_then_nothing(
    redis_server: Any, real_limit: None
) -> None:
    async def story(shared: Shared) -> None:
        await shared.put("k", 1, lives=60)
        redis_server.stun()
        while shared.up:
            assert await shared.get("k") is None
        assert await shared.get("k") is None  # not even asked
        redis_server.wake()
        await until(lambda: shared.up)
        assert await shared.get("k") in (1, None)

    play(redis_server.url, story)


def test_an_answer_that_came_too_late_is_not_taken_for_the_next(
    redis_server: Any, real_limit: None
) -> None:
    async def story(shared: Shared) -> None:
        for key in "ab":
            await shared.put(key, key, lives=60)
        redis_server.stun()
        assert await shared.get("a") is None
        redis_server.wake()
        for _ in range(5):
            assert await shared.get("b") in ("b", None)

    play(redis_server.url, story)


def test_a_burst_is_no_outage(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        await shared.put("k", 1, lives=60)
        values = await asyncio.gather(*(shared.get("k") for _ in range(200)))
        assert set(values) <= {1, None}
        assert shared.up

    play(redis_server.url, story)


def test_the_url_may_give_redis_more_time(redis_server: Any, real_limit: None) -> None:
    async def story(shared: Shared) -> None:
        for _ in range(5):  # more than MISSES, and longer than SPAN
            redis_server.stun()
            asyncio.get_running_loop().call_later(0.1, redis_server.wake)
            await shared.put("k", 1, lives=60)
        assert shared.up
        assert await shared.get("k") == 1

    play(f"{redis_server.url}?socket_timeout=10", story)


def test_a_redis_is_named_by_its_place_and_never_with_its_password(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async def story(shared: Shared) -> None:
        assert await shared.get("k") is None

    play(f"unix://user:s3cret@{tmp_path}/none.sock", story)
    assert f"Redis at {tmp_path}/none.sock" in caplog.text
    assert "s3cret" not in caplog.text


def test_keys_say_nothing() -> None:
    key = shared_key("crm", ("GET", "http://crm/?tel=13800000001", "token"))
    assert "13800000001" not in key
    assert key != shared_key("crm", ("GET", "http://crm/?tel=13800000002", "token"))
    assert key.startswith("ivrhooks:")
    shared_key("\ud800")


def test_tokens_are_shared_by_machines_and_survive_redis(
    redis_server: Any, tmp_path: Path
) -> None:
    async def story(shared: Shared) -> None:
        token = StoredToken("secret", 2e9)
        files = [FileTokens(lambda name=name: made(tmp_path / name)) for name in "ab"]
        here, there = (SharedTokens(shared, file) for file in files)
        async with here.locked("k"):
            await here.write("k", token)
        assert await there.read("k") == token
        redis_server.stop()
        assert await here.read("k") == token
        assert await there.read("k") is None
        async with there.locked("k"):
            pass
        for file in files:
            file.close()

    play(redis_server.url, story)


def test_the_token_lock_holds_across_machines(
    redis_server: Any, tmp_path: Path
) -> None:
    async def story(shared: Shared) -> None:
        files = [FileTokens(lambda name=name: made(tmp_path / name)) for name in "ab"]
        inside = most = 0

        async def hold(store: SharedTokens) -> None:
            nonlocal inside, most
            for _ in range(3):
                async with store.locked("k"):
                    inside += 1
                    most = max(most, inside)
                    await asyncio.sleep(0.005)
                    inside -= 1

        await asyncio.gather(
            *(hold(SharedTokens(shared, folder)) for folder in files * 2)
        )
        assert most == 1
        for folder in files:
            folder.close()

    play(redis_server.url, story)


def made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def test_a_redis_outage_without_traffic_is_noticed(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        shared.watch()
        shared.watch()  # once is enough
        assert shared.up
        redis_server.stop()
        await until(lambda: not shared.up)
        redis_server.start()
        await until(lambda: shared.up)

    play(redis_server.url, story)


def test_a_rate_is_counted_together(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        other = Shared(redis_server.url)
        try:
            hour = {"at_once": 3.0, "rate": 3 / 3600}
            waits = [
                await limiter.take("a", **hour)
                for limiter in (shared, other, shared, other, shared)
            ]
            assert waits[:3] == [0.0, 0.0, 0.0]
            assert all(1100 < wait <= 1201 for wait in waits[3:]), waits
            assert await other.take("b", **hour) == 0.0
            quick = {"at_once": 1.0, "rate": 1000.0}
            assert await shared.take("c", **quick) == 0.0
            while await other.take("c", **quick) != 0.0:
                await asyncio.sleep(0.001)
        finally:
            await other.close()

    play(redis_server.url, story)


def test_without_redis_each_process_counts_alone(redis_server: Any) -> None:
    async def story(shared: Shared) -> None:
        redis_server.stop()
        assert await shared.take("a", at_once=1.0, rate=1.0) is None
        assert await shared.take("a", at_once=1.0, rate=1.0) is None

    play(redis_server.url, story)
