"""What is kept of a caller's answers goes, and nothing else."""

from __future__ import annotations

import asyncio

from ivrhooks.resilience.cache import Cache
from ivrhooks.sources.asking.forgetting import SLICE, forget_kept
from ivrhooks.sources.interface import Reply
from ivrhooks.store.people import Person


def test_answers_of_a_caller_are_dropped() -> None:
    cache, other = Cache(clock=lambda: 0.0), Cache(clock=lambda: 0.0)
    asked = "https://crm.example.com/q?tel="
    cache.put(("crm", asked + "13800000001"), Reply(None, found=False), lives=9)
    cache.put(("crm", asked + "2"), Reply({"tel": "+86 138 0000 0001"}), lives=9)
    other.put("c", Reply({"tel": "13800000001"}), lives=9)
    for number in range(3 * SLICE):
        cache.put(("crm", asked, number), Reply({"tel": "13900000001"}), lives=9)

    async def story() -> None:
        caller = Person("13800000001", "CN")
        assert await forget_kept([cache, other], caller) == 3
        assert await forget_kept([cache, other], caller) == 0

    asyncio.run(story())
    assert (len(cache), len(other)) == (3 * SLICE, 0)
