"""The cached answers of a source: in the process, and in Redis where that is shared."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import TYPE_CHECKING, Any

from ivrhooks.basics.frozen import frozen
from ivrhooks.resilience.cache import Cache, CacheEntry
from ivrhooks.resilience.deadline import Clock
from ivrhooks.sources.interface import CacheSettings, Reply

if TYPE_CHECKING:
    from ivrhooks.store.shared import Shared
from collections.abc import Iterable

from ivrhooks.store.people import Person

NEGATIVE_SHARE = 0.5  # share of `fresh` for which `not_found` is cached
CLAIM = 5.0  # seconds after which the claim of a dead process expires
POLL = 0.02  # seconds between two checks for the result of another process
_SHARED_FIELDS = 3  # found, record, since; behind them stands what was asked


@frozen
class CachedReply:
    """A cached reply as seen with the cache settings of one reader."""

    reply: Reply
    age: float
    is_stale: bool
    refresh_failed: bool


class ReplyCache:
    """One source's part of the process's cache.

    ``whose`` identifies this source on every machine. ``now`` gives seconds since 1970.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        whose: str,
        clock: Clock,
        now: Callable[[], float],
        shared: Shared | None,
    ) -> None:
        self._cache = cache
        self._whose = whose
        self._clock = clock
        self._now = now
        self._shared = shared
        self._telling: set[asyncio.Task[None]] = set()

    def find(self, key: Hashable, settings: CacheSettings) -> CachedReply | None:
        """Return what may be answered at once, or None."""
        kept = self._cache.get((self._whose, key))
        if kept is None:
            return None
        age = self._clock() - kept.since
        reply: Reply = kept.value
        if reply.found and age < settings.fresh:  # the common case
            return CachedReply(reply, age, False, False)
        if age >= _life(reply, settings):
            return None
        return CachedReply(reply, age, reply.found, kept.refresh_failed)

    def entry(self, key: Hashable) -> CacheEntry | None:
        """Return the cache entry of ``key``, or None where there is none or it has
        expired."""
        return self._cache.get((self._whose, key))

    def refresh_failed(self, key: Hashable) -> None:
        """Mark the entry, so that it is answered as ``stale`` from now on."""
        kept: CacheEntry | None = self._cache.get((self._whose, key))
        if kept is not None:
            kept.refresh_failed = True

    async def fetched(
        self,
        key: Hashable,
        settings: CacheSettings,
        fetch: Callable[[], Awaitable[Reply]],
    ) -> tuple[Reply, float | None]:
        """Return what ``fetch`` gives, cached, and its age in seconds or None.

        Of all machines that share a Redis only one fetches; the others wait for its
        result.

        Raises what ``fetch`` raises.
        """
        shared = self._shared
        if shared is None or not shared.up:
            reply = await fetch()
            self.keep(key, reply, settings)
            return reply, None
        name = shared.name_below(self._whose, key)
        mark: str | None = None
        while True:
            taken_over = await self._taken_over(shared, name, key, settings)
            if taken_over is not None or mark is not None:
                break
            mark = await shared.claim(f"{name}:claim", lives=CLAIM)
            if mark is None:
                await asyncio.sleep(POLL)
        publishing: Coroutine[Any, Any, None] | None = None
        try:
            if taken_over is not None:
                return taken_over
            reply = await fetch()
            self.keep(key, reply, settings)
            publishing = self._publish(shared, name, key, reply, settings)
            return reply, None
        finally:
            self._behind(shared, f"{name}:claim", mark, publishing)

    async def purge(self) -> None:
        """Drop the cached answers of this source, in Redis too."""
        self._cache.drop_all(
            lambda key: isinstance(key, tuple) and key[0] == self._whose
        )
        if self._shared is not None and self._shared.up:
            await self._shared.drop_all(self._whose)

    async def close(self) -> None:
        """Wait for the writes to Redis; each command has a time limit of its own."""
        await asyncio.gather(*self._telling, return_exceptions=True)

    def keep(
        self, key: Hashable, reply: Reply, settings: CacheSettings, age: float = 0.0
    ) -> None:
        """Cache a reply that was fetched ``age`` seconds ago in place of the older
        one."""
        whole = (self._whose, key)
        life = _life(reply, settings)
        self._cache.put(whole, reply, lives=life, age=age, holds=reply.record)

    async def _taken_over(
        self, shared: Shared, name: str, key: Hashable, settings: CacheSettings
    ) -> tuple[Reply, float] | None:
        """Return a fresh reply from Redis, or None.

        A reply past ``fresh`` is cached as well, to be answered where the source fails.
        """
        fields = await shared.get(name)
        if not isinstance(fields, list) or len(fields) < _SHARED_FIELDS:
            return None
        is_found, record, since = fields[:_SHARED_FIELDS]
        reply = Reply(record, bool(is_found))
        age = max(0.0, self._now() - float(since))
        ours = self._cache.get((self._whose, key))
        if ours is None or self._clock() - ours.since > age:
            self.keep(key, reply, settings, age)
        fresh = settings.fresh if reply.found else settings.fresh * NEGATIVE_SHARE
        return (reply, age) if age < fresh else None

    async def _publish(
        self,
        shared: Shared,
        name: str,
        key: Hashable,
        reply: Reply,
        settings: CacheSettings,
    ) -> None:
        """Write a reply to Redis with the query, so that a person's entries can be
        found there."""
        parts = key if isinstance(key, tuple) and reply.found else ()
        plain = [part for part in map(_plain, parts) if part is not None]
        fields = [reply.found, reply.record, self._now(), plain]
        await shared.put(name, fields, lives=_life(reply, settings))

    def _behind(
        self,
        shared: Shared,
        claim: str,
        mark: str | None,
        publishing: Coroutine[Any, Any, None] | None,
    ) -> None:
        """Write to Redis after the answer, then release the claim."""

        async def run() -> None:
            if publishing is not None:
                await publishing
            if mark is not None:
                await shared.unclaim(claim, mark)

        task = asyncio.create_task(run())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


def _plain(part: Any) -> str | None:
    """Return a part of a key as text, or None where it is no text."""
    if isinstance(part, bytes):
        return part.decode("utf-8", "replace")
    return part if isinstance(part, str) else None


def _life(reply: Reply, settings: CacheSettings) -> float:
    if reply.found:
        return max(settings.stale, settings.fresh)
    return settings.fresh * NEGATIVE_SHARE


SLICE = 50
"""How many entries are searched before the event loop gets a turn."""


async def forget_kept(caches: Iterable[Cache], caller: Person) -> int:
    """Remove each cached answer that mentions ``caller`` or was asked for them.

    Return how many were removed. Runs in the event loop of the caches, which keeps
    answering.
    """
    count = 0
    for cache in caches:
        cache.drop_derived()  # it may name a caller of whom the record says nothing
        for index, (key, value) in enumerate(cache.entries()):
            if index % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            if caller.mentioned_in([key, _record(value)]):
                cache.drop(key)
                count += 1
    return count


def _record(value: Any) -> Any:
    return value.record if isinstance(value, Reply) else value
