# ruff: noqa: E501 - a case stands on one line
"""Values of the YAML: what they may be, and what is said otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.schema.declare import read, schema_of
from ivrhooks.config.schema.fields import (
    Boolean,
    Condition,
    Integer,
    Nested,
    NestedList,
    NestedMap,
    NestedOrOff,
    OneOf,
    Text,
    Texts,
    Values,
    Words,
    duration,
    size,
    to_number,
)
from ivrhooks.config.schema.parts import OutputEntry
from ivrhooks.config.schema.sources import CacheEntry


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
def test_accepted_values(field: Any, value: Any, expected: Any) -> None:
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
def test_invalid_values_are_refused(field: Any, value: Any, words: str) -> None:
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


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (Integer(1), Interpolated("-7", "${A}"), "${A} is too small; write 1 or more"),
        (Integer(1, 5), Interpolated("8", "${A}"), "${A} is too large; write 5 or less"),
        (Integer(), Interpolated("x", "${A}"), "this is '${A}'; write a whole number, without quotes"),
        (Boolean(), Interpolated("hush", "${A}"), "this is '${A}'; write true or false"),
        (OneOf("a", "b"), Interpolated("hush", "${A}"), "this is '${A}'; write a or b"),
        (duration(), Interpolated("7", "${A}"), "what was filled in cannot be read here; set 2s, 64KB or 200/s"),
    ],
)  # fmt: skip
def test_a_value_from_the_environment_is_not_named(
    field: Any, value: Any, message: str
) -> None:
    """docs/rules.md#a-configuration: what came from the environment is never told."""
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    assert caught.value.messages == [message]


def test_a_choice_of_numbers_takes_no_other_text_from_the_environment() -> None:
    with pytest.raises(ValidationError):
        OneOf("400", "200").deserialize(400)
    assert OneOf("on", "1").deserialize(Interpolated("1", "${A}")) == "1"


@pytest.mark.parametrize(
    ("field", "value"),
    [(duration(), "0s"), (duration(), "0ms"), (size(), "0KB")],
)
def test_zero_is_refused_unless_it_is_allowed(field: Any, value: str) -> None:
    with pytest.raises(ValidationError, match="this is zero; write more than nothing"):
        field.deserialize(value)
    assert duration(zero=True).deserialize("0s") == 0.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [("text", "text"), ({"zh": "坐席", "en": "desk"}, "desk"), ("", "")],
)
def test_words_are_a_text_or_one_by_language(value: Any, expected: str) -> None:
    assert Words().deserialize(value) == expected


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ({"fr": "x", "en": "y"}, {"fr": ["unknown language `fr`; write en, zh or vi"]}),
        ({}, ["this is a mapping; write text or {en: …, zh: …, vi: …}"]),
        ([], ["this is a list; write text or {en: …, zh: …, vi: …}"]),
        (5, ["this is 5; write text in quotes"]),
        (" ", ["this is empty; write a text"]),
    ],
)
def test_words_that_are_none(value: Any, messages: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Words(required=True).deserialize(value)
    assert caught.value.messages == messages


def test_a_mapping_where_a_dollar_is_missing_says_so() -> None:
    for value, advice in (
        ({"APP_KEY": None}, 'write text as "${APP_KEY}"'),
        ({"APP_KEY": 1}, "write text instead"),
        ([], "write text instead"),
    ):
        with pytest.raises(ValidationError) as caught:
            Text().deserialize(value)
        assert str(caught.value.messages[0]).endswith(advice)


def test_null_is_no_text_unless_it_has_a_meaning() -> None:
    assert Text(null="").deserialize(None) == ""
    with pytest.raises(ValidationError, match="may not be null"):
        Text().deserialize(None)


def test_problems_of_a_list_name_the_entry() -> None:
    with pytest.raises(ValidationError) as caught:
        Texts().deserialize(["a", 1, None])
    assert caught.value.messages == {
        1: ["this is 1; write text, in quotes"],
        2: ["this is null; write text, in quotes"],
    }


@pytest.mark.parametrize(
    ("field", "value", "messages"),
    [
        (NestedMap(CacheEntry), 5, ["this is 5; write a mapping, `name: {…}`"]),
        (NestedMap(CacheEntry), ["a"], ["this is a list; write a mapping, `a: {…}`"]),
        (NestedMap(CacheEntry), {"a": {"fresh": 1}, "b": {"fresh": "1s"}}, {"a": {"fresh": ["a duration needs a unit: write 1s, not 1"]}}),
        (NestedList(CacheEntry), {}, ["this is a mapping; write a list of entries, - …"]),
        (NestedList(CacheEntry), [{"fresh": "1s"}, 5], {1: {"": ["this is 5; write a mapping, {fresh: 30s}"]}}),
        (Nested(CacheEntry), 5, {"": ["this is 5; write a mapping, {fresh: 30s}"]}),
        (Values(), 5, ["this is 5; write a mapping, `name: value`"]),
        (Texts(), {}, ["this is a mapping; write a list of texts, [a, b]"]),
        (Condition(), [], ['this is a list; write one template, "{{ … and … }}"']),
    ],
)  # fmt: skip
def test_sections_that_cannot_be_read(field: Any, value: Any, messages: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    assert caught.value.messages == messages


def test_sections_that_can_be_read() -> None:
    cache = {"fresh": "1s"}
    assert Nested(CacheEntry).deserialize(cache).fresh == 1.0
    assert NestedMap(CacheEntry).deserialize({"a": cache})["a"].fresh == 1.0
    assert [entry.fresh for entry in NestedList(CacheEntry).deserialize([cache])] == [1]
    assert NestedList(CacheEntry).deserialize(None) == ()
    assert NestedMap(CacheEntry).deserialize(None) == {}
    assert NestedOrOff(CacheEntry).deserialize(None) is False
    assert NestedOrOff(CacheEntry).deserialize(cache).fresh == 1.0
    assert Values().deserialize(None) == {}
    assert Condition().deserialize("{{ a }}") == "{{ a }}"


def test_valid_keys_beside_an_error_are_still_read() -> None:
    """One report holds every problem: what depends on it is checked as well."""
    with pytest.raises(ValidationError) as caught:
        NestedMap(CacheEntry).deserialize({"a": {"fresh": "1s", "stale": 5}})
    assert caught.value.valid_data["a"].fresh == 1.0
    with pytest.raises(ValidationError) as caught:
        NestedMap(CacheEntry).deserialize(
            [{"name": "a", "fresh": "1s"}, {"b": None}, "c"]
        )
    assert {name: entry.fresh for name, entry in caught.value.valid_data.items()} == {
        "a": 1.0, "b": 0.0, "c": 0.0,
    }  # fmt: skip


def test_a_number_from_the_environment_may_have_a_sign() -> None:
    for text, number in (("+12", 12), ("-12", -12), ("--1", "--1"), ("-", "-")):
        assert to_number(Interpolated(text, "${A}")) == number
