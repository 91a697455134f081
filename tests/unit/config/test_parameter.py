"""A pattern is quick only where it cannot search for long."""

from __future__ import annotations

import time

import pytest
import regex

from ivrhooks.config.parameter import is_quick


@pytest.mark.parametrize(
    "pattern",
    [r"^[+ ]?[0-9]{5,15}$", r"^[0-9]+$", r"A-[0-9]{6}", r"^\+84", r"[\]()*]{3}", ""],
)
def test_a_plain_pattern_is_quick(pattern: str) -> None:
    assert is_quick(pattern)
    for text in ("0" * 1000, "+" * 1000, "A-" * 500, "]" * 1000):
        start = time.process_time()
        regex.search(pattern, text)
        assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "a|b", "a*b*c*$", "^(?:x{1,9}){1,9}$", "[0-9]{1,}[0-9]?", r"(.)\1"],
)
def test_what_may_backtrack_for_long_is_not(pattern: str) -> None:
    assert not is_quick(pattern)
