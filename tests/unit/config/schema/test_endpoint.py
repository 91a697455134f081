# ruff: noqa: E501 - a case stands on one line
"""The keys of an endpoint's file."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.schema.endpoint import EndpointEntry

NEEDED = {
    "endpoint": "vip",
    "path": "/vip",
    "format": "form",
    "outputs": {"a": {"type": "int"}},
}
EMPTY = "this is empty; write a text"


def test_missing_keys_of_an_endpoint_come_from_root_or_caller(
    entry_of: Any,
) -> None:
    entry = entry_of(EndpointEntry, NEEDED)
    assert (entry.deadline, entry.mode, entry.on_invalid) == (None, None, None)
    assert (entry.strict_format, entry.used_by, entry.description) == (False, (), "")
    answer = entry.answer
    assert (answer.under, answer.with_, answer.strings, answer.max_bytes) == (
        None, None, None, None,
    )  # fmt: skip
    assert (entry.headers, entry.inputs, entry.lookups, entry.actions) == ({},) * 4
    assert (entry.mock, entry.tests) == ((), ())


def test_the_four_keys_that_each_endpoint_needs(refusals: Any) -> None:
    assert refusals(EndpointEntry, {}) == {
        "endpoint": "is missing; write endpoint: a-name",
        "path": "is missing; write path: /api/a-name",
        "format": "is missing; write format: form, json or query",
        "outputs": "is missing; write outputs: {name: {type: int, value: …, default: 0}}",
    }


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"endpoint": ""}, {"endpoint": EMPTY}),
        ({"endpoint": 5}, {"endpoint": "this is 5; write text in quotes"}),
        ({"path": " "}, {"path": EMPTY}),
        ({"format": "POST"}, {"format": "this is 'POST'; form and json are asked by POST; write one of them"}),
        ({"format": "xml"}, {"format": "this is 'xml'; XML is not read; write form, json or query"}),
        ({"format": "multipart"}, {"format": "this is 'multipart'; write form"}),
        ({"format": "jason"}, {"format": "this is 'jason'; write form, json or query (did you mean `json`?)"}),
        ({"used_by": 5}, {"used_by": "this is 5; write a list of texts, [a, b]"}),
        ({"on_invalid": "400"}, {"on_invalid": "this is '400'; write 400, without quotes"}),
        ({"strict_format": "on"}, {"strict_format": "this is 'on'; write true or false"}),
        ({"answer": {"max_bytes": 99}}, {"answer.max_bytes": "99 is too small; write 100 or more"}),
        ({"answer": {"with": []}}, {"answer.with": "this is a list; write a mapping, `name: value`"}),
        ({"inputs": ["tel"]}, {"inputs": "this is a list; write a mapping, `tel: {…}`"}),
        ({"mock": {}}, {"mock": "this is a mapping; write a list of entries, - …"}),
        ({"outputs": {"a": 5}}, {"outputs.a": 'this is 5; write a mapping, {type: string, value: "{{ … }}", default: ""}'}),
        ({"sources": {}, "caller": "x"}, {"sources": "unknown keys `sources`, `caller`; it stands in the root file, ivrhooks.yaml"}),
    ],
)  # fmt: skip
def test_a_value_that_an_endpoint_cannot_have(
    refusals: Any, data: dict[str, Any], expected: dict[str, str]
) -> None:
    assert refusals(EndpointEntry, {**NEEDED, **data}) == expected


def test_one_user_needs_no_list(entry_of: Any) -> None:
    assert entry_of(EndpointEntry, {**NEEDED, "used_by": "IVR 1"}).used_by == ("IVR 1",)


@pytest.mark.parametrize(
    ("written", "types"),
    [
        (["tel", "n"], {"tel": "string", "n": "string"}),
        ([{"name": "n", "type": "int"}], {"n": "int"}),
        ([{"n": {"type": "int"}}, {"m": None}], {"n": "int", "m": "string"}),
        ([5, [], {"type": "int", "max": 5}], {}),
        ("tel", {}),
    ],
)
def test_a_list_in_place_of_a_mapping_is_read_as_it_is_meant(
    entry_of: Any, written: Any, types: dict[str, str]
) -> None:
    """What names such an input is then not wrong as well."""
    inputs = entry_of(EndpointEntry, {**NEEDED, "inputs": written}).inputs
    assert {name: entry.type for name, entry in inputs.items()} == types


@pytest.mark.parametrize(
    ("part", "written", "expected"),
    [
        ("inputs", {"tel": None, "format": "phone"}, {"inputs.format": "`format` is no name of yours but a key; indent it below the name it belongs to"}),
        ("inputs", {"tel": None, "format": "phone", "required": True}, {"inputs.format": "`format`, `required` are no names of yours but keys; indent them below the name they belong to"}),
        ("lookups", {"c": None, "source": "crm", "params": {"tel": "1"}}, {"lookups.source": "`source`, `params` are no names of yours but keys; indent them below the name they belong to"}),
        ("outputs", {"a": {"type": "int"}, "default": 0}, {"outputs.default": "`default` is no name of yours but a key; indent it below the name it belongs to"}),
    ],
)  # fmt: skip
def test_keys_at_the_depth_of_names_are_one_error(
    refusals: Any, part: str, written: Any, expected: dict[str, str]
) -> None:
    """A name without a value lacks what stands too far left."""
    assert refusals(EndpointEntry, {**NEEDED, part: written}) == expected


def test_a_name_may_be_that_of_a_key(refusals: Any, entry_of: Any) -> None:
    inputs = {"name": {}, "path": {}, "type": {"type": "int"}}
    assert refusals(EndpointEntry, {**NEEDED, "inputs": inputs}) == {}
    assert list(entry_of(EndpointEntry, {**NEEDED, "inputs": inputs}).inputs) == [
        *inputs
    ]
    outputs = {"value": {"type": "int", "defalt": 0}}
    assert refusals(EndpointEntry, {**NEEDED, "outputs": outputs}) == {
        "outputs.value.defalt": "unknown key `defalt`; did you mean `default`?"
    }
    assert refusals(EndpointEntry, {**NEEDED, "inputs": {"name": None}}) == {
        "inputs.name": "this is null; write a mapping, {type: string}"
    }
