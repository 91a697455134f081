"""What compiled templates do: plain paths, texts of paths, segments."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.basics.phone import read_phone
from ivrhooks.config.templates.evaluate import (
    getter,
    joined,
    piece,
    segment,
    whole,
    written,
)
from ivrhooks.config.templates.sandbox import NoValue


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
    plus = written(getter(("inputs", "tel")), lambda number: f"+{number}")
    assert plus(context) == "+84901230001"
    assert written(getter(("inputs", "text")), lambda number: "x")(context) == "84"


def test_a_text_of_paths_has_no_value_where_one_has_none() -> None:
    part = whole(getter(("customer", "nick")), frozenset({"", "-"}))
    text = joined(["Hello ", part], piece)
    assert text(Given(customer={"nick": "An"})) == "Hello An"
    for nick in ("", "-", None):
        assert text(Given(customer={"nick": nick})) is None


@pytest.mark.parametrize("value", [None, "", "-", [1], {"a": 1}])
def test_what_is_no_segment_of_a_path(value: Any) -> None:
    with pytest.raises(NoValue):
        segment(value, frozenset({"-"}))


def test_a_segment_is_percent_encoded() -> None:
    assert segment("a/b?c", frozenset()) == "a%2Fb%3Fc"
    assert segment(True, frozenset()) == "true"
