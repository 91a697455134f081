"""Hashes, base64, JSON, patterns and dates in templates."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from jinja2 import Undefined

from ivrhooks.basics.phone import read_phone
from ivrhooks.config.templates.text_filters import FilterError, text_filters

ZONE = timezone(timedelta(hours=8))
NAMED = text_filters(ZONE)


@pytest.mark.parametrize(
    ("name", "value", "arguments", "expected"),
    [
        ("hash", "abc", ("md5",), "900150983cd24fb0d6963f7d28e17f72"),
        ("hash", "abc", ("sha1",), "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("hash", 7, ("md5",), "8f14e45fceea167a5a36dedd4bea2543"),
        (
            "hmac",
            "what do ya want for nothing?",
            ("Jefe", "sha256"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "hmac",
            "what do ya want for nothing?",
            ("Jefe", "md5"),
            "750c783e6ab0b503eaa86e310a5db738",
        ),
        ("b64encode", "阮", (), "6Ziu"),
        ("b64decode", "6Ziu", (), "阮"),
        ("from_json", '{"a": [1, "x"]}', (), {"a": [1, "x"]}),
        ("to_json", {"a": ["阮", None, True, 1.5]}, (), '{"a":["阮",null,true,1.5]}'),
        ("to_json", read_phone("+84901230001"), (), '"84901230001"'),
        ("regex_search", "SO-123 x", (r"[0-9]+",), "123"),
        ("regex_search", "none", (r"[0-9]+",), None),
        ("regex_replace", "a-b-c", ("-", "_"), "a_b_c"),
        ("regex_replace", "Wang Li", (r"(\w+) (\w+)", r"\2 \1"), "Li Wang"),
        ("regex_replace", "a1", ("[0-9]",), "a"),
        ("sorted_query", {"b": 2, "a": "x y&", "c": None, "d": True}, (), None),
        ("sorted_query", {"b": [1, {"c": 1}], "a": ""}, (), 'a=&b=[1,{"c":1}]'),
    ],
)
def test_values(
    name: str, value: Any, arguments: tuple[Any, ...], expected: Any
) -> None:
    if name == "sorted_query" and expected is None:
        expected = "a=x y&&b=2&d=true"
    assert NAMED[name](value, *arguments) == expected


@pytest.mark.parametrize("name", sorted(NAMED))
@pytest.mark.parametrize("value", [None, Undefined()])
def test_nothing_gives_nothing(name: str, value: Any) -> None:
    arguments = {"hmac": ("k",), "regex_search": ("x",), "regex_replace": ("x", "y")}
    expected = "null" if (name, value) == ("to_json", None) else None
    assert NAMED[name](value, *arguments.get(name, ())) == expected


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("2026-10-01T09:30:00+07:00", None, "2026-10-01T09:30:00+07:00"),
        ("2026-10-01 09:30", None, "2026-10-01T09:30:00+08:00"),
        ("2026-10-01", None, "2026-10-01T00:00:00+08:00"),
        ("01/10/2026 09:30", "%d/%m/%Y %H:%M", "2026-10-01T09:30:00+08:00"),
        ("2026-10-01 09:30 +0000", "%Y-%m-%d %H:%M %z", "2026-10-01T09:30:00+00:00"),
        ("2026-10-01 09:30 UTC", "%Y-%m-%d %H:%M %Z", "2026-10-01T09:30:00+00:00"),
        (
            "Thu, 01 Oct 2026 09:30:00 GMT",
            "%a, %d %b %Y %H:%M:%S %Z",
            "2026-10-01T09:30:00+00:00",
        ),
    ],
)
def test_a_date_without_a_zone_has_that_of_the_endpoint(
    text: str, form: str | None, moment: str
) -> None:
    assert NAMED["to_datetime"](text, form).isoformat() == moment
    made = datetime.fromisoformat(moment)
    assert NAMED["to_datetime"](made) is made


@pytest.mark.parametrize(
    ("name", "value", "arguments"),
    [
        ("hash", "x" * 65_537, ("md5",)),
        ("hash", "阮" * 30_000, ("md5",)),
        ("hash", {"a": 1}, ("md5",)),
        ("hash", "x", ("crc32",)),
        ("hmac", "x", ("k", "sha3")),
        ("b64decode", "***", ()),
        ("b64decode", "/w==", ()),
        ("from_json", "{", ()),
        ("from_json", "x" * 65_537, ()),
        ("regex_search", "x", ("(",)),
        ("regex_search", "x" * 65_537, ("x",)),
        ("regex_replace", "x" * 60_000, ("x", "yyyy")),
        ("sorted_query", "a=1", ()),
        ("to_datetime", "yesterday", ()),
        ("to_datetime", "2026", ("%d",)),
    ],
)
def test_impossible_arguments_raise(
    name: str, value: Any, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(ValueError):
        NAMED[name](value, *arguments)


@pytest.mark.parametrize(
    ("name", "arguments"), [("regex_search", ()), ("regex_replace", ("y",))]
)
def test_a_pattern_that_backtracks_for_long_ends(
    name: str, arguments: tuple[str, ...]
) -> None:
    began = time.perf_counter()
    with pytest.raises(FilterError, match="too long"):
        NAMED[name]("a" * 3000 + "b", r"^(a|aa)*(a|aa)*(a|aa)*$", *arguments)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("pattern", [5, None, ["a"], "a" * 1_001])
@pytest.mark.parametrize("name", ["regex_search", "regex_replace"])
def test_a_pattern_is_a_text_of_bounded_length(name: str, pattern: Any) -> None:
    with pytest.raises(FilterError, match="a text of at most 1000 characters"):
        NAMED[name]("abc", pattern)


def test_a_hash_and_an_hmac_have_the_algorithm_that_ansible_has() -> None:
    assert NAMED["hash"]("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"
    assert NAMED["hmac"]("a", "k") == NAMED["hmac"]("a", "k", "sha256")


@pytest.mark.parametrize("name", ["hash", "hmac"])
def test_an_algorithm_that_is_not_there_names_those_that_are(name: str) -> None:
    arguments = ("crc",) if name == "hash" else ("key", "crc")
    message = "no hash of that name; write one of md5, sha1, sha256, sha512"
    with pytest.raises(FilterError, match=message):
        NAMED[name]("x", *arguments)


def test_without_a_key_there_is_no_hmac() -> None:
    assert NAMED["hmac"]("x", None) is None
    assert NAMED["hmac"](None, "k") is None
    assert NAMED["hmac"]("x", Undefined()) is None


def test_a_filter_of_text_takes_no_list() -> None:
    with pytest.raises(FilterError, match="a text is needed here"):
        NAMED["b64encode"]([{}])
    with pytest.raises(FilterError, match="the text is over 64 KB"):
        NAMED["hash"]("ü" * 32769)
    assert len(NAMED["hash"]("ü" * 32768)) == 40


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ({"a": False, "b": True}, "a=false&b=true"),
        ({"a": []}, "a=[]"),
        ({"b": {"x": 1}, "a": 1.5}, 'a=1.5&b={"x":1}'),
        ({"a": None}, ""),
        ({}, ""),
    ],
)
def test_values_of_a_sorted_query_are_texts(mapping: Any, text: str) -> None:
    assert NAMED["sorted_query"](mapping) == text
