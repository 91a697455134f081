"""Forgets a caller in what all machines share by Redis."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from redis import Redis

from ivrhooks.store.people import Wanted

KEYS = "ivrhooks:*"
BATCH = 200
SECONDS = 5.0


def forget_shared(url: str, caller: Wanted) -> int:
    """Removes each shared answer that speaks of ``caller``; how many those were.
    Raises RedisError."""
    with Redis.from_url(
        url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
    ) as redis:
        count = 0
        for keys in _batches(redis):
            values = redis.mget(keys)
            found = [
                key
                for key, value in zip(keys, values, strict=True)
                if value is not None and _speaks_of(value, caller)
            ]
            if found:
                count += int(redis.delete(*found))
        return count


def _batches(redis: Redis) -> Iterator[list[bytes]]:
    keys: list[bytes] = []
    for key in redis.scan_iter(KEYS, count=BATCH):
        keys.append(key)
        if len(keys) >= BATCH:
            yield keys
            keys = []
    if keys:
        yield keys


def _speaks_of(value: bytes, caller: Wanted) -> bool:
    try:
        fields = orjson.loads(value)
    except ValueError:  # a claim, a counter
        return False
    return isinstance(fields, list) and caller.mentioned_in(fields)
