"""What several processes and machines share by Redis, and what happens without it.

ivrhooks works without Redis: each command has 50 ms (or the URL's ``socket_timeout``),
and when Redis is down every process uses its own memory. It tries again every two
seconds.

Values are encrypted (``store/cipher.py``): whoever reads Redis learns nothing from
them. One of a key that is not here counts as missing.
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
LOOK = 2.0  # seconds between two looks for a Redis that is gone
CONNECTIONS = 8  # a burst of lookups waits for these: opening more costs more
MISSES = 3  # commands in a row that are too late, and the seconds that they must span:
SPAN = 0.2  # a burst may be late through our own busy loop
TOKEN_LOCK = 15.0  # seconds after which a lock of a dead process falls
POLL = 0.02
BATCH = 500  # keys that are looked at in one command
KEY_IDS = "ivrhooks:keys"  # the names of the keys in use, and when they were last seen
SEEN = 60  # seconds after which a key that nobody names any more is out of use

# Gives a lock back only where it is still ours.
_UNLOCK = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""

# What one caller has left of a rate limit: a token bucket, by the clock of Redis.
# Gives the milliseconds until one more is taken, 0 where this one is.
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

# A turn of the generic cell rate algorithm (sources/transport/rate.py), by the clock
# of Redis: the seconds to wait, or -1 where that would be too long.
_TURN = """
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

# Names a key that encrypts here; gives the names of all that do.
_NAME_KEY = """
local now = tonumber(redis.call('time')[1])
redis.call('zadd', KEYS[1], now, ARGV[1])
redis.call('zremrangebyscore', KEYS[1], '-inf', now - ARGV[2])
redis.call('expire', KEYS[1], ARGV[2])
return redis.call('zrange', KEYS[1], 0, -1)
"""


def redis_problem(url: str) -> str:
    """Why ``url`` cannot be that of a Redis, and what to write; "" where it can."""
    try:
        parse_url(url)
    except ValueError:
        return "is no URL of a Redis; write redis://host:6379/0"
    return ""


