"""Removes a caller from the cached answers of a process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from ivrhooks.resilience.cache import Cache
from ivrhooks.sources.interface import Reply
from ivrhooks.store.people import Person

SLICE = 50
"""How many entries are searched before the event loop gets a turn."""


async def forget_kept(caches: Iterable[Cache], caller: Person) -> int:
    """Remove each cached answer that mentions ``caller`` or was asked for them.

    Return how many were removed. Runs in the event loop of the caches, which keeps
    answering.
    """
    count = 0
    for cache in caches:
        cache.drop_made()  # it may name a caller of whom the record says nothing
        for index, (key, value) in enumerate(cache.entries()):
            if index % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            if caller.mentioned_in([key, _record(value)]):
                cache.drop(key)
                count += 1
    return count


def _record(value: Any) -> Any:
    return value.record if isinstance(value, Reply) else value
