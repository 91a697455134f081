"""What machines share of a caller goes from a real Redis."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from ivrhooks.store.cipher import Cipher
from ivrhooks.store.people import Person
from ivrhooks.store.shared import Shared, SharedTokens
from ivrhooks.store.shared_forgetting import ForgottenShared, forget_shared
from ivrhooks.store.tokens import FileTokens, StoredToken

WHO = Person("13800000001", "CN")
HERE, ELSEWHERE = Cipher([b"a" * 32]), Cipher([b"b" * 32])
RESULTS = {
    "asked": [True, {"nick": "Wang"}, 1.0, ["https://x?tel=13800000001"]],
    "told": [True, {"tel": "+8613800000001"}, 1.0],
    "other": [True, {"tel": "13900000001"}, 1.0],
}


def keep(url: str, cipher: Cipher, results: dict[str, Any]) -> list[str]:
    """Shares results; the names under which they lie, by the order of ``results``."""

    async def kept() -> list[str]:
        shared = Shared(url, cipher)
        names = [shared.name_below("crm", result) for result in results]
        for name, value in zip(names, results.values(), strict=True):
            await shared.put(name, value, lives=60)
        await shared.claim(f"{names[0]}:claim", lives=60)
        await shared.take("198.51.100.7", at_once=1.0, rate=1.0)
        await shared.unknown_keys()
        await shared.close()
        return names

    return asyncio.run(kept())


def test_answers_that_speak_of_a_caller_go_and_nothing_else(
    redis_server, tmp_path
) -> None:
    url = f"redis://127.0.0.1:{redis_server.port}/0"
    requests, answers, other = keep(url, HERE, RESULTS)

    async def token() -> None:
        shared, files = Shared(url, HERE), FileTokens(lambda: tmp_path, lambda: HERE)
        await SharedTokens(shared, files).write("k", StoredToken("13800000001", 2e9))
        files.close()
        await shared.close()

    asyncio.run(token())
    with Redis.from_url(url) as redis:
        redis.set("elsewhere:a:b", b"13800000001")
        before = {key.decode() for key in redis.scan_iter("*")}
        assert len(before) == 8  # results, token, claim, counter, keys, elsewhere
        assert forget_shared(url, WHO, HERE) == ForgottenShared(removed=2)
        left = {key.decode() for key in redis.scan_iter("*")}
    assert before - left == {requests, answers}
    assert other in left


def test_unreadable_shared_answers_are_removed_too(redis_server) -> None:
    url = f"redis://127.0.0.1:{redis_server.port}/0"
    other = keep(url, HERE, RESULTS)[2]
    unread = keep(url, ELSEWHERE, RESULTS)
    with Redis.from_url(url) as redis:
        plain = f"ivrhooks:{'a' * 40}:{'b' * 40}"  # of a version that wrote it plain
        redis.set(plain, b'[true,{"tel":"13800000001"},1.0]')
        assert forget_shared(url, WHO, HERE) == ForgottenShared(removed=2, unread=4)
        left = {key.decode() for key in redis.scan_iter("*")}
    assert not left & {plain, *unread}
    assert other in left


def test_a_redis_that_does_not_know_hello(redis_server) -> None:
    """As Redis 5 and some proxies, with which answers are shared all the same."""
    redis_server.stop()
    redis_server.start("--rename-command", "HELLO", "")
    url = f"redis://127.0.0.1:{redis_server.port}/0"
    keep(url, HERE, RESULTS)
    assert forget_shared(url, WHO, HERE) == ForgottenShared(removed=2, unread=0)


def test_a_redis_that_is_gone_is_an_error(redis_server) -> None:
    redis_server.stop()
    with pytest.raises(RedisError):
        forget_shared(f"redis://127.0.0.1:{redis_server.port}/0", WHO, HERE)
