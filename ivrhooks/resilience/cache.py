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
MAX_DERIVED = 8  # derived values stored with one entry
OVERHEAD = 500  # measured bytes of an entry besides its key and value


@dataclass(slots=True)
class CacheEntry:
    """One result.

    ``since``: when it was fetched, on the cache's clock; ``until``: when it is of no
    more use; ``refresh_failed``: whether a newer one could not be fetched; ``derived``:
    the keys of the values derived from it; ``derived_size``: their bytes.
    """

    key: Hashable
    value: Any
    since: float
    until: float
    size: int
    refresh_failed: bool = False
    derived: tuple[Hashable, ...] = ()
    derived_size: int = 0


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
        self._entries: OrderedDict[Hashable, CacheEntry] = OrderedDict()
        self._derived: dict[Hashable, tuple[CacheEntry, Any]] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> CacheEntry | None:
        """Return the entry of ``key``, or None where there is none or it has
        expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() >= entry.until:
            self.drop(key)
            return None
        self._entries.move_to_end(key)
        return entry

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
        self._entries[key] = CacheEntry(key, value, since, since + lives, size)
        self.bytes += size
        self._shrink()

    def derived(self, key: Hashable) -> tuple[CacheEntry, Any] | None:
        """Return what ``keep_derived`` stored under ``key``, with the entry it was
        derived from."""
        derived = self._derived.get(key)
        if derived is None:
            return None
        entry = derived[0]
        if self._clock() >= entry.until:
            self.drop(entry.key)
            return None
        self._entries.move_to_end(entry.key)
        return derived

    def keep_derived(
        self, entry: CacheEntry, key: Hashable, value: Any, size: int
    ) -> None:
        """Store a value derived from an entry for as long as the entry is stored.

        ``size``: its bytes, without those of the key.
        """
        full = len(entry.derived) >= MAX_DERIVED or key in self._derived
        if full or self._entries.get(entry.key) is not entry:
            return
        size += OVERHEAD + size_of(key)
        self._derived[key] = entry, value
        entry.derived = (*entry.derived, key)
        entry.derived_size += size
        entry.size += size
        self.bytes += size
        self._shrink()

    def drop_derived(self) -> None:
        """Remove all derived values and keep the entries."""
        for entry in {id(entry): entry for entry, _ in self._derived.values()}.values():
            entry.derived = ()
            entry.size -= entry.derived_size
            self.bytes -= entry.derived_size
            entry.derived_size = 0
        self._derived.clear()

    def _shrink(self) -> None:
        """Evict the least recently used entries while a limit is exceeded."""
        while len(self._entries) > self._max_results or self.bytes > self._max_bytes:
            self._release(self._entries.popitem(last=False)[1])

    def _release(self, entry: CacheEntry) -> None:
        self.bytes -= entry.size
        for key in entry.derived:
            del self._derived[key]

    def entries(self) -> list[tuple[Hashable, Any]]:
        """Return the current values with their keys."""
        return [(key, entry.value) for key, entry in self._entries.items()]

    def drop_all(self, wanted: Callable[[Hashable], bool]) -> int:
        """Remove each entry whose key is ``wanted`` and return how many there were."""
        keys = [key for key in self._entries if wanted(key)]
        for key in keys:
            self.drop(key)
        return len(keys)

    def drop(self, key: Hashable) -> None:
        """Remove the entry of ``key``."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._release(entry)


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
