"""What an endpoint answers, in OpenAPI's words: schemas, headers, refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ivrhooks.authoring.contract import Contract
from ivrhooks.authoring.outputs.openapi_answers import (
    headers_used,
    outputs_schema,
    responses_of,
)
from ivrhooks.config.answer_shape import AnswerShape

OfContract = Callable[[str], Contract]
LIMITS = {"minimum": -(2**53) + 1, "maximum": 2**53 - 1}
OUTPUTS = {
    "level": {
        "type": "integer",
        **LIMITS,
        "default": 0,
        "description": "The level.",
    },
    "name": {"type": "string", "maxLength": 20, "default": ""},
    "kind": {"type": "string", "default": "west"},
}
FLAT = {
    "type": "object",
    "description": "The outputs of rich@desk.",
    "properties": OUTPUTS,
    "required": ["level", "name"],
}


def test_each_output_has_its_type_limits_and_default(rich: Contract) -> None:
    assert outputs_schema(rich) == FLAT
    optional = tuple(replace(output, optional=True) for output in rich.outputs)
    assert "required" not in outputs_schema(replace(rich, outputs=optional))


TEXTS = {name: {"type": "string"} for name in OUTPUTS}
KIND = {"const": "x"}


@pytest.mark.parametrize(
    ("shape", "schema"),
    [
        (AnswerShape(strings=True), {**FLAT, "properties": TEXTS}),
        (
            AnswerShape(constants={"type": "x"}),
            {
                **FLAT,
                "properties": {"type": KIND, **OUTPUTS},
                "required": ["type", "level", "name"],
            },
        ),
        (
            AnswerShape(("vars", "in"), {"type": "x", "vars": {"n": 1}}),
            {
                "type": "object",
                "properties": {
                    "type": KIND,
                    "vars": {
                        "type": "object",
                        "properties": {"n": {"const": 1}, "in": FLAT},
                        "required": ["n", "in"],
                    },
                },
                "required": ["type", "vars"],
            },
        ),
    ],
)
def test_outputs_stand_where_the_callers_profile_puts_them(
    rich: Contract, shape: AnswerShape, schema: Any
) -> None:
    assert outputs_schema(replace(rich, shape=shape)) == schema


@pytest.mark.parametrize(
    ("names", "headers"),
    [
        ((), []),
        (("vip",), ["X-Ivrhooks-Degraded", "X-Request-Id", "Allow"]),
        (("desk",), ["X-Ivrhooks-Degraded", "X-Request-Id", "Allow", "Retry-After"]),
    ],
)
def test_the_headers_are_those_of_the_refusals(
    contract: OfContract, names: Sequence[str], headers: list[str]
) -> None:
    assert list(headers_used([contract(name) for name in names])) == headers


def references(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def test_each_status_has_its_headers(contract: OfContract) -> None:
    vip = responses_of(contract("vip"), "vip")
    assert [*vip] == ["200", "400", "401", "405", "413", "415"]
    degraded = references("X-Ivrhooks-Degraded", "X-Request-Id")
    assert vip["200"]["headers"] == degraded
    assert vip["405"]["headers"] == references("Allow", "X-Request-Id")
    assert vip["400"]["headers"] == references("X-Request-Id")
    desk = responses_of(contract("desk"), "desk")
    assert desk["200"]["headers"] == references("X-Request-Id")
    assert desk["429"]["headers"] == references("Retry-After", "X-Request-Id")


def test_a_refusal_of_status_200_stands_beside_the_answer(contract: OfContract) -> None:
    (content,) = responses_of(contract("desk"), "desk")["200"]["content"].values()
    answer, refused = content["schema"]["oneOf"]
    reference = {"$ref": "#/components/schemas/desk"}
    assert answer == {**reference, "unevaluatedProperties": False}
    error = {"$ref": "#/components/schemas/Error"}
    assert refused == {
        "allOf": [
            reference,
            {"type": "object", "properties": {"error": error}, "required": ["error"]},
        ],
        "unevaluatedProperties": False,
    }
    assert [*content["examples"]] == ["answer", "unreadable_body", "invalid_input"]
    (plain,) = responses_of(contract("vip"), "vip")["200"]["content"].values()
    assert plain["schema"] == {
        "$ref": "#/components/schemas/vip",
        "unevaluatedProperties": False,
    }
