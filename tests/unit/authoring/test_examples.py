"""Examples are real: they are taken by the endpoint, and show nobody's number."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import phonenumbers
import pytest

from ivrhooks.authoring.contract import Contract, contract_of
from ivrhooks.authoring.examples import example_number, example_of
from ivrhooks.config.plan import Configuration

OfContract = Callable[[str], Contract]


def test_the_request_is_a_line_for_a_shell(contract: OfContract) -> None:
    words = shlex.split(contract("vip").curl.replace("\\\n", " "))
    assert words[:4] == ["curl", "-X", "POST", "https://ivr.example.com/api/vip"]
    assert "X-Api-Key: $DESK_KEY" in words
    assert words[-1] == "tel=13123456789&order%20no=7&token=text"
    query = "https://ivr.example.com/api/system/customer?tel=13123456789"
    assert contract("system").curl == f"curl '{query}'"
    *_, flag, body = shlex.split(contract("desk").curl.replace("\\\n", " "))
    assert (flag, json.loads(body)) == ("--data-raw", {"queue": "sales", "count": 3})


def test_numbers_of_tests_are_not_shown(contract: OfContract) -> None:
    for name in ("vip", "desk", "system"):
        assert "13800000001" not in repr(contract(name))


@pytest.mark.parametrize("region", ["CN", "VN", "US", None])
def test_the_number_is_one_of_the_region(region: str | None) -> None:
    number = phonenumbers.parse(example_number(region), region or "CN")
    assert phonenumbers.is_possible_number(number)


def test_every_refusal_has_all_outputs_and_its_error(contract: OfContract) -> None:
    for name in ("vip", "desk"):
        for refusal in contract(name).errors:
            required = {o.name for o in contract(name).outputs if not o.optional}
            assert set(refusal.body) == required | {"error"}
            assert refusal.body["error"]["code"] == refusal.code
    (invalid,) = (e for e in contract("vip").errors if e.code == "invalid_input")
    assert list(invalid.body["error"]["fields"]) == ["tel"]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("{type: int}", 1),
        ("{type: int, min: 5}", 5),
        ("{type: int, max: -2}", -2),
        ("{type: string}", "text"),
        ("{type: string, max_length: 2}", "A1"),
        ('{type: string, pattern: "^[0-9]{6}$"}', "123456"),
        ("{type: string, enum: [b, c]}", "b"),
        ("{type: string, default: d}", "d"),
    ],
)
def test_a_made_value_keeps_what_is_declared(
    authored: Any, declared: str, value: int | str
) -> None:
    made: Configuration = authored.load(
        {
            "a": "endpoint: a\npath: /a\nformat: form\n"
            f"inputs: {{x: {declared}}}\n"
            'outputs: {x: {type: string, value: "{{ inputs.x }}", default: ""}}\n'
        }
    )
    plan = made.by_name("a")
    assert plan is not None
    assert example_of(plan.inputs[0], plan) == value
    assert dict(contract_of(plan, "").answer) == {"x": "xxxxx"}
