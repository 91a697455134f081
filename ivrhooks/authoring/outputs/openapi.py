"""Writes contracts as an OpenAPI 3.1 document, for the callers' tools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from apispec import APISpec

from ivrhooks.authoring.contract import (
    Contract,
    DeclaredOutput,
    DeclaredParameter,
)
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

_HEADERS: Mapping[str, Mapping[str, Any]] = {
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


def openapi(contracts: Sequence[Contract], *, version: str) -> dict[str, Any]:
    """Return the document of these endpoints, with the configuration's version."""
    server = contracts[0].base_url if contracts else ""
    spec = APISpec(
        title="ivrhooks",
        version=version,
        openapi_version="3.1.0",
        info={"description": "What the IVR asks, and what it gets."},
        servers=[{"url": server or "/"}],
    )
    spec.components.schema("Error", dict(ERROR_SCHEMA))
    used: set[str] = set()
    for contract in contracts:
        _add(spec, contract, _component_name(contract.endpoint, used))
    for name in _headers_used(contracts):
        spec.components.header(name, dict(_HEADERS[name]))
    document: dict[str, Any] = spec.to_dict()
    return document


def _component_name(text: str, used: set[str]) -> str:
    """Return an unused name that OpenAPI accepts for a component."""
    name = base = re.sub(r"[^A-Za-z0-9._-]", "_", text)
    number = 2
    while name in used or name == "Error":
        name, number = f"{base}_{number}", number + 1
    used.add(name)
    return name


def _headers_used(contracts: Sequence[Contract]) -> Iterator[str]:
    codes = {refusal.code for contract in contracts for refusal in contract.errors}
    yield from ("X-Ivrhooks-Degraded", "X-Request-Id") if contracts else ()
    if "method_not_allowed" in codes:
        yield "Allow"
    if "too_many_requests" in codes:
        yield "Retry-After"


def _add(spec: APISpec, contract: Contract, name: str) -> None:
    spec.components.schema(name, _outputs_schema(contract))
    operation: dict[str, Any] = {
        "operationId": contract.endpoint,
        "summary": contract.description or contract.endpoint,
        "parameters": list(_parameters(contract)),
        "responses": _responses(contract, name),
        "x-deadline-ms": contract.deadline_ms,
    }
    if contract.used_by:
        operation["x-used-by"] = list(contract.used_by)
    if contract.method == "POST":
        operation["requestBody"] = _body(contract)
    schemes = dict(_security(contract, name))
    for key, scheme in schemes.items():
        spec.components.security_scheme(key, scheme)
    if schemes:
        operation["security"] = [{key: [] for key in schemes}]
    path = contract.url.removeprefix(contract.base_url)
    spec.path(path=path, operations={contract.method.lower(): operation})


# -------------------------------------------------------------------- what is asked


def _parameters(contract: Contract) -> Iterator[dict[str, Any]]:
    for header in contract.headers:
        if not header.secret:
            yield _parameter(header, "header")
    for parameter in contract.parameters:
        if parameter.in_path:
            yield {**_parameter(parameter, "path"), "required": True}
        elif contract.method == "GET":
            yield _parameter(parameter, "query")


def _parameter(parameter: DeclaredParameter, place: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": parameter.name,
        "in": place,
        "required": parameter.required,
        "schema": _parameter_schema(parameter),
    }
    if not parameter.places:
        made["example"] = parameter.example
    description = _description(parameter)
    return {**made, "description": description} if description else made


def _parameter_schema(parameter: DeclaredParameter) -> dict[str, Any]:
    if parameter.value is not None:
        return {"type": "string", "const": parameter.value}
    type_ = "integer" if parameter.type == "int" else "string"
    schema: dict[str, Any] = {"type": type_}
    limits = {
        "minimum": parameter.min,
        "maximum": parameter.max,
        "maxLength": parameter.max_length,
        "pattern": parameter.pattern or None,
        "enum": list(parameter.enum) or None,
        "default": parameter.default,
    }
    schema.update({key: value for key, value in limits.items() if value is not None})
    return schema


def _description(parameter: DeclaredParameter) -> str:
    parts = [parameter.description]
    if parameter.variable and parameter.variable not in parameter.description:
        parts.append(f"The IVR's system variable {parameter.variable}.")
    elif parameter.format == "phone" and not parameter.description:
        parts.append("A telephone number; a withheld one is a value, too.")
    if parameter.places:
        parts.append(_found(parameter))
    return " ".join(filter(None, parts))


