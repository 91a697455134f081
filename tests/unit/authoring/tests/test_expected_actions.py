"""``expect_actions:`` of a test: names in order, and a part of the parameters."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.trace import ActionRun, Trace
from ivrhooks.authoring.tests.expected_actions import action_differences
from ivrhooks.config.schema.parts import CaseEntry, ExpectedActionEntry

RUNS = [
    ActionRun("note", "crm", "add_note", "stored", "a-1", params={"items": [{"n": 1}]}),
    ActionRun("left", "crm", "add_note", "skipped"),
    ActionRun(
        "order",
        "shop",
        "request",
        "not_delivered",
        "a-2",
        params={"method": "POST", "json": {"text": "x", "n": 1}},
    ),
]


def differences(*expected: Any, runs: Any = RUNS) -> list[Any]:
    entries = tuple(ExpectedActionEntry(*entry) for entry in expected)
    case = CaseEntry(expect_actions=entries)
    trace = Trace("vip", "r-1")
    trace.actions = runs
    return [*action_differences(case, Answer(200, b"{}", (), trace))]


def test_those_that_would_be_stored_are_named_in_order() -> None:
    assert differences(("note",), ("order",)) == []
    assert differences(("order",)) == [("actions", ["order"], ["note", "order"])]
    assert differences() == [("actions", [], ["note", "order"])]
    assert differences(runs=()) == []


def test_a_part_of_the_parameters_is_enough() -> None:
    assert differences(("note", [{"n": 1}]), ("order", {"json": {"n": 1}})) == []


@pytest.mark.parametrize(
    ("params", "difference"),
    [
        ({"json": {"n": 2}}, ("actions.order.json.n", 2, 1)),
        ({"json": {"n": "1"}}, ("actions.order.json.n", "1", 1)),
        ({"path": "/x"}, ("actions.order.path", "/x", None)),
    ],
)
def test_a_difference_is_reported_by_its_path(params: Any, difference: Any) -> None:
    assert differences(("note",), ("order", params)) == [difference]


def test_a_list_is_compared_as_a_whole() -> None:
    unequal = differences(("note", [{"n": 1}, {}]), ("order",))
    assert unequal == [("actions.note", [{"n": 1}, {}], [{"n": 1}])]


def test_without_expect_actions_nothing_is_compared() -> None:
    trace = Trace("vip", "r-1")
    trace.actions = RUNS
    assert [*action_differences(CaseEntry(), Answer(200, b"", (), trace))] == []


@pytest.mark.parametrize(
    ("came", "expected", "difference"),
    [
        ({"items": [{"n": 1, "m": 2}]}, {"n": 1}, None),
        ({"items": [{"n": 1}]}, {"n": 2}, ("actions.note.n", 2, 1)),
        ({"items": [{"n": 1}, {"n": 2}]}, {"n": 1},
         ("actions.note", {"n": 1}, [{"n": 1}, {"n": 2}])),
        ({"items": [{"n": 1}, {"n": 2}]}, [{"n": 1}, {"n": 2}], None),
        ({"items": [{"n": 1}, {"n": 2}]}, [{"n": 1}, {"n": 3}],
         ("actions.note.1.n", 3, 2)),
        ({"items": [1], "more": 2}, {"items": [1]}, None),
        ({"ids": [1, 2]}, {"ids": [1, 2]}, None),
        ({"ids": [1, 2]}, {"ids": [1, "2"]}, ("actions.note.ids.1", "2", 2)),
        ({"ids": "1"}, {"ids": ["1"]}, ("actions.note.ids", ["1"], "1")),
        ({"ids": ["1"]}, {"ids": "1"}, ("actions.note.ids", "1", ["1"])),
        ({"json": [1]}, {"json": {"n": 1}}, ("actions.note.json", {"n": 1}, [1])),
        ({"n": True}, {"n": 1}, ("actions.note.n", 1, True)),
    ],
)  # fmt: skip
def test_lists_and_types_are_compared_to_the_last(
    came: Any, expected: Any, difference: Any
) -> None:
    run = ActionRun("note", "crm", "add_note", "stored", "a-1", params=came)
    unequal = differences(("note", expected), runs=[run])
    assert unequal == ([] if difference is None else [difference])
