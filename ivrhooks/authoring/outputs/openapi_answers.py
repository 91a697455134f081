"""What an endpoint answers, in OpenAPI's words: its outputs, refusals and headers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ivrhooks.authoring.contract import Contract, DeclaredOutput
from ivrhooks.authoring.examples import REFUSED_WHEN, Refusal
from ivrhooks.basics.errors import STATUS_BY_CODE

JSON = "application/json"
_LARGEST = 2**53 - 1

ERROR_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "Why the data request was refused.",
    "properties": {
        "code": {"type": "string", "enum": list(STATUS_BY_CODE)},
        "message": {"type": "string"},
        "fields": {
            "type": "object",
            "description": "What is wrong, by parameter.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["code", "message", "fields"],
    "additionalProperties": False,
}

HEADERS: Mapping[str, Mapping[str, Any]] = {
    "X-Ivrhooks-Degraded": {
        "description": "Only where a lookup failed or is stale: its name and status, "
        "as in `customer=timeout; order=open`. Outputs are defaults then.",
        "schema": {"type": "string"},
    },
    "X-Request-Id": {
        "description": "The request's own X-Request-Id, else a new one.",
        "schema": {"type": "string"},
        "required": True,
    },
    "Allow": {
        "description": "The methods by which the endpoint is asked.",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds until the next data request is taken.",
        "schema": {"type": "integer"},
    },
}
_HEADERS_OF: Mapping[str, tuple[str, ...]] = {
    "method_not_allowed": ("Allow", "X-Request-Id"),
    "too_many_requests": ("Retry-After", "X-Request-Id"),
}

_UNKNOWN: Mapping[str, Any] = {
    "type": "object",
    "description": "No endpoint, and so no outputs.",
    "properties": {"error": {"$ref": "#/components/schemas/Error"}},
    "required": ["error"],
    "additionalProperties": False,
}


def headers_used(contracts: Sequence[Contract]) -> Iterator[str]:
    """Yield the names of all headers with which these endpoints may answer."""
    codes = {refusal.code for contract in contracts for refusal in contract.errors}
    yield from ("X-Ivrhooks-Degraded", "X-Request-Id") if contracts else ()
    if "method_not_allowed" in codes:
        yield "Allow"
    if "too_many_requests" in codes:
        yield "Retry-After"


def outputs_schema(contract: Contract) -> dict[str, Any]:
    """Return the schema of an answer with all outputs in their place."""
    shape = contract.shape
    texts = shape.strings
    schema: dict[str, Any] = {
        "type": "object",
        "description": f"The outputs of {contract.endpoint}.",
        "properties": {
            output.name: {"type": "string"} if texts else _output_schema(output)
            for output in contract.outputs
        },
    }
    required = [output.name for output in contract.outputs if not output.optional]
    if required:
        schema["required"] = required
    return _answer_schema(schema, shape.under, shape.constants)


def _answer_schema(
    outputs: dict[str, Any], under: Sequence[str], constants: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the schema of an answer with outputs below some keys, beside constants."""
    own = {key: {"const": value} for key, value in constants.items()}
    if not under:
        outputs["properties"] = {**own, **outputs["properties"]}
        outputs["required"] = [*own, *outputs.get("required", ())]
        if not outputs["required"]:
            del outputs["required"]
        return outputs
    first, *rest = under
    below = constants.get(first)
    inner = _answer_schema(outputs, rest, below if isinstance(below, Mapping) else {})
    return {
        "type": "object",
        "properties": {**own, first: inner},
        "required": [*{**own, first: inner}],
    }


def _output_schema(output: DeclaredOutput) -> dict[str, Any]:
    if output.type == "int":
        schema: dict[str, Any] = {
            "type": "integer",
            "minimum": -_LARGEST,
            "maximum": _LARGEST,
        }
    else:
        schema = {"type": "string"}
    if output.max_length is not None:
        schema["maxLength"] = output.max_length
    if output.default is not None:
        schema["default"] = output.default
    if output.description:
        schema["description"] = output.description
    return schema


def responses_of(contract: Contract, name: str) -> dict[str, Any]:
    """Return the responses of an endpoint by status, as OpenAPI lists them."""
    by_status: dict[int, list[Refusal]] = {}
    if any(parameter.in_path for parameter in contract.parameters):
        by_status[404] = [_not_found()]
    for refusal in contract.errors:
        by_status.setdefault(refusal.status, []).append(refusal)
    also = by_status.pop(200, [])
    responses = {"200": _ok_response(contract, name, also)}
    for status, refusals in sorted(by_status.items()):
        codes = [refusal.code for refusal in refusals]
        names = dict.fromkeys(h for c in codes for h in _headers_of(c))
        responses[str(status)] = {
            "description": " ".join(refusal.when for refusal in refusals),
            "headers": _header_references(names),
            "content": {
                JSON: {
                    "schema": _UNKNOWN if status == 404 else _refusal_schema(name),
                    "examples": _examples(refusals),
                }
            },
        }
    return responses


def _not_found() -> Refusal:
    """Return the 404 of a path with an empty segment, which is another path."""
    code, when = "not_found", REFUSED_WHEN["not_found"]
    error = {"code": code, "message": when, "fields": {}}
    return Refusal(code, STATUS_BY_CODE[code], when, {"error": error})


def _headers_of(code: str) -> tuple[str, ...]:
    return _HEADERS_OF.get(code, ("X-Request-Id",))


def _ok_response(
    contract: Contract, name: str, also: Sequence[Refusal]
) -> dict[str, Any]:
    """Return status 200: the outputs, and with ``on_invalid: 200`` the refusals too."""
    schema: dict[str, Any] = {
        "$ref": f"#/components/schemas/{name}",
        "unevaluatedProperties": False,
    }
    if also:
        schema = {"oneOf": [schema, _refusal_schema(name)]}
    examples = {"answer": {"value": dict(contract.answer)}, **_examples(also)}
    names = ("X-Ivrhooks-Degraded", "X-Request-Id")
    headers = _header_references(names if contract.degraded else names[1:])
    return {
        "description": f"Every output of {contract.endpoint}, within "
        f"{contract.deadline_ms} ms.",
        "headers": headers,
        "content": {JSON: {"schema": schema, "examples": examples}},
    }


def _refusal_schema(name: str) -> dict[str, Any]:
    return {
        "allOf": [
            {"$ref": f"#/components/schemas/{name}"},
            {
                "type": "object",
                "properties": {"error": {"$ref": "#/components/schemas/Error"}},
                "required": ["error"],
            },
        ],
        "unevaluatedProperties": False,
    }


def _examples(refusals: Sequence[Refusal]) -> dict[str, Any]:
    return {
        refusal.code: {"summary": refusal.when, "value": dict(refusal.body)}
        for refusal in refusals
    }


def _header_references(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