class Shared:
    """One Redis, on the running loop. No method raises where Redis fails: it answers
    as if nothing were there. Without a ``cipher`` no values are kept or read, and what
    all count together is counted all the same."""

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
        self._late_since = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    def name_below(self, whose: str, *parts: object) -> str:
        """The name under which something of ``whose`` is shared, that ``drop_all``
        finds. Whoever has no key cannot try out which number it was made of."""
        if self._cipher is None:
            return f"{shared_key(whose)}:{shared_key(*parts).partition(':')[2]}"
        return f"{shared_key(whose)}:{self._cipher.mark(repr(parts)).hex()}"

    async def drop_all(self, whose: str) -> None:
        """Forgets all that is shared of ``whose``."""
        cursor: Any = 0
        while True:
            found = await self._command(
                self._redis.scan(cursor, match=f"{shared_key(whose)}:*", count=BATCH)
            )
            if not found:
                return
            cursor, keys = found
            if keys:
                await self._command(self._redis.delete(*keys))
            if not cursor:
                return

    def watch(self) -> None:
        """Notices a Redis that goes while nobody asks it anything; in the loop."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    @property
    def up(self) -> bool:
        """Whether Redis is asked at all now."""
        return self._looking is None

    async def get(self, key: str) -> Any:
        """The value under ``key``, or None."""
        if self._cipher is None:
            return None
        data = await self._command(self._redis.get(key))
        return opened(self._cipher, key, data) if isinstance(data, bytes) else None

    async def put(self, key: str, value: Any, *, lives: float) -> None:
        """Keeps ``value`` for ``lives`` seconds; one that is no JSON is not kept."""
        if self._cipher is None:
            return
        with suppress(TypeError):
            data = self._cipher.encrypt(orjson.dumps(value), purpose_of(key))
            await self._command(
                self._redis.set(key, data, px=max(1, int(lives * 1000)))
            )

    async def foreign_keys(self, *, name_own: bool = True) -> frozenset[str]:
        """The names of keys that others encrypt with and that are not here.
        ``name_own``: others may see this one, for a minute."""
        if self._cipher is None:
            return frozenset()
        own = self._cipher.key_id
        command: Awaitable[Any] = (
            self._redis.eval(_NAME_KEY, 1, KEY_IDS, own, SEEN)
            if name_own
            else self._redis.zrange(KEY_IDS, 0, -1)
        )
        found = await self._command(command)
        names = {one.decode("ascii", "replace") for one in found or ()}
        return frozenset(names.difference(self._cipher.key_ids))

    async def claim(self, key: str, *, lives: float) -> str | None:
        """A claim on ``key``, for ``unclaim``; None where another has it. Without
        Redis everybody gets one."""
        mark = secrets.token_hex(8)
        taken = self._redis.set(key, mark, nx=True, px=max(1, int(lives * 1000)))
        answer = await self._command(taken, failed="down")
        return None if answer is None else mark

    async def unclaim(self, key: str, mark: str) -> None:
        """Gives a claim back."""
        await self._command(self._redis.eval(_UNLOCK, 1, key, mark))

    async def take(self, *who: object, at_once: float, rate: float) -> float | None:
        """Counts one for ``who`` at a limit of ``rate`` a second, of which ``at_once``
        may come together: the seconds until it would be taken, 0.0 where it is. None
        where Redis does not say."""
        key = shared_key(*who)
        wait = await self._command(self._redis.eval(_TAKE, 1, key, at_once, rate))
        return wait / 1000 if isinstance(wait, int) else None

    async def turn(
        self, key: str, *, interval: float, burst: float, max_wait: float
    ) -> float | None:
        """Seconds until a request may leave that all processes count, which is then
        counted; -1.0 where that is more than ``max_wait``, None without Redis."""
        answer = await self._command(
            self._redis.eval(_TURN, 1, key, interval, burst, max_wait)
        )
        return None if answer is None else float(answer)

    async def close(self) -> None:
        """Closes the connections."""
        for task in (self._looking, self._watching):
            if task is not None:
                task.cancel()
        await self._redis.aclose()

    async def _command(self, command: Awaitable[T], failed: Any = None) -> Any:
        if self._looking is not None:
            _drop(command)
            return failed
        try:
            async with asyncio.timeout(self._limit):
                answer = await command
        except TimeoutError:
            self._miss()
            return failed
        except (RedisError, OSError) as problem:
            self._went(str(problem))
            return failed
        self._late = 0
        return answer

    def _miss(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._late == 0:
            self._late_since = now
        self._late += 1
        if self._late >= MISSES and now - self._late_since >= SPAN:
            self._went("no answer in time")

    def _went(self, why: str) -> None:
        if self._looking is None:
            log.warning(
                "Redis at %s does not answer (%s): going on with this process's own "
                "memory",
                self._name,
                why[:200],
            )
            self._looking = asyncio.create_task(self._look())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if self.up and self._cipher is None:
                await self._command(self._redis.ping())
            elif self.up:
                self._compare(await self.foreign_keys())

    def _compare(self, foreign: frozenset[str]) -> None:
        """Says once of each key that it is another than ours."""
        if foreign - self._foreign:
            log.warning(
                "Redis at %s is shared with a server that has another key: neither "
                "reads the other's results and tokens; set the same IVRHOOKS_KEY on "
                "every machine",
                self._name,
            )
        self._foreign = self._foreign | foreign

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                async with asyncio.timeout(self._limit * MISSES):
                    await self._redis.ping()
                break
            except (TimeoutError, RedisError, OSError):
                continue
        self._late = 0
        self._looking = None
        log.warning("Redis at %s answers again: sharing with it", self._name)


def shared_key(*parts: object) -> str:
    """A key that says nothing of what it is made of."""
    text = repr(parts).encode("utf-8", "surrogatepass")
    return "ivrhooks:" + hashlib.sha256(text).hexdigest()[:40]


def purpose_of(key: str) -> str:
    """What a value under ``key`` is encrypted for: under no other name is it one."""
    return f"shared {key}"


def opened(cipher: Cipher, key: str, data: bytes) -> Any:
    """A value as it was put; None where that cannot be read."""
    with suppress(CannotDecrypt, ValueError):
        return orjson.loads(cipher.decrypt(data, purpose_of(key)))
    return None


def _drop(command: object) -> None:
    close = getattr(command, "close", None)
    if close is not None:
        close()  # a coroutine that is never awaited


class SharedTokens:
    """Tokens in Redis for all machines, and in files as well: without Redis each
    machine shares among its own processes."""

    def __init__(self, shared: Shared, files: TokenStore) -> None:
        self._shared = shared
        self._files = files

    async def read(self, key: str) -> StoredToken | None:
        """The token in Redis, else that of this machine."""
        fields = await self._shared.get(shared_key("token", key))
        if isinstance(fields, list) and len(fields) == 2:
            return StoredToken(str(fields[0]), float(fields[1]))
        return await self._files.read(key)

    async def write(self, key: str, token: StoredToken) -> None:
        """Keeps it at both places. It may outlive its end in Redis: who reads looks."""
        day = 86_400.0
        await self._shared.put(
            shared_key("token", key), [token.value, token.ends], lives=day
        )
        await self._files.write(key, token)

    @asynccontextmanager
    async def locked(self, key: str) -> AsyncIterator[None]:
        """The lock of this machine first, then that of all machines."""
        name = shared_key("token lock", key)
        async with self._files.locked(key):
            while not (mark := await self._shared.claim(name, lives=TOKEN_LOCK)):
                await asyncio.sleep(POLL)
            try:
                yield
            finally:
                await self._shared.unclaim(name, mark)
