"""What is written reads back as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.authoring.starter.yaml_text import scalar, section
from ivrhooks.config.reading.yaml_reader import plain, read_yaml

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda below: st.lists(below) | st.dictionaries(TEXT.filter(bool), below),
    max_leaves=8,
)


def back(text: str) -> Any:
    root, problems = read_yaml(text.encode())
    assert not problems, (text, problems)
    return plain(root)


@given(VALUES)
def test_any_value_reads_back(value: Any) -> None:
    assert back(f"key: {scalar(value)}\n") == {"key": value}


@pytest.mark.parametrize(
    "text", ["true", "null", "0123", "1e5", "a: b", "- x", "a #b", "no"]
)
def test_words_that_yaml_takes_for_something_else(text: str) -> None:
    assert back(f"key: {scalar(text)}\n") == {"key": text}


def test_a_section_has_an_entry_a_line() -> None:
    lines = section("a b", {"x y": {"type": "int"}, "z": 1}, indent=2)
    assert lines == ["  a b:", "    x y: {type: int}", "    z: 1"]
    assert section("empty", {}) == []
