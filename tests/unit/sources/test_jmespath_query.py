"""JMESPath by its specification, where jmespath 1.1.0 departs from it."""

from __future__ import annotations

from typing import Any

import pytest
from jmespath.exceptions import JMESPathError

from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.sources.jmespath_query import compile_query

DATA = {
    "rows": [{"level": 5}, {"level": "4"}, {"level": None}, {}],
    "flags": [1, 0, "x"],
    "name": "VIP 1",
    "tel": PhoneNumber("13800000001"),
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("rows[?level > `3`].level", [5]),
        ("rows[?level <= '5'].level", ["4"]),
        ("rows[0].level < name", None),
        ("contains(flags, `1`)", True),
        ("contains(flags, `true`)", False),
        ("contains(flags, `false`)", False),
        ("contains(name, `1`)", False),
        ("contains(name, '1')", True),
        ("starts_with(tel, '138')", True),
        ("join('-', [tel, 'x'])", "13800000001-x"),
    ],
)
def test_a_value_by_the_specification(expression: str, value: Any) -> None:
    assert compile_query(expression)(DATA) == value


@pytest.mark.parametrize(
    "expression",
    ["length(missing)", "max_by(rows, &level)", "flags[::0]", "merge(@, name)"],
)
def test_a_query_without_a_value_raises_its_own_error(expression: str) -> None:
    query = compile_query(expression)
    with pytest.raises(JMESPathError):
        query(DATA)


def test_invalid_jmespath_is_refused() -> None:
    with pytest.raises(JMESPathError):
        compile_query("rows[")
