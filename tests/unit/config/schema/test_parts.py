# ruff: noqa: E501 - a case stands on one line
"""The keys of parameters, lookups, actions, outputs, mock answers and tests."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.schema.declare import Absent, keys_of
from ivrhooks.config.schema.parts import (
    ActionEntry,
    CaseEntry,
    ExpectedActionEntry,
    InputEntry,
    LookupEntry,
    MockEntry,
    OutputEntry,
    ParameterEntry,
)

EMPTY = "this is empty; write a text"
SOURCE = "is missing; write source: the name of one under `sources` in ivrhooks.yaml"
TEXT = "this is 5; write text in quotes"


def test_a_parameter_is_an_optional_text(entry_of: Any) -> None:
    """docs/rules.md#inputs: `type` defaults to string, `required` to false."""
    entry = entry_of(InputEntry, {})
    assert (entry.type, entry.required, entry.secret) == ("string", False, False)
    assert (entry.default, entry.equals) == (Absent, Absent)
    limits = (entry.min, entry.max, entry.max_length, entry.pattern, entry.enum)
    assert limits == (None,) * 5
    assert (entry.format, entry.pii, entry.path, entry.name) == (None,) * 4


def test_only_an_input_has_a_path_and_a_name_on_the_wire() -> None:
    header = {key.name for key in keys_of(ParameterEntry)}
    assert {key.name for key in keys_of(InputEntry)} - header == {"path", "name"}


def test_a_lookup_takes_missing_keys_from_its_source(entry_of: Any) -> None:
    entry = entry_of(LookupEntry, {"source": "crm"})
    assert {entry.operation, entry.params, entry.request, entry.when} == {Absent}
    assert (entry.pick, entry.cache) == (None, None)
    assert (entry.all_pages, entry.all_rows, entry.allow_withheld) == (False,) * 3


def test_an_action_is_tried_at_once_and_for_a_day(entry_of: Any, refusals: Any) -> None:
    """docs/actions.md."""
    entry = entry_of(ActionEntry, {"source": "crm"})
    assert (entry.delay, entry.give_up) == (0.0, 86400.0)
    assert {entry.key, entry.order, entry.when} == {Absent}
    assert refusals(ActionEntry, {"source": "crm", "delay": "0s"}) == {}


def test_missing_keys_of_outputs_mocks_and_tests_are_ignored(entry_of: Any) -> None:
    output = entry_of(OutputEntry, {"type": "int"})
    assert {output.value, output.map, output.default} == {Absent}
    assert (output.optional, output.max_length) == (False, None)
    assert entry_of(MockEntry, {"outputs": {}}).when is None
    case = entry_of(CaseEntry, {"name": "t"})
    assert (case.inputs, case.headers, case.sources, case.expect) == ({},) * 4
    unsaid = (case.expect_actions, case.status, case.error, case.degraded, case.mode)
    assert unsaid == (None,) * 5
    assert entry_of(ExpectedActionEntry, {"name": "a"}).params is Absent


def test_a_test_may_expect_an_answer_that_is_not_degraded(entry_of: Any) -> None:
    assert entry_of(CaseEntry, {"name": "t", "degraded": None}).degraded == ""
    assert entry_of(CaseEntry, {"name": "t", "degraded": ""}).degraded == ""


@pytest.mark.parametrize(
    ("section", "data", "expected"),
    [
        (InputEntry, {"type": "str"}, {"type": "this is 'str'; write string"}),
        (InputEntry, {"type": "text"}, {"type": "this is 'text'; write string"}),
        (InputEntry, {"type": "bool"}, {"type": "this is 'bool'; write int: true is 1, false is 0"}),
        (InputEntry, {"type": "tel"}, {"type": "this is 'tel'; write type: string, format: phone"}),
        (InputEntry, {"format": "email"}, {"format": "this is 'email'; write phone"}),
        (InputEntry, {"max_length": 0}, {"max_length": "0 is too small; write 1 or more"}),
        (InputEntry, {"pattern": " "}, {"pattern": EMPTY}),
        (InputEntry, {"path": ""}, {"path": EMPTY}),
        (InputEntry, {"name": ""}, {"name": EMPTY}),
        (InputEntry, {"name": 5}, {"name": TEXT}),
        (InputEntry, {"required": "no"}, {"required": "this is 'no'; write true or false"}),
        (InputEntry, {"secret": 1}, {"secret": "this is 1; write true or false"}),
        (InputEntry, {"description": {}}, {"description": "this is a mapping; write text or {en: …, zh: …, vi: …}"}),
        (InputEntry, {"description": {"fr": "x"}}, {"description.fr": "unknown language `fr`; write en, zh or vi"}),
        (LookupEntry, {}, {"source": SOURCE}),
        (LookupEntry, {"source": "crm", "when": [1]}, {"when": 'this is a list; write one template, "{{ … and … }}"'}),
        (LookupEntry, {"source": "crm", "when": {}}, {"when": 'this is a mapping; write one template, "{{ … and … }}"'}),
        (LookupEntry, {"source": "crm", "cache": {}}, {"cache.fresh": "is missing; write fresh: 30s"}),
        (LookupEntry, {"source": "crm", "tel": 1, "phone": 2}, {"tel": "unknown keys `tel`, `phone`; write it under `params`"}),
        (ActionEntry, {}, {"source": SOURCE}),
        (ActionEntry, {"source": "crm", "give_up": "0s"}, {"give_up": "this is zero; write more than nothing"}),
        (ActionEntry, {"source": "crm", "give_up": 24}, {"give_up": "a duration needs a unit: write 24h, not 24"}),
        (OutputEntry, {}, {"type": "is missing; write type: int or string"}),
        (OutputEntry, {"type": "int", "max_length": 0}, {"max_length": "0 is too small; write 1 or more"}),
        (MockEntry, {}, {"outputs": "is missing; write outputs: {name: value}"}),
        (ExpectedActionEntry, {}, {"name": "is missing; write name: an action"}),
        (ExpectedActionEntry, {"name": ""}, {"name": EMPTY}),
        (CaseEntry, {}, {"name": "is missing; write name: what it tests"}),
        (CaseEntry, {"name": ""}, {"name": EMPTY}),
        (CaseEntry, {"name": "t", "now": ""}, {"now": EMPTY}),
        (CaseEntry, {"name": "t", "status": 99}, {"status": "99 is too small; write 100 or more"}),
        (CaseEntry, {"name": "t", "status": 600}, {"status": "600 is too large; write 599 or less"}),
        (CaseEntry, {"name": "t", "inputs": "tel=1"}, {"inputs": "this is 'tel=1'; write a mapping, `name: value`"}),
        (CaseEntry, {"name": "t", "expect_actions": {}}, {"expect_actions": "this is a mapping; write a list of entries, - …"}),
    ],
)  # fmt: skip
def test_a_value_that_a_part_cannot_have(
    refusals: Any, section: type[Any], data: dict[str, Any], expected: dict[str, str]
) -> None:
    assert refusals(section, data) == expected
