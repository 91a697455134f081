"""The shape of answers, and where two shapes differ."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.authoring.sandbox_comparison import shapes
from ivrhooks.authoring.sandbox_comparison.shapes import Shape, differences, type_of


def shape(*answers: Any) -> Shape:
    made = Shape()
    for answer in answers:
        made.add(answer)
    return made


def shown_differences(
    real: list[Any], sandbox: list[Any], described: Any = (), free: bool = False
) -> list[str]:
    unequal = differences(shape(*real), shape(*sandbox), described, free=free)
    return [f"{at.level} {at.path}: {at.real} / {at.sandbox}" for at in unequal]


SANDBOX = {"code": "0", "item": {"id": "c-1", "tags": ["VIP"], "vip": True}}


def test_the_same_shape_with_other_values_has_no_difference() -> None:
    real = {"code": "0", "item": {"id": "c-9", "tags": [], "vip": False}}
    assert shown_differences([real], [SANDBOX]) == []


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": 7, "tags": [], "vip": True}, "differs item.id: int / string"),
        ({"id": "c", "tags": "VIP", "vip": True}, "differs item.tags: string / list"),
        ({"id": "c", "tags": [1], "vip": True}, "differs item.tags[]: int / string"),
        ({"id": "c", "tags": [], "vip": 1}, "differs item.vip: int / bool"),
        ({"id": "c", "tags": [], "vip": None}, "note item.vip: null / bool"),
        ({"id": "c", "tags": []}, "differs item.vip: not there / bool"),
        ({"id": "c", "tags": [], "vip": True, "new": {"a": 1}},
         "differs item.new: object / not there"),
        (["c"], "differs item: list / object"),
    ],
)  # fmt: skip
def test_another_shape_is_reported_without_its_value(item: Any, expected: str) -> None:
    assert shown_differences([{"code": "0", "item": item}], [SANDBOX]) == [expected]


def test_fields_of_some_sandbox_records_are_a_note() -> None:
    some = {"code": "0", "item": {**SANDBOX["item"], "nick": "Wang"}}  # type: ignore[dict-item]
    assert shown_differences([SANDBOX], [SANDBOX, some]) == [
        "note item.nick: not there / string"
    ]


def test_a_described_field_that_the_sandbox_has_unset_is_a_note() -> None:
    real = {"code": "0", "item": {**SANDBOX["item"], "nick": "Wang"}}  # type: ignore[dict-item]
    assert shown_differences([real], [SANDBOX], {"nick"}) == [
        "note item.nick: string / not there"
    ]
    assert shown_differences([real], [SANDBOX], {"name"})[0].startswith(
        "differs item.nick"
    )


def test_a_field_of_the_accounts_own_is_a_note_unless_nearly_a_known_one() -> None:
    own = {"code": "0", "item": {**SANDBOX["item"], "cf_1": "x"}}  # type: ignore[dict-item]
    assert shown_differences([own], [SANDBOX], {"isVip"}, True)[0].startswith(
        "note item.cf_1"
    )
    slip = {"code": "0", "item": {**SANDBOX["item"], "is_vip": "1"}}  # type: ignore[dict-item]
    assert shown_differences([slip], [SANDBOX], {"isVip"}, True)[0].startswith(
        "differs item.is_vip"
    )


def test_types_are_those_of_json() -> None:
    values = [None, True, 1, 1.5, "1", [], {}]
    assert [type_of(value) for value in values] == [
        "null", "bool", "int", "float", "string", "list", "object",
    ]  # fmt: skip


def test_a_field_is_always_there_or_it_is_not() -> None:
    made = shape({"a": 1, "deep": {"b": 1}}, {"a": 2, "deep": {"b": 1, "c": 2}})
    always = {path for path in made.types if path and made.always(path)}
    assert always == {("a",), ("deep",), ("deep", "b")}
    rows = shape([{"a": 1}, {"a": 2, "b": 3}])
    assert rows.always(("[]", "a")) and not rows.always(("[]", "b"))
    assert not rows.always(("[]", "zzz"))


def test_fields_that_are_passed_over_and_the_bound_of_paths(monkeypatch: Any) -> None:
    made = Shape(frozenset({"password"}))
    made.add({"password": "p", "name": {"password": "p", "a": 1}})
    assert set(made.types) == {(), ("name",), ("name", "a")}
    monkeypatch.setattr(shapes, "MAX_PATHS", 3)
    wide = shape({f"f{number}": 1 for number in range(9)}, {"f0": "x", "f8": 1})
    assert set(wide.types) == {(), ("f0",), ("f1",)}
    assert wide.types["f0",] == {"int", "string"}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "bool"),
        (0, "int"),
        (0.0, "float"),
        ("", "string"),
        ([], "list"),
        ({}, "object"),
    ],
)
def test_the_type_of_a_value(value: Any, name: str) -> None:
    assert type_of(value) == name


@pytest.mark.parametrize(
    ("real", "sandbox", "described", "free", "expected"),
    [
        ([], {}, (), False, ["differs the whole: list / object"]),
        ({"a": []}, {"a": [{"b": 1}]}, (), False, []),
        ({"a": [{"b": 1}]}, {"a": []}, (), False, []),
        ({"a": {"b": {"c": 1}}}, {}, (), False, ["differs a: object / not there"]),
        ({}, {"a": {"b": {"c": 1}}}, (), False, ["differs a: not there / object"]),
        (
            {"a": [{"b": 1, "c": 2}]},
            {"a": [{"b": "x"}]},
            (),
            False,
            ["differs a[].b: int / string", "differs a[].c: int / not there"],
        ),
        (
            {"a": [{"b": 1}, {"b": None}]},
            {"a": [{"b": 1}]},
            (),
            False,
            ["note a[].b: int or null / int"],
        ),
        ({"a": [{"c": 2}]}, {"a": [{}]}, ("a.c",), False,
         ["note a[].c: int / not there"]),
        ({"a": [{"c": 2}]}, {"a": [{}]}, ("c",), False,
         ["note a[].c: int / not there"]),
        ({"b": {"c": 2}}, {"b": {}}, ("a.c",), False, ["differs b.c: int / not there"]),
        ({"nickName": 1}, {}, ("item.nick_name",), True,
         ["differs nickName: int / not there"]),
        ({"NICK": 1}, {}, ("nick",), True, ["differs NICK: int / not there"]),
        ({"nick": 1}, {}, ("nick",), True, ["note nick: int / not there"]),
        ({"other": 1}, {}, ("nick",), True, ["note other: int / not there"]),
        ({"other": 1}, {}, ("nick",), False, ["differs other: int / not there"]),
    ],
)  # fmt: skip
def test_a_difference_is_reported_at_its_path(
    real: Any, sandbox: Any, described: Any, free: bool, expected: list[str]
) -> None:
    assert shown_differences([real], [sandbox], described, free) == expected


def test_fields_that_are_skipped_are_no_part_of_the_shape() -> None:
    made = Shape(without=frozenset({"password"}))
    made.add({"sips": [{"id": 1, "password": "x"}]})
    assert ("sips", "[]", "id") in made.types
    assert ("sips", "[]", "password") not in made.types
