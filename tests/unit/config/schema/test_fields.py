"""Values of the YAML: what they may be, and what is said otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.schema.declare import read, schema_of
from ivrhooks.config.schema.fields import (
    Boolean,
    Integer,
    OneOf,
    Text,
    Texts,
    to_number,
)
from ivrhooks.config.schema.parts import OutputEntry


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (Text(), "x", "x"),
        (Integer(), 5, 5),
        (Integer(), Interpolated(" -5 ", "${A}"), -5),
        (Boolean(), True, True),
        (Boolean(), Interpolated("False", "${A}"), False),
        (OneOf(400, 200), 200, 200),
        (OneOf(400, 200), Interpolated("200", "${A}"), 200),
        (OneOf("a", "b"), "b", "b"),
        (Texts(), ["a"], ("a",)),
        (Texts(single=True), "a", ("a",)),
    ],
)
def test_what_is_taken(field: Any, value: Any, expected: Any) -> None:
    assert field.deserialize(value) == expected


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (Text(), 5, "this is 5; write text in quotes"),
        (Text(), True, "this is true; write text in quotes"),
        (Text(blank=False), " ", "write a text"),
        (Integer(), "5", "this is '5'; write a whole number, without quotes"),
        (Integer(), True, "write a whole number"),
        (Integer(), 1.0, "write a whole number"),
        (Integer(1), 0, "write 1 or more"),
        (Integer(1, 5), 6, "write 5 or less"),
        (Boolean(), "yes", "write true or false"),
        (Boolean(), 1, "write true or false"),
        (OneOf("a", "b", "c"), "d", "write a, b or c"),
        (OneOf("mock"), "mck", "did you mean `mock`?"),
        (OneOf(1), True, "write 1"),
        (OneOf(400, 200), [], "this is a list; write 400 or 200"),
        (Texts(), "a", "write a list of texts"),
    ],
)
def test_what_is_refused(field: Any, value: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    assert words in str(caught.value.messages)


def test_a_section_with_an_error_is_still_read_as_far_as_it_goes() -> None:
    entry, messages = read(
        schema_of(OutputEntry), {"type": "int", "dfault": 1, "optional": 5}
    )
    assert (entry.type, entry.optional) == ("int", False)
    assert set(messages) == {"dfault", "optional"}
    assert "did you mean `default`" in messages["dfault"][0]
    entry, messages = read(schema_of(OutputEntry), "text")
    assert entry.type == ""
    assert "write a mapping" in messages[""][0]


def test_only_ascii_digits_are_a_number() -> None:
    assert to_number(Interpolated("12", "")) == 12
    for text in ("１２", "1_2", "1.0", "", "9" * 31):
        assert to_number(Interpolated(text, "")) == text
