"""What machines share of a caller goes from a real Redis."""

from __future__ import annotations

import orjson
import pytest
from redis import Redis
from redis.exceptions import RedisError

from ivrhooks.store.people import Wanted
from ivrhooks.store.shared_forgetting import forget_shared

WHO = Wanted("13800000001", "CN")


def test_answers_that_speak_of_a_caller_go_and_nothing_else(redis_server) -> None:
    url = f"redis://127.0.0.1:{redis_server.port}/0"
    kept = {
        "ivrhooks:asked": [True, {"nick": "Wang"}, 1.0, ["https://x?tel=13800000001"]],
        "ivrhooks:told": [True, {"tel": "+8613800000001"}, 1.0],
        "ivrhooks:other": [True, {"tel": "13900000001"}, 1.0],
        "elsewhere": [True, {"tel": "13800000001"}, 1.0],
    }
    with Redis.from_url(url) as redis:
        for name, value in kept.items():
            redis.set(name, orjson.dumps(value))
        redis.set("ivrhooks:claim", "abcdef")
        assert forget_shared(url, WHO) == 2
        left = {key.decode() for key in redis.scan_iter("*")}
    assert left == {"ivrhooks:other", "elsewhere", "ivrhooks:claim"}


def test_a_redis_that_is_gone_is_an_error(redis_server) -> None:
    redis_server.stop()
    with pytest.raises(RedisError):
        forget_shared(f"redis://127.0.0.1:{redis_server.port}/0", WHO)
