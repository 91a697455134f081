"""What stands around a number is taken apart without knowledge of any country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.basics.caller_address import CallerAddress, split_signed, unwrap


@pytest.mark.parametrize(
    ("text", "number", "extension", "context"),
    [
        ("13800000001", "13800000001", None, None),
        (" 84901230001", " 84901230001", None, None),
        ('"Wang" <sip:138@10.0.0.5:5060>;tag=x', "138", None, None),
        ("tel:7042;phone-context=%2B84", "7042", None, "84"),
        ("7042;isub=3;ext=4", "7042", "3", None),
        ("7042 Extension: 12", "7042", "12", None),
        ("7042 分机号 12", "7042", "12", None),
        ("７０４２ｘ１２", "7042", "12", None),
        ("ext 12", "ext 12", None, None),
        ("1, 2", "1", None, None),
        ("1,2", "1,2", None, None),
        ("sip:alice:secret@example.com", "alice", None, None),
        ("100%25", "100%", None, None),
    ],
)
def test_a_text_is_taken_apart(
    text: str, number: str, extension: str | None, context: str | None
) -> None:
    assert unwrap(text) == CallerAddress(number, extension, context)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("028-3812-0001-101", ("028-3812-0001", "101")),
        ("02838120001 # 101", ("02838120001", "101")),
        ("02838120001,,101", ("02838120001", "101")),
        ("02838120001-1234567", None),
        ("02838120001", None),
        ("-101", None),
    ],
)
def test_texts_that_may_be_an_extension(
    text: str, parts: tuple[str, str] | None
) -> None:
    assert split_signed(text) == parts


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    unwrap(text)
    split_signed(text)
