"""Forgets a caller in what a process keeps of its sources' answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from ivrhooks.resilience.cache import Cache
from ivrhooks.sources.interface import Reply
from ivrhooks.store.people import Wanted

SLICE = 50
"""Entries that are looked through between two turns of the event loop."""


async def forget_kept(caches: Iterable[Cache], caller: Wanted) -> int:
    """Drops each kept answer that speaks of ``caller``, or was asked for them; how many
    those were. In the loop of the caches; the answers under way go on meanwhile."""
    count = 0
    for cache in caches:
        for index, (key, value) in enumerate(cache.entries()):
            if index % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            if caller.mentioned_in([key, _record(value)]):
                cache.drop(key)
                count += 1
    return count


def _record(value: Any) -> Any:
    return value.record if isinstance(value, Reply) else value
