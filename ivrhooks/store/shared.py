"""What processes and machines share through Redis, and how they work without it.

Redis is optional. Each command has 50 ms (or the URL's ``socket_timeout``). While Redis
is down, every process uses its own memory and tries again every two seconds.

Values are encrypted (``store/cipher.py``), so whoever reads Redis learns nothing from
them. A value encrypted with an unknown key counts as missing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import orjson
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ivrhooks.store.cipher import CannotDecrypt, Cipher
from ivrhooks.store.tokens import StoredToken, TokenStore

log = logging.getLogger(__name__)
T = TypeVar("T")

LIMIT = 0.05  # seconds for one command, connecting included
LOOK = 2.0  # seconds between two attempts to reach a Redis that is down
CONNECTIONS = 8  # further lookups wait for one of these; opening more takes longer
MISSES = 3  # late commands in a row, in at least SPAN seconds, that mean "down"
SPAN = 0.2  # seconds; a shorter burst may be late because our own loop is busy
TOKEN_LOCK = 15.0  # seconds after which the lock of a dead process expires
POLL = 0.02
BATCH = 500  # keys that one command examines
KEY_IDS = "ivrhooks:keys"  # the names of the keys in use, and when each was last seen
SEEN = 60  # seconds after which a key that nobody reports is no longer in use

# Releases a lock only where it is still ours.
_UNLOCK = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""

# A token bucket: what a client has left of its rate limit, by the clock of Redis.
# Returns the milliseconds until the next one is allowed, 0 where this one is.
_TAKE = """
local clock = redis.call('time')
local now = clock[1] * 1000 + clock[2] / 1000
local most, rate = tonumber(ARGV[1]), tonumber(ARGV[2]) / 1000
local kept = redis.call('hmget', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1]) or most, tonumber(kept[2]) or now
left = math.min(most, left + math.max(0, now - at) * rate)
local wait = 0
if left >= 0.999999 then left = left - 1 else wait = math.ceil((1 - left) / rate) end
redis.call('hset', KEYS[1], 'left', tostring(left), 'at', string.format('%.3f', now))
redis.call('pexpire', KEYS[1], math.ceil(most / rate) + 1000)
return wait
"""

# One slot of the generic cell rate algorithm (sources/transport/rate.py), by the clock
# of Redis. Returns the seconds to wait, or -1 where that is too long.
_NEXT_SLOT = """
local time = redis.call('time')
local now = time[1] + time[2] / 1000000
local due = tonumber(redis.call('get', KEYS[1]) or '0')
if due < now then due = now end
due = due + ARGV[1]
local wait = due - ARGV[2] - now
if wait > ARGV[3] + 0.000001 then return '-1' end
local lives = math.ceil((due - now) * 1000) + 1000
redis.call('set', KEYS[1], string.format('%.6f', due), 'px', lives)
if wait < 0 then wait = 0 end
return string.format('%.6f', wait)
"""

# Records the name of a key in use here, and returns the names of all keys in use.
_NAME_KEY = """
local now = tonumber(redis.call('time')[1])
redis.call('zadd', KEYS[1], now, ARGV[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now - ARGV[2])
redis.call('expire', KEYS[1], ARGV[2])
return redis.call('zrange', KEYS[1], 0, -1)
"""


def redis_problem(url: str) -> str:
    """Return why ``url`` cannot be a Redis URL, and what to write; "" where it can."""
    try:
        parse_url(url)
    except ValueError:
        return "is no URL of a Redis; write redis://host:6379/0"
    return ""


class Shared:
    """One Redis, on the running loop.

    No method raises where Redis fails; it returns what it would return for an empty
    Redis. Without a ``cipher`` no values are stored or read, but shared limits still
    count.
    """

    def __init__(self, url: str, cipher: Cipher | None = None) -> None:
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._redis: Redis = Redis.from_pool(pool)
        place = pool.connection_kwargs
        self._limit = float(place.pop("socket_timeout", None) or LIMIT)
        pool.timeout = self._limit
        place["socket_connect_timeout"] = self._limit
        host = f"{place.get('host', 'localhost')}:{place.get('port', 6379)}"
        self._name = str(place.get("path", host))
        self._cipher = cipher
        self._foreign: frozenset[str] = frozenset()
        self._late = 0
        self._closed = False
        self._late_since = 0.0
        self._reconnecting: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    def name_below(self, whose: str, *parts: object) -> str:
        """Return a name for something of ``whose``, under which ``drop_all`` finds it.

        The name is a keyed hash: without the key nobody can test which number it was
        made from.
        """
        if self._cipher is None:
            return f"{shared_key(whose)}:{shared_key(*parts).partition(':')[2]}"
        return f"{shared_key(whose)}:{self._cipher.mark(repr(parts)).hex()}"

    async def drop_all(self, whose: str) -> None:
        """Drop everything that is shared of ``whose``."""
        cursor: Any = 0
        while True:
            names = await self._command(
                self._redis.scan(cursor, match=f"{shared_key(whose)}:*", count=BATCH)
            )
            if not names:
                return
            cursor, keys = names
            if keys:
                await self._command(self._redis.delete(*keys))
            if not cursor:
                return

    def watch(self) -> None:
        """Start to monitor Redis, also while there are no other commands."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    @property
    def up(self) -> bool:
        """Whether Redis counts as reachable."""
        return self._reconnecting is None

    async def get(self, key: str) -> Any:
        """Return the value under ``key``, or None."""
        if self._cipher is None:
            return None
        data = await self._command(self._redis.get(key))
        return opened(self._cipher, key, data) if isinstance(data, bytes) else None

    async def put(self, key: str, value: Any, *, lives: float) -> None:
        """Store ``value`` for ``lives`` seconds. A value that JSON cannot hold is not
        stored."""
        if self._cipher is None:
            return
        with suppress(TypeError):
            data = self._cipher.encrypt(orjson.dumps(value), purpose_of(key))
            await self._command(
                self._redis.set(key, data, px=max(1, int(lives * 1000)))
            )

    async def unknown_keys(self, *, name_own: bool = True) -> frozenset[str]:
        """Return the names of keys in use elsewhere that are unknown here.

        With ``name_own`` the own key is announced to others, for a minute.
        """
        if self._cipher is None:
            return frozenset()
        own = self._cipher.key_id
        command: Awaitable[Any] = (
            self._redis.eval(_NAME_KEY, 1, KEY_IDS, own, SEEN)
            if name_own
            else self._redis.zrange(KEY_IDS, 0, -1)
        )
        keys = await self._command(command)
        names = {name.decode("ascii", "replace") for name in keys or ()}
        return frozenset(names.difference(self._cipher.key_ids))

    async def claim(self, key: str, *, lives: float) -> str | None:
        """Return a claim on ``key``, for ``unclaim``; None where another process has
        one.

        Without Redis everybody gets a claim.
        """
        mark = secrets.token_hex(8)
        claimed = self._redis.set(key, mark, nx=True, px=max(1, int(lives * 1000)))
        answer = await self._command(claimed, failed="down")
        return None if answer is None else mark

    async def unclaim(self, key: str, mark: str) -> None:
        """Release a claim."""
        await self._command(self._redis.eval(_UNLOCK, 1, key, mark))

    async def take(self, *who: object, at_once: float, rate: float) -> float | None:
        """Count one request of ``who`` against a limit of ``rate`` a second.

        ``at_once`` may come together. Return 0.0 where it is allowed, else the seconds
        until it would be; None without Redis.
        """
        key = shared_key(*who)
        wait = await self._command(self._redis.eval(_TAKE, 1, key, at_once, rate))
        return wait / 1000 if isinstance(wait, int) else None

    async def next_slot(
        self, key: str, *, interval: float, burst: float, max_wait: float
    ) -> float | None:
        """Return the seconds until a request may leave, and count it.

        Return -1.0 where that is more than ``max_wait``, None without Redis. All
        processes count together.
        """
        answer = await self._command(
            self._redis.eval(_NEXT_SLOT, 1, key, interval, burst, max_wait)
        )
        return None if answer is None else float(answer)

    async def close(self) -> None:
        """Close the connections; commands under way end without a result."""
        self._closed = True
        for task in (self._reconnecting, self._watching):
            if task is not None:
                task.cancel()
        await self._redis.aclose()

    async def _command(self, command: Awaitable[T], failed: Any = None) -> Any:
        if self._reconnecting is not None or self._is_closed():
            _drop(command)
            return failed
        try:
            async with asyncio.timeout(self._limit):
                answer = await command
        except Exception as problem:
            if self._is_closed():  # under it; its client may raise anything then
                return failed
            if isinstance(problem, TimeoutError):
                self._count_late()
            elif isinstance(problem, RedisError | OSError):
                self._mark_down(str(problem))
            else:
                raise
            return failed
        self._late = 0
        return answer

    def _is_closed(self) -> bool:
        return self._closed

    def _count_late(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._late == 0:
            self._late_since = now
        self._late += 1
        if self._late >= MISSES and now - self._late_since >= SPAN:
            self._mark_down("no answer in time")

    def _mark_down(self, why: str) -> None:
        if self._reconnecting is None:
            log.warning(
                "Redis at %s does not answer (%s): going on with this process's own "
                "memory",
                self._name,
                why[:200],
            )
            self._reconnecting = asyncio.create_task(self._reconnect())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if self.up and self._cipher is None:
                await self._command(self._redis.ping())
            elif self.up:
                self._compare(await self.unknown_keys())

    def _compare(self, foreign: frozenset[str]) -> None:
        """Log once for each key in use elsewhere that differs from ours."""
        if foreign - self._foreign:
            log.warning(
                "Redis at %s is shared with a server that has another key: neither "
                "reads the other's results and tokens; set the same IVRHOOKS_KEY on "
                "every machine",
                self._name,
            )
        self._foreign = self._foreign | foreign

    async def _reconnect(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                async with asyncio.timeout(self._limit * MISSES):
                    await self._redis.ping()
                break
            except (TimeoutError, RedisError, OSError):
                continue
        self._late = 0
        self._reconnecting = None
        log.warning("Redis at %s answers again: sharing with it", self._name)


def shared_key(*parts: object) -> str:
    """Return a key that reveals nothing of its parts."""
    text = repr(parts).encode("utf-8", "surrogatepass")
    return "ivrhooks:" + hashlib.sha256(text).hexdigest()[:40]


def purpose_of(key: str) -> str:
    """Return the purpose for which a value under ``key`` is encrypted.

    Under another name the value cannot be decrypted.
    """
    return f"shared {key}"


def opened(cipher: Cipher, key: str, data: bytes) -> Any:
    """Return a stored value, or None where it cannot be decrypted."""
    with suppress(CannotDecrypt, ValueError):
        return orjson.loads(cipher.decrypt(data, purpose_of(key)))
    return None


def _drop(command: object) -> None:
    close = getattr(command, "close", None)
    if close is not None:
        close()  # the coroutine is never awaited


class SharedTokens:
    """Tokens in Redis for all machines, and in files of this machine.

    Without Redis the processes of each machine still share theirs.
    """

    def __init__(self, shared: Shared, files: TokenStore) -> None:
        self._shared = shared
        self._files = files

    async def read(self, key: str) -> StoredToken | None:
        """Return the token in Redis, else that of this machine."""
        fields = await self._shared.get(shared_key("token", key))
        if isinstance(fields, list) and len(fields) == 2:
            return StoredToken(str(fields[0]), float(fields[1]))
        return await self._files.read(key)

    async def write(self, key: str, token: StoredToken) -> None:
        """Store it at both places. In Redis it may outlive its end; readers check
        that."""
        day = 86_400.0
        await self._shared.put(
            shared_key("token", key), [token.value, token.ends], lives=day
        )
        await self._files.write(key, token)

    @asynccontextmanager
    async def locked(self, key: str) -> AsyncIterator[None]:
        """Take the lock of this machine, then that of all machines."""
        name = shared_key("token lock", key)
        async with self._files.locked(key):
            while not (mark := await self._shared.claim(name, lives=TOKEN_LOCK)):
                await asyncio.sleep(POLL)
            try:
                yield
            finally:
                await self._shared.unclaim(name, mark)
