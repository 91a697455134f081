"""The cache: what sources answered a moment ago, bounded in number and in bytes.

It knows nothing of freshness: it keeps each result with the moment it was fetched, and
who reads decides by settings of their own whether that is recent enough.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from ivrhooks.resilience.deadline import Clock

MAX_RESULTS = 10_000
MAX_BYTES = 64 * 1024 * 1024
MOST_MADE = 8  # things made of one entry that are kept with it
OVERHEAD = 500  # bytes of an entry beside its key and value, measured


@dataclass(slots=True)
class CacheEntry:
    """One result. ``since``: when it was fetched, on the cache's clock; ``until``: when
    it is of no more use to who kept it; ``refresh_failed``: whether a newer one could
    not be had; ``made``: the keys of what was made of it, ``made_size``: the
    bytes of that."""

    key: Hashable
    value: Any
    since: float
    until: float
    size: int
    refresh_failed: bool = False
    made: tuple[Hashable, ...] = ()
    made_size: int = 0


class Cache:
    """Least recently used results go first. One for all sources of a process, so that
    the bounds are the process's; keys name their source."""

    def __init__(
        self,
        *,
        clock: Clock,
        max_results: int = MAX_RESULTS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._clock = clock
        self._max_results = max_results
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, CacheEntry] = OrderedDict()
        self._made: dict[Hashable, tuple[CacheEntry, Any]] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> CacheEntry | None:
        """What is kept, unless its time is over."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if self._clock() >= kept.until:
            self.drop(key)
            return None
        self._kept.move_to_end(key)
        return kept

    def put(
        self,
        key: Hashable,
        value: Any,
        *,
        lives: float,
        age: float = 0.0,
        holds: Any = None,
    ) -> None:
        """Keeps ``value``, fetched ``age`` seconds ago, until it is ``lives`` old.
        ``holds``: what an object of ours has in it, which is counted too."""
        self.drop(key)
        size = OVERHEAD + size_of(key) + size_of(value) + size_of(holds)
        if size > self._max_bytes or lives <= age:
            return
        since = self._clock() - age
        self._kept[key] = CacheEntry(key, value, since, since + lives, size)
        self.bytes += size
        self._shrink()

    def made(self, key: Hashable) -> tuple[CacheEntry, Any] | None:
        """What ``keep_made`` keeps under ``key``, with the entry it was made of."""
        made = self._made.get(key)
        if made is None:
            return None
        entry = made[0]
        if self._clock() >= entry.until:
            self.drop(entry.key)
            return None
        self._kept.move_to_end(entry.key)
        return made

    def keep_made(self, entry: CacheEntry, key: Hashable, made: Any, size: int) -> None:
        """Keeps what was ``made`` of an entry for as long as the entry itself is kept.
        ``size``: its bytes, beside the key's."""
        full = len(entry.made) >= MOST_MADE or key in self._made
        if full or self._kept.get(entry.key) is not entry:
            return
        size += OVERHEAD + size_of(key)
        self._made[key] = entry, made
        entry.made = (*entry.made, key)
        entry.made_size += size
        entry.size += size
        self.bytes += size
        self._shrink()

    def drop_made(self) -> None:
        """Forgets all that was made of entries, and keeps the entries."""
        for entry in {id(entry): entry for entry, _ in self._made.values()}.values():
            entry.made = ()
            entry.size -= entry.made_size
            self.bytes -= entry.made_size
            entry.made_size = 0
        self._made.clear()

    def _shrink(self) -> None:
        """Lets go of the oldest entries where there are too many."""
        while len(self._kept) > self._max_results or self.bytes > self._max_bytes:
            self._let_go(self._kept.popitem(last=False)[1])

    def _let_go(self, entry: CacheEntry) -> None:
        self.bytes -= entry.size
        for key in entry.made:
            del self._made[key]

    def entries(self) -> list[tuple[Hashable, Any]]:
        """What is kept now, by key."""
        return [(key, kept.value) for key, kept in self._kept.items()]

    def drop_all(self, wanted: Callable[[Hashable], bool]) -> int:
        """Forgets all whose key is ``wanted``; how many those were."""
        keys = [key for key in self._kept if wanted(key)]
        for key in keys:
            self.drop(key)
        return len(keys)

    def drop(self, key: Hashable) -> None:
        """Forgets what is kept under ``key``."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._let_go(kept)


def size_of(value: Any) -> int:
    """Bytes of memory that ``value`` takes, with all that it holds. Level by level: how
    deep an answer is nested is not ours to say, and how wide must not cost much."""
    size = 0
    level = [value]
    while level:
        size += sum(map(sys.getsizeof, level))
        below: list[Any] = []
        for one in level:
            kind = type(one)
            if kind is dict:
                below.extend(one)
                below.extend(one.values())
            elif kind is list or kind is tuple:
                below.extend(one)
        level = below
    return size
