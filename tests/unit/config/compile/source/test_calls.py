# ruff: noqa: E501 - a case stands on one line
"""The queries of one source call: what is left out, and what is never asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.basics.phone import read_phone
from ivrhooks.config.compile.source.calls import WITHHELD, phone_form, unless_withheld
from ivrhooks.config.plan import Skip

ROOT = """\
version: 1
region: CN
sources:
  shop: {kind: http, base_url: "https://shop.example.com", empty: ["-"]}
  desk: {kind: omicrm, base_url: sandbox, auth: {api_key: "${KEY}"}}
"""
ENDPOINT = """\
endpoint: e
path: /e
format: json
inputs: {a: {}, b: {}, tel: {format: phone}}
lookups: {found: {source: desk, params: {phone: "1"}}}
outputs: {o: {type: string, value: "{{ found.id }}", default: ""}}
actions:
"""


@pytest.fixture
def query(folder: Any, scope: Any) -> Callable[..., Any]:
    """Return what an action asks its source for these inputs."""

    def ask(action: str, **values: Any) -> Any:
        folder.root(ROOT).endpoint(f"{ENDPOINT}  act: {{{action}}}\n")
        inputs = {"a": None, "b": None, "tel": None, **values.pop("inputs", {})}
        call = folder.plan("e").actions[0].call
        return call.bind(scope(inputs, found=None, **values))

    return ask


@pytest.mark.parametrize(
    ("request_", "inputs", "expected"),
    [
        ("path: /x", {}, {"method": "POST", "path": "/x"}),
        ("path: '/x/{{ inputs.a }}'", {"a": "é /"}, {"path": "/x/%C3%A9%20%2F"}),
        ("path: /x, query: {a: '{{ inputs.a }}', b: 1}", {}, {"query": {"b": 1}}),
        ("path: /x, query: {a: '-', b: ''}", {}, {"query": {}}),
        ("path: /x, json: {a: '-', b: '', c: null}", {}, {"json": {"a": "-", "b": "", "c": None}}),
        ("path: /x, json: {a: '{{ inputs.a }}', b: 1}", {}, {"json": {"b": 1}}),
        ("path: /x, json: ['{{ inputs.a }}', 1]", {}, {"json": [1]}),
        ("path: /x, json: ['{{ inputs.a }}']", {"a": "-"}, {"json": []}),
        ("path: /x, form: {a: '{{ inputs.a }}'}", {"a": "7"}, {"form": {"a": "7"}}),
        ("path: /x, body: 'a={{ inputs.a }}'", {"a": "7"}, {"body": "a=7"}),
        ("path: /x, headers: {X-A: '{{ inputs.a }}', X-B: 7}", {}, {"headers": {"X-B": "7"}}),
        ("path: /x, headers: {X-A: true}", {}, {"headers": {"X-A": "1"}}),
        ("path: /x, idempotent: true", {}, {"idempotent": True}),
    ],
)  # fmt: skip
def test_parts_of_a_request_without_value_are_left_out(
    query: Any, request_: str, inputs: dict[str, Any], expected: dict[str, Any]
) -> None:
    made = query(f"source: shop, request: {{method: POST, {request_}}}", inputs=inputs)
    assert {name: made.params.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("request_", "inputs", "reason"),
    [
        ("method: POST, path: '/x/{{ inputs.a }}'", {}, "missing path"),
        ("method: POST, path: '/x/{{ inputs.a }}'", {"a": ""}, "missing path"),
        ("method: POST, path: '/x/{{ inputs.a }}'", {"a": "-"}, "missing path"),
        ("method: POST, path: '/x/{{ inputs.a }}'", {"a": ".."}, "missing path"),
        ("method: POST, path: '/x/{{ inputs.a }}'", {"a": "."}, "missing path"),
        ("method: '{{ inputs.a }}', path: /x", {}, "missing method"),
        ("method: '{{ inputs.a }}', path: /x", {"a": "TRACE"}, "missing method"),
        (
            "method: POST, path: /x, headers: {X-A: '{{ inputs.a }}'}",
            {"a": "1\r\nX-B: 2"},
            "the header X-A holds a line break",
        ),
    ],
)
def test_a_request_that_cannot_be_made_is_skipped(
    query: Any, request_: str, inputs: dict[str, Any], reason: str
) -> None:
    made = query(f"source: shop, request: {{{request_}}}", inputs=inputs)
    assert made == Skip(reason)


def test_a_method_may_be_a_template_in_any_case(query: Any) -> None:
    action = "source: shop, request: {method: '{{ inputs.a }}', path: /x}"
    assert query(action, inputs={"a": "put"}).params["method"] == "PUT"


@pytest.mark.parametrize(
    ("params", "inputs", "expected"),
    [
        (
            "[{note_by: a, content: '{{ inputs.a }}', phone: '1'}]",
            {"a": "x"},
            [{"note_by": "a", "content": "x", "phone": "1"}],
        ),
        ("[{note_by: a, content: '{{ inputs.a }}', phone: '1'}]", {}, None),
    ],
)
def test_a_list_of_objects_needs_the_parameters_of_each(
    query: Any, params: str, inputs: dict[str, Any], expected: Any
) -> None:
    made = query(f"source: desk, operation: add_note, params: {params}", inputs=inputs)
    if expected is None:
        assert isinstance(made, Skip)
        assert made.reason.startswith("missing ")
    else:
        assert made.params == {"items": expected}


@pytest.mark.parametrize(
    ("form", "sent", "written"),
    [
        ("e164", "13800000001", "+8613800000001"),
        ("e164", "+84901230001", "+84901230001"),
        ("e164", "10086", "10086"),  # no such form: its digits
        ("national", "+8613800000001", "13800000001"),
        ("digits", "+8613800000001", "8613800000001"),
    ],
)
def test_a_number_leaves_in_the_form_of_its_source(
    form: str, sent: str, written: str
) -> None:
    write = phone_form(form, "CN")
    assert write is not None
    assert write(read_phone(sent, "CN")) == written


def test_a_source_without_a_form_takes_digits_as_they_came() -> None:
    assert phone_form(None, "CN") is None


@pytest.mark.parametrize(
    ("tel", "skipped"), [("anonymous", True), ("13800000001", False), (None, False)]
)
def test_a_withheld_number_is_not_asked(
    scope: Any, tel: str | None, skipped: bool
) -> None:
    bind = unless_withheld(lambda scope: Skip("asked"), ("inputs.tel", "inputs.other"))
    number = None if tel is None else read_phone(tel)
    assert (bind(scope({"tel": number})) is WITHHELD) is skipped


def test_a_call_without_a_number_needs_no_guard() -> None:
    def bind(scope: Any) -> Skip:
        return Skip("asked")

    assert unless_withheld(bind, ()) is bind
