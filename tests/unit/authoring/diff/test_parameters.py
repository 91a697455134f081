# ruff: noqa: E501 - a case stands on one line
"""What the IVR must send, compared: what is newly refused or left unread."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.authoring.diff.parameters import compare_parameters
from ivrhooks.config.schema.endpoint import EndpointEntry

WHOLE = {"endpoint": "e", "path": "/e", "format": "json", "outputs": {"o": {"type": "int", "default": 0}}}  # fmt: skip


@pytest.fixture
def compared(entry_of: Any, scope_of: Any) -> Any:
    """The changes of some inputs, or of some headers."""

    def changes(old: Any, new: Any, kind: str = "input") -> Any:
        sides = [
            getattr(
                entry_of(EndpointEntry, {**WHOLE, f"{kind}s": parameters}), f"{kind}s"
            )
            for parameters in (old, new)
        ]
        return list(compare_parameters(kind, *sides, scope_of()))

    return changes


@pytest.mark.parametrize(
    ("was", "now", "verdict", "change"),
    [
        ({}, {"description": "x"}, "safe", "input description"),
        ({}, {"pii": "name"}, "safe", "input pii"),
        ({"type": "int"}, {"type": "int", "min": 1}, "breaks", "input min"),
        ({"type": "int", "min": 1}, {"type": "int"}, "safe", "input min"),
        ({"type": "int", "min": 1}, {"type": "int", "min": 2}, "breaks", "input min"),
        ({"type": "int", "min": 2}, {"type": "int", "min": 1}, "safe", "input min"),
        ({"type": "int"}, {"type": "int", "max": 1}, "breaks", "input max"),
        ({"type": "int", "max": 1}, {"type": "int"}, "safe", "input max"),
        ({"type": "int", "max": 1}, {"type": "int", "max": 0}, "breaks", "input max"),
        ({"type": "int", "max": 0}, {"type": "int", "max": 1}, "safe", "input max"),
        ({"max_length": 5}, {"max_length": 4}, "breaks", "input max_length"),
        ({"max_length": 5}, {"max_length": 6}, "safe", "input max_length"),
        ({"max_length": 5}, {}, "safe", "input max_length"),
        ({}, {"max_length": 5}, "breaks", "input max_length"),
        ({}, {"enum": ["a"]}, "breaks", "input enum"),
        ({"enum": ["a"]}, {}, "safe", "input enum"),
        ({"enum": ["a"]}, {"enum": ["b", "a"]}, "safe", "input enum"),
        ({"enum": ["b", "a"]}, {"enum": ["a"]}, "breaks", "input enum"),
        ({"type": "int", "enum": [1]}, {"type": "int", "enum": ["1", 2]}, "safe", "input enum"),
        ({}, {"required": True}, "breaks", "input required"),
        ({"required": True}, {}, "safe", "input required"),
        ({}, {"pattern": "^a"}, "breaks", "input pattern"),
        ({"pattern": "^a"}, {"pattern": "^b"}, "breaks", "input pattern"),
        ({"pattern": "^a"}, {}, "safe", "input pattern"),
        ({}, {"path": "a.b"}, "safe", "input path"),
        ({"path": "a.b"}, {}, "breaks", "input path"),
        ({"path": "a.b"}, {"path": "a.c"}, "breaks", "input path"),
        ({}, {"type": "int"}, "breaks", "input type"),
        ({"type": "int"}, {}, "may_route_differently", "input type"),
        ({}, {"format": "phone"}, "may_route_differently", "input format"),
        ({}, {"default": "x"}, "may_route_differently", "input default"),
    ],
)  # fmt: skip
def test_each_key_of_a_parameter(
    compared: Any, was: Any, now: Any, verdict: str, change: str
) -> None:
    changes = compared({"a": was}, {"a": now})
    assert [(change.verdict, change.name, change.change) for change in changes] == [
        (verdict, "a", change)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": {}}, {}, [("may_route_differently", "a", "input is no longer read")]),
        ({}, {"a": {}}, [("safe", "a", "new input, not required")]),
        ({}, {"a": {"required": True}}, [("breaks", "a", "new required input")]),
        ({}, {"a": {"equals": "k"}}, [("breaks", "a", "new input with an agreed value")]),
        ({"a": {"max_length": 3}}, {"b": {"max_length": 3}}, [("breaks", "a", "input renamed")]),
        (
            {"a": {"max_length": 3}},
            {"b": {"max_length": 4}},
            [("may_route_differently", "a", "input is no longer read"), ("safe", "b", "new input, not required")],
        ),
        (
            {"a": {}, "b": {}},
            {"c": {"description": "the same but for its words"}},
            [("breaks", "a", "input renamed"), ("may_route_differently", "b", "input is no longer read")],
        ),
        ({"a": {}}, {"key": {"name": "a"}}, []),
        ({"a": {}}, {"a": {"name": "b"}}, [("breaks", "a", "input renamed")]),
    ],
)  # fmt: skip
def test_removed_added_and_renamed_parameters(
    compared: Any, old: Any, new: Any, expected: Any
) -> None:
    changes = compared(old, new)
    assert [
        (change.verdict, change.name, change.change) for change in changes
    ] == expected


def test_letters_of_a_headers_name_mean_nothing(compared: Any) -> None:
    assert compared({"X-Shop": {}}, {"x-shop": {}}, "header") == []
    assert [change.name for change in compared({"Tel": {}}, {"tel": {}})] == ["Tel"]


@pytest.mark.parametrize(
    ("was", "now", "verdicts"),
    [
        ({"equals": "k-1"}, {"equals": "k-2"}, ["breaks"]),
        ({"equals": "k-1"}, {}, ["safe"]),
        ({}, {"equals": "k-1"}, ["breaks"]),
        ({"equals": "k-1"}, {"equals": "k-1", "secret": True}, ["may_route_differently"]),
    ],
)  # fmt: skip
def test_an_agreed_value_is_compared_and_never_shown(
    compared: Any, was: Any, now: Any, verdicts: list[str]
) -> None:
    changes = compared({"X-Key": was}, {"X-Key": now}, "header")
    assert [change.verdict for change in changes] == verdicts
    assert {(change.old, change.new) for change in changes} == {(None, None)}
    assert "k-" not in repr(changes)


def test_a_removal_is_placed_in_the_old_file(entry_of: Any, scope_of: Any) -> None:
    texts = ("inputs:\n  a: {max_length: 3}\n", "x: 1\ninputs:\n  b: {type: int}\n")
    sides = [
        entry_of(EndpointEntry, {**WHOLE, "inputs": inputs}).inputs
        for inputs in ({"a": {"max_length": 3}}, {"b": {"type": "int"}})
    ]
    changes = compare_parameters("input", *sides, scope_of(*texts))
    assert [(change.name, change.file, change.line) for change in changes] == [
        ("a", "old.yaml", 2),
        ("b", "new.yaml", 3),
    ]
