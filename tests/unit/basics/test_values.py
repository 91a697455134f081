from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrhooks.basics.values import (
    SAFE_INT,
    clean,
    is_blank,
    read_int,
    read_string,
    to_int,
    to_text,
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None)
@given(anything)
def test_conversion_gives_the_type_or_no_value_and_never_raises(value):
    number, text = to_int(value), to_text(value)
    assert number is None or (type(number) is int and abs(number) <= SAFE_INT)
    assert text is None or (type(text) is str and clean(text) == text)


@settings(deadline=None)
@given(st.integers(-SAFE_INT, SAFE_INT))
def test_an_int_survives_the_way_through_text_and_float(value):
    assert to_int(to_text(value)) == value
    assert to_int(float(value)) == value


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_json_reads_it_back(value):
    text = to_text(value)
    assert json.loads(text) == value
    assert not text.endswith(".0")


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF)))
def test_clean_text_can_be_sent_on_one_line(text):
    cleaned = clean(text)
    cleaned.encode()
    assert len(json.dumps(cleaned, ensure_ascii=False).splitlines()) <= 1 + sum(
        letter in "\u2028\u2029" for letter in text
    )


def test_clean_leaves_other_letters_alone():
    assert clean("Nguyễn 王 😀") == "Nguyễn 王 😀"


def test_a_number_of_too_many_digits_is_no_value():
    assert to_text(10**5000) is None
    assert read_string(10**5000) is None


@settings(deadline=None)
@given(anything)
def test_an_input_is_read_strictly(value):
    number, text = read_int(value), read_string(value)
    assert number is None or type(number) is int
    assert text is None or isinstance(text, str)
    if isinstance(value, (list, dict, bytes)) or value is None:
        assert (number, text) == (None, None)
    if isinstance(value, (bool, int)):
        assert number == value or abs(value) >= 10**18


@pytest.mark.parametrize(
    ("value", "blank"), [("", True), (" \t\n", True), ("x", False), (None, False)]
)
def test_blank(value, blank):
    assert is_blank(value) is blank
