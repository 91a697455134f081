"""What an answer looks like to whoever calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ivrhooks.config.answer_shape import AnswerShape

VALUES: dict[str, int | str] = {"isVip": 1, "name": 'Nguyễn "A"'}
ERROR = {"code": "invalid_input"}


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (AnswerShape(), VALUES),
        (AnswerShape(strings=True), {"isVip": "1", "name": 'Nguyễn "A"'}),
        (AnswerShape(constants={"v": [1]}), {"v": [1], **VALUES}),
        (AnswerShape(("a", "b")), {"a": {"b": VALUES}}),
        (
            AnswerShape(("a", "b"), {"type": "x", "a": {"c": 2}}),
            {"type": "x", "a": {"c": 2, "b": VALUES}},
        ),
    ],
)
def test_outputs_stand_where_the_shape_says(
    shape: AnswerShape, body: dict[str, Any]
) -> None:
    written = shape.write(VALUES)
    assert json.loads(written) == body
    assert b"\n" not in written
    assert json.loads(shape.write(VALUES, ERROR)) == {**body, "error": ERROR}


def test_an_empty_answer_is_one() -> None:
    assert AnswerShape(("a",)).write({}) == b'{"a":{}}'
    assert AnswerShape().write({}, ERROR) == b'{"error":{"code":"invalid_input"}}'


@pytest.mark.parametrize(
    ("shape", "plain"),
    [
        (AnswerShape(), True),
        (AnswerShape(strings=True), False),
        (AnswerShape(constants={"v": 1}), False),
        (AnswerShape(("a",)), False),
    ],
)
def test_only_the_outputs_and_nothing_else_is_a_plain_answer(
    shape: AnswerShape, plain: bool
) -> None:
    assert shape.plain is plain


def test_outputs_take_the_place_of_a_constant_that_is_no_mapping() -> None:
    shape = AnswerShape(("a", "b"), {"a": 5, "z": 1})
    assert json.loads(shape.write(VALUES)) == {"a": {"b": VALUES}, "z": 1}
