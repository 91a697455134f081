"""The cache is bounded in entries and bytes, and expires old entries."""

from __future__ import annotations

import tracemalloc
from typing import Any

import orjson
import pytest

from ivrhooks.resilience.cache import MAX_DERIVED, OVERHEAD, Cache, size_of
from support.fake_time import FakeClock


def test_an_entry_is_kept_until_its_lifetime_ends(clock: Any) -> None:
    cache = Cache(clock=clock)
    cache.put("k", "v", lives=10)
    clock.now += 9.9
    kept = cache.get("k")
    assert kept is not None
    assert (kept.value, kept.since) == ("v", 1000.0)
    clock.now += 0.1
    assert cache.get("k") is None
    assert (len(cache), cache.bytes) == (0, 0)


def test_a_newer_result_replaces_the_older(clock: Any) -> None:
    cache = Cache(clock=clock)
    cache.put("k", "x" * 1000, lives=10)
    cache.get("k").refresh_failed = True  # type: ignore[union-attr]
    cache.put("k", "v", lives=10)
    kept = cache.get("k")
    assert kept is not None
    assert (kept.value, kept.refresh_failed, len(cache)) == ("v", False, 1)
    assert cache.bytes == kept.size < 1000


def test_an_entry_put_with_an_age_expires_earlier(clock: Any) -> None:
    cache = Cache(clock=clock)
    cache.put("k", "v", lives=10, age=4)
    clock.now += 5.9
    assert cache.get("k") is not None
    clock.now += 0.2
    assert cache.get("k") is None
    cache.put("k", "v", lives=10, age=10)
    assert cache.get("k") is None


def test_the_least_recently_used_entries_are_evicted_first(clock: Any) -> None:
    cache = Cache(clock=clock, max_results=3)
    for key in "abc":
        cache.put(key, key, lives=10)
    cache.get("a")
    cache.put("d", "d", lives=10)
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_the_size_in_bytes_is_bounded(clock: Any) -> None:
    cache = Cache(clock=clock, max_bytes=100_000)
    for number in range(100):
        cache.put(number, "x" * 10_000, lives=10)
        assert cache.bytes <= 100_000
    assert 5 <= len(cache) <= 10
    cache.put("huge", "x" * 200_000, lives=10)
    assert cache.get("huge") is None
    assert len(cache) >= 5


def test_the_counted_bytes_match_the_memory_used(clock: Any) -> None:
    """As a customer of 35 fields is: not the bytes of its JSON, which are a fifth."""
    record = {f"field{number}": f"value {number}" for number in range(35)}
    text = orjson.dumps(record)
    cache = Cache(clock=clock)
    tracemalloc.start()
    for number in range(500):
        cache.put(("crm", f"http://crm/?tel={number}"), orjson.loads(text), lives=10)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.5 * cache.bytes < used < 1.3 * cache.bytes


def test_the_held_value_of_an_entry_is_counted(clock: Any) -> None:
    cache = Cache(clock=clock)
    record = {"note": "x" * 10_000}
    cache.put("k", object(), lives=10, holds=record)
    assert cache.bytes > 10_000


def test_deep_values_are_measured_without_recursion() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert size_of(deep) > 5_000_000
    while deep:
        deep = deep.pop()


def test_drop_all_removes_the_matching_entries() -> None:
    cache = Cache(clock=lambda: 0.0)
    for key in (("crm", 1), ("crm", 2), ("shop", 1)):
        cache.put(key, "x", lives=9.0)
    assert cache.drop_all(lambda key: key[0] == "crm") == 2
    assert [key for key, _ in cache.entries()] == [("shop", 1)]
    assert cache.drop_all(lambda key: True) == 1
    assert (len(cache), cache.bytes) == (0, 0)


def test_a_derived_value_is_kept_and_counted_with_its_entry() -> None:
    clock = FakeClock()
    cache = Cache(clock=clock)
    cache.put("record", {"tel": "1"}, lives=10.0)
    entry, before = cache.get("record"), cache.bytes
    assert entry is not None
    cache.keep_derived(entry, ("answer", 1), "made", 40)
    cache.keep_derived(entry, ("answer", 1), "made again", 40)
    assert cache.derived(("answer", 1)) == (entry, "made")
    assert before + OVERHEAD + 40 < cache.bytes < before + OVERHEAD + 400
    clock.now += 10.0
    assert cache.derived(("answer", 1)) is None
    assert (len(cache), cache.bytes) == (0, 0)


@pytest.mark.parametrize("ends", ["drop", "replace", "push out"])
def test_a_derived_value_is_removed_with_its_entry(ends: str) -> None:
    cache = Cache(clock=FakeClock(), max_results=2)
    cache.put("record", "1", lives=10.0)
    entry = cache.get("record")
    assert entry is not None
    cache.keep_derived(entry, "answer", "made", 10)
    if ends == "drop":
        cache.drop("record")
    elif ends == "replace":
        cache.put("record", "2", lives=10.0)
    else:
        cache.put("b", "1", lives=10.0)
        cache.put("c", "1", lives=10.0)
    assert cache.derived("answer") is None
    cache.keep_derived(entry, "answer", "too late", 10)
    assert cache.derived("answer") is None


def test_reading_a_derived_value_keeps_its_entry_recent() -> None:
    cache = Cache(clock=FakeClock(), max_results=2)
    cache.put("old", "1", lives=10.0)
    entry = cache.get("old")
    assert entry is not None
    cache.keep_derived(entry, "answer", "made", 10)
    cache.put("other", "1", lives=10.0)
    assert cache.derived("answer") is not None
    cache.put("third", "1", lives=10.0)
    assert cache.get("old") is entry
    assert cache.get("other") is None


def test_the_derived_values_of_an_entry_are_bounded() -> None:
    cache = Cache(clock=FakeClock())
    cache.put("record", "1", lives=10.0)
    entry = cache.get("record")
    assert entry is not None
    for number in range(MAX_DERIVED + 3):
        cache.keep_derived(entry, number, "made", 10)
    assert [cache.derived(number) is not None for number in range(MAX_DERIVED + 3)] == [
        *[True] * MAX_DERIVED,
        *[False] * 3,
    ]


def test_derived_values_can_be_dropped_without_their_entries() -> None:
    cache = Cache(clock=FakeClock())
    for key in ("a", "b"):
        cache.put(key, "1", lives=10.0)
    before = cache.bytes
    for key, made in (("a", 1), ("a", 2), ("b", 3)):
        entry = cache.get(key)
        assert entry is not None
        cache.keep_derived(entry, made, "made", 10)
    cache.drop_derived()
    assert [cache.derived(made) for made in (1, 2, 3)] == [None] * 3
    assert (len(cache), cache.bytes) == (2, before)
    entry = cache.get("a")
    assert entry is not None
    cache.keep_derived(entry, 1, "again", 10)
    assert cache.derived(1) == (entry, "again")
    cache.drop("a")
    cache.drop("b")
    assert cache.bytes == 0
