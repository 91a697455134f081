"""The cache of recent results from sources, limited in entries and in bytes.

It knows nothing of freshness. It keeps each result with the time it was fetched; each
reader decides by its own settings whether that is recent enough.
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
MOST_MADE = 8  # derived values kept with one entry
OVERHEAD = 500  # measured bytes of an entry besides its key and value


@dataclass(slots=True)
class CacheEntry:
    """One result.

    ``since``: when it was fetched, on the cache's clock; ``until``: when whoever stored
    it has no more use for it; ``refresh_failed``: whether a newer one could not be
    fetched; ``made``: the keys of the values derived from it; ``made_size``: their
    bytes.
    """

    key: Hashable
    value: Any
    since: float
    until: float
    size: int
    refresh_failed: bool = False
    made: tuple[Hashable, ...] = ()
    made_size: int = 0


class Cache:
    """A least-recently-used cache for all sources of a process.

    There is one, so that the limits apply to the process; keys name their source.
    """

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
        """Return the entry of ``key``, or None where there is none or it has
        expired."""
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
        """Store ``value``, fetched ``age`` seconds ago, until it is ``lives`` seconds
        old.

        ``holds``: the contents of ``value`` where it is one of our objects; they count
        too.
        """
        self.drop(key)
        size = OVERHEAD + size_of(key) + size_of(value) + size_of(holds)
        if size > self._max_bytes or lives <= age:
            return
        since = self._clock() - age
        self._kept[key] = CacheEntry(key, value, since, since + lives, size)
        self.bytes += size
        self._shrink()

    def made(self, key: Hashable) -> tuple[CacheEntry, Any] | None:
        """Return what ``keep_made`` stored under ``key``, with the entry it was derived
        from."""
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
        """Store a value derived from an entry for as long as the entry is kept.

        ``size``: its bytes, without those of the key.
        """
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
        """Remove all derived values and keep the entries."""
        for entry in {id(entry): entry for entry, _ in self._made.values()}.values():
            entry.made = ()
            entry.size -= entry.made_size
            self.bytes -= entry.made_size
            entry.made_size = 0
        self._made.clear()

    def _shrink(self) -> None:
        """Evict the least recently used entries while a limit is exceeded."""
        while len(self._kept) > self._max_results or self.bytes > self._max_bytes:
            self._let_go(self._kept.popitem(last=False)[1])

    def _let_go(self, entry: CacheEntry) -> None:
        self.bytes -= entry.size
        for key in entry.made:
            del self._made[key]

    def entries(self) -> list[tuple[Hashable, Any]]:
        """Return the current values with their keys."""
        return [(key, kept.value) for key, kept in self._kept.items()]

    def drop_all(self, wanted: Callable[[Hashable], bool]) -> int:
        """Remove each entry whose key is ``wanted`` and return how many there were."""
        keys = [key for key in self._kept if wanted(key)]
        for key in keys:
            self.drop(key)
        return len(keys)

    def drop(self, key: Hashable) -> None:
        """Remove the entry of ``key``."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._let_go(kept)


def size_of(value: Any) -> int:
    """Return the bytes of memory that ``value`` takes, with all that it holds.

    Works level by level: an answer may be nested to any depth, and a wide one must not
    cost much.
    """
    size = 0
    level = [value]
    while level:
        size += sum(map(sys.getsizeof, level))
        below: list[Any] = []
        for member in level:
            kind = type(member)
            if kind is dict:
                below.extend(member)
                below.extend(member.values())
            elif kind is list or kind is tuple:
                below.extend(member)
        level = below
    return size
