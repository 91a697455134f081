"""The cache is bounded in number and in bytes, and forgets what is too old."""

from __future__ import annotations

import tracemalloc
from typing import Any

import orjson
import pytest

from ivrhooks.resilience.cache import MAX_DERIVED, OVERHEAD, Cache, size_of
from support.fake_time import FakeClock


def test_what_is_kept_is_there_until_its_time_is_over(clock: Any) -> None:
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


def test_one_that_came_by_another_way_has_its_age(clock: Any) -> None:
    cache = Cache(clock=clock)
    cache.put("k", "v", lives=10, age=4)
    clock.now += 5.9
    assert cache.get("k") is not None
    clock.now += 0.2
    assert cache.get("k") is None
    cache.put("k", "v", lives=10, age=10)
    assert cache.get("k") is None


def test_the_least_recently_used_go_first(clock: Any) -> None:
    cache = Cache(clock=clock, max_results=3)
    for key in "abc":
        cache.put(key, key, lives=10)
    cache.get("a")
    cache.put("d", "d", lives=10)
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_bytes_are_bounded_too(clock: Any) -> None:
    cache = Cache(clock=clock, max_bytes=100_000)
    for number in range(100):
        cache.put(number, "x" * 10_000, lives=10)
        assert cache.bytes <= 100_000
    assert 5 <= len(cache) <= 10
    cache.put("huge", "x" * 200_000, lives=10)
    assert cache.get("huge") is None
    assert len(cache) >= 5


def test_a_full_cache_takes_the_memory_it_says(clock: Any) -> None:
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


def test_what_an_object_of_ours_holds_is_counted(clock: Any) -> None:
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


def test_all_of_one_kind_are_dropped_at_once() -> None:
    cache = Cache(clock=lambda: 0.0)
    for key in (("crm", 1), ("crm", 2), ("shop", 1)):
        cache.put(key, "x", lives=9.0)
    assert cache.drop_all(lambda key: key[0] == "crm") == 2
    assert [key for key, _ in cache.entries()] == [("shop", 1)]
    assert cache.drop_all(lambda key: True) == 1
    assert (len(cache), cache.bytes) == (0, 0)


def test_what_is_made_of_an_entry_is_kept_and_counted_with_it() -> None:
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
def test_what_is_made_of_an_entry_ends_with_it(ends: str) -> None:
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


def test_an_answer_that_is_read_keeps_its_record() -> None:
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


def test_so_much_and_no_more_is_made_of_one_entry() -> None:
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


def test_what_was_made_can_be_forgotten_alone() -> None:
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