def _found(parameter: DeclaredParameter) -> str:
    """Return where a value is found that is not shown."""
    words = {
        "environment": "the environment variable {} of the server",
        "file": "the file {} of the server",
        "configuration": "`equals` in {}",
    }
    texts = [words[place.kind].format(place.name) for place in parameter.places]
    return f"The agreed value: see {' and '.join(texts)}."


def _body(contract: Contract) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for own in contract.vendor_parameters:
        note = "The IVR adds this by itself."
        properties[own.name] = {"type": "string", "description": note}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    example: dict[str, Any] = {}
    for parameter in contract.parameters:
        if parameter.in_path:
            continue
        *above, last = parameter.body_path or (parameter.name,)
        _add_property(schema, above, last, parameter)
        if not parameter.places:
            place = example
            for key in above:
                place = place.setdefault(key, {})
            place[last] = parameter.example
    required = schema.get("required")
    content = {contract.content_type: {"schema": schema, "example": example}}
    return {"required": bool(required), "content": content}


def _add_property(
    schema: dict[str, Any], above: Sequence[str], last: str, param: DeclaredParameter
) -> None:
    """Add an input at its place in the body, with the objects around it."""
    for key in above:
        if param.required:
            _require(schema, key)
        below = {"type": "object", "properties": {}}
        schema = schema["properties"].setdefault(key, below)
    if param.required:
        _require(schema, last)
    schema["properties"][last] = _parameter_schema(param)
    description = _description(param)
    if description:
        schema["properties"][last]["description"] = description


def _require(schema: dict[str, Any], name: str) -> None:
    required = schema.setdefault("required", [])
    if name not in required:
        required.append(name)


def _security(contract: Contract, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a scheme for each secret header; all of an endpoint's are needed."""
    for header in contract.headers:
        if header.secret:
            key = re.sub(r"[^A-Za-z0-9._-]", "_", f"{name}.{header.name}")
            description = _description(header)
            yield key, _api_key(header.name, description)
    for index, signed in enumerate(contract.signature_headers):
        key = f"{name}.signature{index + 1 if index else ''}"
        yield key, _api_key(signed, "Of the signature, made anew for each request.")


def _api_key(header: str, description: str) -> dict[str, Any]:
    return {
        "type": "apiKey",
        "in": "header",
        "name": header,
        "description": description,
    }


# ----------------------------------------------------------------- what is answered


def _outputs_schema(contract: Contract) -> dict[str, Any]:
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
    return _placed(schema, shape.under, shape.constants)


def _placed(
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
    inner = _placed(outputs, rest, below if isinstance(below, Mapping) else {})
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


def _responses(contract: Contract, name: str) -> dict[str, Any]:
    by_status: dict[int, list[Refusal]] = {}
    if any(parameter.in_path for parameter in contract.parameters):
        by_status[404] = [_not_found()]
    for refusal in contract.errors:
        by_status.setdefault(refusal.status, []).append(refusal)
    also = by_status.pop(200, [])
    responses = {"200": _answered(contract, name, also)}
    for status, refusals in sorted(by_status.items()):
        codes = [refusal.code for refusal in refusals]
        names = dict.fromkeys(h for c in codes for h in _headers_of(c))
        responses[str(status)] = {
            "description": " ".join(refusal.when for refusal in refusals),
            "headers": _header_references(names),
            "content": {
                JSON: {
                    "schema": _UNKNOWN if status == 404 else _refused(name),
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


def _answered(contract: Contract, name: str, also: Sequence[Refusal]) -> dict[str, Any]:
    """Return status 200: the outputs, and with ``on_invalid: 200`` the refusals too."""
    schema: dict[str, Any] = {
        "$ref": f"#/components/schemas/{name}",
        "unevaluatedProperties": False,
    }
    if also:
        schema = {"oneOf": [schema, _refused(name)]}
    examples = {"answer": {"value": dict(contract.answer)}, **_examples(also)}
    names = ("X-Ivrhooks-Degraded", "X-Request-Id")
    headers = _header_references(names if contract.degraded else names[1:])
    return {
        "description": f"Every output of {contract.endpoint}, within "
        f"{contract.deadline_ms} ms.",
        "headers": headers,
        "content": {JSON: {"schema": schema, "examples": examples}},
    }


def _refused(name: str) -> dict[str, Any]:
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
