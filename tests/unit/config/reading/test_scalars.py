"""Unquoted words of YAML 1.2."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.reading.scalars import is_no_number, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("nULL", "nULL"),
        ("True", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("-7", -7),
        ("0123", "0123"),
        ("-012", "-012"),
        ("0o17", 15),
        ("0o8", "0o8"),
        ("0x1F", 31),
        ("0xG", "0xG"),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("01.5", "01.5"),
        ("1e3", 1000.0),
        ("1e", "1e"),
        ("1e999", "1e999"),
        ("-1e999", "-1e999"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2026-10-01", "2026-10-01"),
        ("no", "no"),
        ("9" * 301, int("9" * 301)),
    ],
)
def test_a_word_has_its_value_and_all_else_is_text(text: str, value: Any) -> None:
    """docs/rules.md#a-configuration: digits with a leading zero are text."""
    made = resolve(text)
    assert (made, type(made)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (".inf", True),
        ("-.INF", True),
        ("+.Inf", True),
        (".nan", True),
        (".NaN", True),
        ("-.nan", False),
        ("inf", False),
        (".info", False),
        ("1.5", False),
    ],
)
def test_a_number_that_json_does_not_have(text: str, refused: bool) -> None:
    assert is_no_number(text) is refused
