# ruff: noqa: E501 - a case stands on one line
"""The keys of a source."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.reading.report import choice
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.sources import CacheEntry, SourceEntry
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import CacheSettings

EMPTY = "this is empty; write a text"


def test_a_source_has_the_defaults_of_the_format(entry_of: Any) -> None:
    """docs/reference/settings.md."""
    entry = entry_of(SourceEntry, {"kind": "http"})
    assert (entry.timeout, entry.retries, entry.cache) == (None, 0, None)
    assert (entry.breaker.failures, entry.breaker.reset) == (5, 10.0)
    assert (entry.max_response, entry.rate_limit) == (1024 * 1024, None)
    assert (entry.tls, entry.proxy, entry.request_id) == (None, "", None)
    assert (entry.auth, entry.empty, entry.phone) == (Absent, None, None)
    assert entry.max_concurrent is None  # 64, or that of the kind


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ({"fresh": "30s"}, CacheSettings(30.0, 30.0)),
        ({"fresh": "30s", "stale": "10m"}, CacheSettings(30.0, 600.0)),
        ({"fresh": "30s", "stale": "10s"}, CacheSettings(30.0, 30.0)),  # an error
    ],
)
def test_stale_is_as_long_as_fresh_where_it_is_left_out(
    entry_of: Any, written: dict[str, str], settings: CacheSettings
) -> None:
    assert entry_of(CacheEntry, written).compiled() == settings


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"kind": ""}, {"kind": EMPTY}),
        ({"base_url": ""}, {"base_url": EMPTY}),
        ({"proxy": ""}, {"proxy": EMPTY}),
        ({"timeout": 800}, {"timeout": "a duration needs a unit: write 800ms or 800s, not 800"}),
        ({"retries": -1}, {"retries": "-1 is too small; write 0 or more"}),
        ({"retries": 11}, {"retries": "11 is too large; write 10 or less"}),
        ({"cache": {}}, {"cache.fresh": "is missing; write fresh: 30s"}),
        ({"cache": {"fresh": "0s"}}, {"cache.fresh": "this is zero; write more than nothing"}),
        ({"breaker": {"failures": 0}}, {"breaker.failures": "0 is too small; write 1 or more"}),
        ({"max_concurrent": 0}, {"max_concurrent": "0 is too small; write 1 or more"}),
        ({"max_concurrent": 100_001}, {"max_concurrent": "100001 is too large; write 100000 or less"}),
        ({"max_response": 1}, {"max_response": "a size needs a unit: write 1KB, not 1"}),
        ({"rate_limit": 20}, {"rate_limit": "this is no rate; write 200/s or 1000/m"}),
        ({"tls": {"ca": ""}}, {"tls.ca": EMPTY}),
        ({"tls": {"cert": ""}}, {"tls.cert": EMPTY}),
        ({"tls": {"key": " "}}, {"tls.key": EMPTY}),
        ({"request_id": "off"}, {"request_id": "this is 'off'; write none"}),
        ({"phone": "local"}, {"phone": "this is 'local'; write e164, national or digits"}),
        ({"empty": "-"}, {"empty": "this is '-'; write a list of texts, [a, b]"}),
        ({"paths": "/x"}, {"paths": "this is '/x'; write a mapping, `name: value`"}),
        ({"pii": ["a"]}, {"pii": "this is a list; write a mapping, `name: value`"}),
    ],
)  # fmt: skip
def test_a_value_that_a_source_cannot_have(
    refusals: Any, data: dict[str, Any], expected: dict[str, str]
) -> None:
    assert refusals(SourceEntry, {"kind": "http", **data}) == expected


def test_a_missing_kind_names_those_of_the_catalogue(refusals: Any) -> None:
    assert refusals(SourceEntry, {}) == {
        "kind": f"is missing; write kind: {choice(KINDS)}"
    }


def test_a_proxys_password_is_not_printed() -> None:
    assert "hush" not in repr(SourceEntry("http", proxy="http://u:hush@p:1"))
