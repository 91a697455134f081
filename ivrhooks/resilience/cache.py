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
OVERHEAD = 500  # bytes of an entry beside its key and value, measured


@dataclass(slots=True)
class CacheEntry:
    """One result. ``since``: when it was fetched, on the cache's clock; ``until``: when
    it is of no more use to who kept it; ``refresh_failed``: whether a newer one could
    not be had."""

    value: Any
    since: float
    until: float
    size: int
    refresh_failed: bool = False


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
        self._kept[key] = CacheEntry(value, since, since + lives, size)
        self.bytes += size
        while len(self._kept) > self._max_results or self.bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self.bytes -= oldest.size

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
            self.bytes -= kept.size


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
