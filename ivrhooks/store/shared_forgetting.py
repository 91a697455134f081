"""Removes a caller from what all machines share through Redis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ivrhooks.store.cipher import Cipher
from ivrhooks.store.people import Person
from ivrhooks.store.shared import opened

KEYS = "ivrhooks:*"
RESULTS = 2
"""Colons in the name of a cached result; other names are tokens, claims and
counters."""

BATCH = 200
SECONDS = 5.0


@dataclass(slots=True)
class ForgottenShared:
    """``removed``: results that mentioned the caller. ``unread``: results encrypted
    with an unknown key; they cannot be searched, so they are removed as well."""

    removed: int = 0
    unread: int = 0


def forget_shared(url: str, caller: Person, cipher: Cipher) -> ForgottenShared:
    """Remove each shared result that mentions ``caller``. Raises RedisError."""
    forgotten = ForgottenShared()
    with Redis.from_url(
        url,
        socket_timeout=SECONDS,
        socket_connect_timeout=SECONDS,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # the library's own 3 is unknown to Redis 5 and to many proxies
    ) as redis:
        for names in _batches(redis):
            spoken: list[bytes] = []
            unread: list[bytes] = []
            for name, data in zip(names, redis.mget(names), strict=True):
                if data is None:
                    continue
                fields = opened(cipher, name.decode(), data)
                if not isinstance(fields, list):
                    unread.append(name)
                elif caller.mentioned_in(fields):
                    spoken.append(name)
            forgotten.removed += int(redis.delete(*spoken)) if spoken else 0
            forgotten.unread += int(redis.delete(*unread)) if unread else 0
    return forgotten


def _batches(redis: Redis) -> Iterator[list[bytes]]:
    names: list[bytes] = []
    for name in redis.scan_iter(KEYS, count=BATCH):
        if name.count(b":") != RESULTS:
            continue
        names.append(name)
        if len(names) >= BATCH:
            yield names
            names = []
    if names:
        yield names
