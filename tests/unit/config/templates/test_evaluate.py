"""What compiled templates do: plain paths, texts of paths, segments."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from ivrhooks.basics.phone import read_phone
from ivrhooks.config.templates.evaluate import (
    getter,
    joined,
    noting_failures,
    noting_plain_failures,
    segment,
    text_part,
    with_phone_form,
    without_empty_words,
)
from ivrhooks.config.templates.sandbox import NoValue
from ivrhooks.config.templates.text_filters import FilterError


class Given:
    def __init__(self, **values: Any) -> None:
        self.values = values

    def note(self, text: str) -> None:
        raise AssertionError(text)


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("customer", "tags", 0), "a"),
        (("customer", "tags", -1), "b"),
        (("customer", "tags", 2), None),
        (("customer", "tags", "0"), None),
        (("customer", "name", 0), "W"),
        (("customer", "name", "x"), None),
        (("nobody", "x"), None),
        (("inputs", "tel", "extension"), "7"),
        (("inputs", "tel", "plus"), None),
    ],
)
def test_a_plain_path(steps: tuple[str | int, ...], value: Any) -> None:
    tel = read_phone("+84901230001;ext=7")
    context = Given(customer={"tags": ["a", "b"], "name": "Wang"}, inputs={"tel": tel})
    assert getter(steps)(context) == value


def test_a_number_is_written_in_a_form_and_nothing_else_is() -> None:
    context = Given(inputs={"tel": read_phone("+84901230001"), "text": "84"})
    plus = with_phone_form(getter(("inputs", "tel")), lambda number: f"+{number}")
    assert plus(context) == "+84901230001"
    assert (
        with_phone_form(getter(("inputs", "text")), lambda number: "x")(context) == "84"
    )


def test_a_text_of_paths_has_no_value_where_one_has_none() -> None:
    part = without_empty_words(getter(("customer", "nick")), frozenset({"", "-"}))
    text = joined(["Hello ", part], text_part)
    assert text(Given(customer={"nick": "An"})) == "Hello An"
    for nick in ("", "-", None):
        assert text(Given(customer={"nick": nick})) is None


@pytest.mark.parametrize("value", [None, "", "-", [1], {"a": 1}])
def test_invalid_path_segments(value: Any) -> None:
    with pytest.raises(NoValue):
        segment(value, frozenset({"-"}))


def test_a_segment_is_percent_encoded() -> None:
    assert segment("a/b?c", frozenset()) == "a%2Fb%3Fc"
    assert segment(True, frozenset()) == "true"


class Noted(Given):
    """Keeps what is noted."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


class OwnMapping(dict[str, Any]):
    """Not a dict by name."""


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("customer",), {"a": {"b": 1}, 0: "zero"}),
        (("customer", "a"), {"b": 1}),
        (("customer", "a", "b"), 1),
        (("customer", "a", "b", "c"), None),
        (("customer", 0), "zero"),
        (("own", "a"), 2),
        (("own", "b"), None),
        (("text", "upper"), None),  # a key, never a method
        (("pair", -2), "x"),
        (("pair", -3), None),
    ],
)
def test_a_path_reads_keys_and_places_and_nothing_else(
    steps: tuple[str | int, ...], value: Any
) -> None:
    """docs/rules.md#templates: on mappings a dot reads keys only."""
    record = {"a": {"b": 1}, 0: "zero"}
    context = Given(customer=record, own=OwnMapping(a=2), text="x", pair=("x", "y"))
    assert getter(steps)(context) == value


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (SecurityError("the text is too long"), "the text is too long"),
        (FilterError("no moment"), "no moment"),
        (ZeroDivisionError("division by zero"), "division by zero"),
        (UndefinedError("'x' is undefined"), "'x' is undefined"),
        (ValueError("the number 13800000001"), "ValueError"),
    ],
)
def test_an_error_is_noted_without_the_data_in_it(error: Exception, why: str) -> None:
    """docs/rules.md#templates: an error while evaluating is "no value" with a note."""

    def failing(*_: Any) -> Any:
        raise error

    note = f"the template {{{{ a }}}} gave no value: {why}"
    for evaluate in (
        noting_plain_failures(failing, "{{ a }}"),
        noting_failures(failing, "{{ a }}"),
    ):
        context = Noted(a=1)
        assert evaluate(context) is None
        assert context.notes == [note]


def test_no_value_is_no_error() -> None:
    def nothing(*_: Any) -> Any:
        raise NoValue

    context = Noted()
    assert noting_failures(nothing, "x")(context) is None
    assert context.notes == []


def test_a_text_of_paths_is_bounded_like_any_text() -> None:
    """docs/rules.md#templates: text over 64 KB is no value."""
    text = joined(["x", getter(("inputs", "a"))], text_part)
    assert len(text(Given(inputs={"a": "y" * (64 * 1024 - 1)}))) == 64 * 1024
    with pytest.raises(SecurityError, match="the text is too long"):
        text(Given(inputs={"a": "y" * 64 * 1024}))


def test_values_as_segments_of_a_path() -> None:
    texts = [segment(value, frozenset({"-"})) for value in (False, 0, 1.5, " ", "ü")]
    assert texts == ["false", "0", "1.5", "%20", "%C3%BC"]
