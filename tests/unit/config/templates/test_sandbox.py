"""The environment of templates: what can be read of a value, and its bounds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from jinja2.exceptions import SecurityError

from ivrhooks.basics.phone import read_phone
from ivrhooks.config.reading.report import Location
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.names import Names
from ivrhooks.config.templates.sandbox import (
    MAX_TEXT,
    MAX_TURNS,
    Missing,
    NoValue,
    not_empty,
    plain_value,
)

RECORD = {
    "id": "c-1",
    "name": "Wang Wei",
    "list": ["a", "b", "a"],
    "numbers": [1, 2, 3],
    "upper": "a key, not a method",
    1: "one",
}


@pytest.fixture
def value(scope: Callable[..., Any], location: Location) -> Callable[..., Any]:
    """What a template gives, and the notes that it leaves."""

    def give(text: str, **record: Any) -> Any:
        context = scope(r={**RECORD, **record})
        expression = Templates(Names(lookups=("r",))).compile(text, location)
        assert location.report.problems() == ()
        give.notes = context.notes  # type: ignore[attr-defined]
        return expression.evaluate(context)

    return give


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ r.upper }}", "a key, not a method"),
        ("{{ r['name'].upper() }}", "WANG WEI"),
        ("{{ r.name[0] ~ r.name[-1] }}", "Wi"),
        ("{{ r.name[99] }}", None),
        ("{{ r.name[0:4] }}", "Wang"),
        ("{{ r.name['upper']() }}", "WANG WEI"),
        ("{{ r.name['encode'] }}", None),
        ("{{ r.list['count']('a') }}", 2),
        ("{{ r.list[0:2] }}", ["a", "b"]),
        ("{{ r.list[r.name] }}", None),
        ("{{ r.list.append }}", None),
        ("{{ r.list.index('b') }}", 1),
        ("{{ r[1] }}", "one"),
        ("{{ r[[]] }}", None),
        ("{{ r.nothing[0][1] }}", None),
        ("{{ (r.numbers | first)[0] }}", None),
        ("{{ now.date() }}", "2026-11-20"),
        ("on {{ now.date() }}", "on 2026-11-20"),
        ("{{ (now.date()).year }}", 2026),
        ("{{ (now.date())._x }}", None),
        ("{{ r.name | attr('upper') }}", None),
        ("{{ r | attr('id') }}", "c-1"),
        ("{{ r.name | attr('_x') }}", None),
        ("{{ r.name | replace('W', 'V') }}", "Vang Vei"),
        ("{{ r.name | replace('W', 'V', 1) }}", "Vang Wei"),
        ("{{ 'ab' | replace('', '-') }}", "-a-b-"),
        ("{{ r.list | join('+') }}", "a+b+a"),
        ("{{ r.nothing | join('+') }}", ""),
        ("{{ [{'x': 1}, {'x': 2}] | join('+', attribute='x') }}", "1+2"),
        ("{% for one in r.nothing %}x{% endfor %}.", "."),
        ("{% for one in r.list %}{{ loop.index0 }}{% endfor %}", "012"),
        ("{{ r.numbers + [4] }}", [1, 2, 3, 4]),
        ("{{ 2 * 3 + 2 ** 3 }}", 14),
        ("{{ 'ab' * 2 }}", "abab"),
        ("{{ '%s-%03d' % ('a', 7) }}", "a-007"),
        ("{{ 7 % 4 }}", 3),
    ],
)  # fmt: skip
def test_readable_attributes_of_a_value(
    value: Callable[..., Any], text: str, expected: Any
) -> None:
    result = value(text)
    assert (result, type(result)) == (expected, type(expected))


HALF = "('a' * 32768)"
LONGER = "('a' * 32769)"
DEEP = "{% for a in range(100) %}{% for b in range(99) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    ("text", "works"),
    [
        (f"{{{{ ({HALF} + {HALF}) | length }}}}", True),
        (f"{{{{ ({HALF} + {LONGER}) | length }}}}", False),
        ("{{ ('a' * 65536) | length }}", True),
        ("{{ ('a' * 65537) | length }}", False),
        ("{{ (65537 * 'a') | length }}", False),
        ("{{ ([1] * 65537) | length }}", False),
        ("{{ 2 ** 2048 > 1 }}", True),
        ("{{ 2 ** 2049 > 1 }}", False),
        ("{{ (2 ** 2000) * (2 ** 2000) > 1 }}", True),
        ("{{ (2 ** 2048) * (2 ** 2048) > 1 }}", False),
        ("{{ ('%999d' % 1) | length }}", True),
        ("{{ ('%1000d' % 1) | length }}", False),
        ("{{ 'a' | center(1000) | length }}", True),
        ("{{ 'a' | center(1001) | length }}", False),
        ("{{ 'a' | center(width=1001) | length }}", False),
        (f"{{{{ ({HALF} | replace('a', 'b' * 7)) | length }}}}", True),
        (f"{{{{ ({HALF} | replace('a', 'b' * 8)) | length }}}}", False),
        ("{{ (range(256) | join('b' * 1024)) | length }}", True),
        ("{{ (range(257) | join('b' * 1024)) | length }}", False),
        (f"{{{{ 1 }}}}{DEEP}", True),
        (f"{{{{ 1 }}}}{DEEP}{DEEP}", False),
        ("{{ range(10000) | list | length }}", True),
    ],
)  # fmt: skip
def test_it_is_bounded_and_not_before(
    value: Callable[..., Any], text: str, works: bool
) -> None:
    result = value(text)
    assert (result is not None) is works, value.notes  # type: ignore[attr-defined]
    assert len(value.notes) == (not works)  # type: ignore[attr-defined]


class Loop:
    """A thing that is no JSON."""

    def __call__(self) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (float("inf"), None),
        (float("nan"), None),
        (1.5, 1.5),
        ({1: (date(2026, 1, 2), {"x": {2.5}})}, {"1": ["2026-01-02", {"x": [2.5]}]}),
        (Missing(name="x"), None),
        (Loop(), None),
        (b"bytes", None),
        (timedelta(1), None),
        ((letter for letter in "ab"), ["a", "b"]),
        ("a" * MAX_TEXT, "a" * MAX_TEXT),
        (range(MAX_TURNS), list(range(MAX_TURNS))),
    ],
)  # fmt: skip
def test_a_value_is_converted_to_json(value: Any, json: Any) -> None:
    assert plain_value(value) == json


@pytest.mark.parametrize("value", ["a" * (MAX_TEXT + 1), range(MAX_TURNS + 1)])
def test_too_long_results_are_refused(value: Any) -> None:
    with pytest.raises(SecurityError, match="too long"):
        plain_value(value)


def test_a_telephone_number_stays_one() -> None:
    number = read_phone("13800000001")
    assert plain_value(number) is number


def test_an_empty_word_has_no_value_in_a_text() -> None:
    assert not_empty("x", ("", "0000-00-00")) == "x"
    assert not_empty(0, ("", "0")) == 0
    for word in ("", "0000-00-00"):
        with pytest.raises(NoValue):
            not_empty(word, ("", "0000-00-00"))


def test_a_missing_field_is_missing_all_the_way_down() -> None:
    missing = Missing(name="x")
    assert missing.a.b is missing
    assert not hasattr(missing, "__len_hint__")
