"""Examples are real: they are taken by the endpoint, and show nobody's number."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import phonenumbers
import pytest

from ivrhooks.authoring.contract import Contract, contract_of
from ivrhooks.authoring.examples import (
    example_answer,
    example_number,
    example_of,
    refusals,
)
from ivrhooks.config.plan import Configuration, Plan

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


def plan_of(authored: Any, text: str) -> Plan:
    loaded = authored.load({"a": f"endpoint: a\n{text}"})
    plan = loaded.by_name("a")
    assert plan is not None
    return plan  # type: ignore[no-any-return]


OUTPUT = "outputs: {x: {type: int, value: 1, default: 1}}\n"
ALWAYS = ["method_not_allowed", "too_large"]
BODY = ["unsupported_media_type", "unreadable_body"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("format: query\n", [*ALWAYS, "invalid_input"]),
        ("format: form\n", [*ALWAYS, *BODY, "invalid_input"]),
        ("format: form\nsecurity: {allow_ips: [10.0.0.0/8]}\n",
         [*ALWAYS, "forbidden", *BODY, "invalid_input"]),
        ("format: form\nsecurity: {rate_limit: 5/s}\n",
         [*ALWAYS, "too_many_requests", *BODY, "invalid_input"]),
        ("format: form\nsecurity: {hmac: {secret: s}}\n",
         [*ALWAYS, "unauthorized", *BODY, "invalid_input"]),
        ("format: query\ninputs: {k: {secret: true, equals: s}}\n",
         [*ALWAYS, "unauthorized", "invalid_input"]),
        ("format: query\ninputs: {k: {equals: s}}\n", [*ALWAYS, "invalid_input"]),
    ],
)  # fmt: skip
def test_only_refusals_that_can_be_are_there_in_their_order(
    authored: Any, text: str, codes: list[str]
) -> None:
    plan = plan_of(authored, f"path: /a\n{text}{OUTPUT}")
    made = refusals(plan)
    assert [refusal.code for refusal in made] == codes
    for refusal in made:
        assert refusal.body["error"]["message"], refusal


def test_a_refusal_names_the_required_parameters(authored: Any) -> None:
    text = (
        "path: /a\nformat: json\nheaders: {X-Key: {secret: true, equals: s}}\n"
        "inputs: {tel: {required: true}, api: {equals: v2}}\n"
    )
    made = {each.code: each for each in refusals(plan_of(authored, text + OUTPUT))}
    message = made["unauthorized"].body["error"]["message"]
    assert message == "send the header X-Key with the secret agreed on"
    assert list(made["invalid_input"].body["error"]["fields"]) == ["tel"]
    assert made["too_large"].body["error"]["message"] == made["too_large"].when


TESTS = """\
path: /a
format: form
headers: {X-Shop: {}}
inputs: {name: {}, n: {type: int}, other: {}, caller: {}, pin: {equals: "77"}}
outputs:
  name: {type: string, value: "{{ inputs.name }}", default: ""}
  level: {type: int, value: "{{ inputs.n }}", default: 5}
  kind: {type: string, value: x, map: {x: north}, default: ""}
  short: {type: string, value: x, default: "", max_length: 2}
  number: {type: int, value: 1, default: 0}
  gone: {type: string, value: x, optional: true}
tests:
  - {name: refused, inputs: {name: no, n: x}, error: invalid_input, expect: {name: ""}}
  - {name: by status, inputs: {name: no, n: x}, status: 400}
  - {name: first, inputs: {name: Wang, n: 7, caller: "13800000001"},
     headers: {X-Shop: s}, expect: {name: Wang}}
  - {name: second, inputs: {name: Li, other: "5"}, status: 200,
     expect: {name: "13800000001", gone: null}}
"""


def test_examples_are_those_of_the_first_test_that_is_answered(authored: Any) -> None:
    plan = plan_of(authored, TESTS)
    examples = {each.name: example_of(each, plan) for each in plan.inputs}
    assert examples == {
        "name": "Wang",
        "n": 7,
        "other": "5",
        "caller": "text",
        "pin": "77",
    }
    assert example_of(plan.headers[0], plan) == "s"
    assert example_answer(plan) == {
        "name": "xxxxx",
        "level": 5,
        "kind": "north",
        "short": "xx",
        "number": 0,
    }


@pytest.mark.parametrize(
    ("limits", "value"),
    [("min: 0", 1), ("min: 1", 1), ("min: 2", 2), ("max: 0", 0), ("max: 1", 1)],
)
def test_a_made_number_lies_within_its_limits(
    authored: Any, limits: str, value: int
) -> None:
    text = f"path: /a\nformat: form\ninputs: {{n: {{type: int, {limits}}}}}\n"
    plan = plan_of(authored, text + OUTPUT)
    assert example_of(plan.inputs[0], plan) == value


@pytest.mark.parametrize(
    ("format", "lines"),
    [
        ("json", [
            "curl -X POST 'https://h/a-b/text/x'",
            "-H 'Content-Type: application/json'",
            "-H 'X-Shop: s'", "-H 'X-Sign: '<X-Sign>",
            "--data-raw '{\"lang\": \"nhà\"}'",
        ]),
        ("form", [
            "curl -X POST 'https://h/a-b/text/x'",
            "-H 'Content-Type: application/x-www-form-urlencoded'",
            "-H 'X-Shop: s'", "-H 'X-Sign: '<X-Sign>", "--data-raw lang=nh%C3%A0",
        ]),
        ("query", [
            "curl 'https://h/a-b/text/x?lang=nh%C3%A0'", "-H 'X-Shop: s'",
            "-H 'X-Sign: '<X-Sign>",
        ]),
    ],
)  # fmt: skip
def test_each_part_of_the_command_is_where_it_belongs(
    authored: Any, format: str, lines: list[str]
) -> None:
    text = (
        f"path: /a-b/{{ref}}/x\nformat: {format}\nheaders: {{X-Shop: {{enum: [s]}}}}\n"
        "inputs: {ref: {required: true}, lang: {default: nhà}}\n"
        "security: {hmac: {header: X-Sign, secret: s, of: '{{ body }}'}}\n"
    )
    curl = contract_of(plan_of(authored, text + OUTPUT), "https://h").curl
    made = [line.strip() for line in curl.split("\\\n")]
    assert [line.replace("'", "") for line in made] == [
        line.replace("'", "") for line in lines
    ]
