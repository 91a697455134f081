"""Values of the YAML: what they may be, and what is said otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.schema.fields import (
    Flag,
    OneOf,
    Text,
    Texts,
    Whole,
    read,
    to_number,
)
from ivrhooks.config.schema.schemas import OutputSchema


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (Text(), "x", "x"),
        (Whole(), 5, 5),
        (Whole(), Interpolated(" -5 ", "${A}"), -5),
        (Flag(), True, True),
        (Flag(), Interpolated("False", "${A}"), False),
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
        (Whole(), "5", "this is '5'; write a whole number, without quotes"),
        (Whole(), True, "write a whole number"),
        (Whole(), 1.0, "write a whole number"),
        (Whole(1), 0, "write 1 or more"),
        (Whole(1, 5), 6, "write 5 or less"),
        (Flag(), "yes", "write true or false"),
        (Flag(), 1, "write true or false"),
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
    entry, messages = read(OutputSchema(), {"type": "int", "dfault": 1, "optional": 5})
    assert (entry.type, entry.optional) == ("int", False)
    assert set(messages) == {"dfault", "optional"}
    assert "did you mean `default`" in messages["dfault"][0]
    entry, messages = read(OutputSchema(), "text")
    assert entry.type == ""
    assert "write a mapping" in messages[""][0]


def test_only_ascii_digits_are_a_number() -> None:
    assert to_number(Interpolated("12", "")) == 12
    for text in ("１２", "1_2", "1.0", "", "9" * 31):
        assert to_number(Interpolated(text, "")) == text
