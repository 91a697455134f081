"""Writes contracts as an OpenAPI 3.1 document, for the callers' tools."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from apispec import APISpec

from ivrhooks.authoring.contract import (
    Contract,
    DeclaredParameter,
)
from ivrhooks.authoring.outputs.openapi_answers import (
    ERROR_SCHEMA,
    HEADERS,
    headers_used,
    outputs_schema,
    responses_of,
)

_START, _END = re.compile(r"^\\A"), re.compile(r"(?<!\\)\\[Zz]$")
_NOT_ECMA = re.compile(
    r"\(\?(?![:=!]|<[=!])"  # flags, names, atomic groups
    r"|\\[AZzGKNRXhmMLQEpPU_]|[+*?}]\+|\{[^0-9]|\[\^?[\[\]]|&&|\|\||--|~~"
)
_ESCAPES = re.compile(r"(?P<class>\[(?:\\.|[^\]\\])*\])|\\(?P<sign>.)", re.DOTALL)
_CLASS_ESCAPE = re.compile(r"\\([ !\"#%&',:;<=>@`~])")
_NEEDLESS = frozenset(" !\"#%&',:;<=>@`~-")


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
    for name in headers_used(contracts):
        spec.components.header(name, dict(HEADERS[name]))
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


def _add(spec: APISpec, contract: Contract, name: str) -> None:
    spec.components.schema(name, outputs_schema(contract))
    operation: dict[str, Any] = {
        "operationId": contract.endpoint,
        "summary": contract.description or contract.endpoint,
        "parameters": list(_parameters(contract)),
        "responses": responses_of(contract, name),
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
        "pattern": ecma_pattern(parameter.pattern),
        "enum": list(parameter.enum) or None,
        "default": parameter.default,
    }
    schema.update({key: value for key, value in limits.items() if value is not None})
    return schema


def ecma_pattern(pattern: str) -> str | None:
    """Return a pattern as OpenAPI wants it, in JavaScript's syntax with its flag ``u``.

    None where that syntax has no such pattern: a validator would refuse the whole
    document.
    """
    text = _END.sub("$", _START.sub("^", pattern))
    if not text or _NOT_ECMA.search(text):
        return None
    return _ESCAPES.sub(_as_ecma, text)


def _as_ecma(match: re.Match[str]) -> str:
    """Return an escape without its backslash where the flag ``u`` forbids that."""
    if match["class"] is not None:
        return _CLASS_ESCAPE.sub(r"\1", match["class"])
    return match["sign"] if match["sign"] in _NEEDLESS else match[0]


def _description(parameter: DeclaredParameter) -> str:
    parts = [parameter.description]
    if parameter.variable and parameter.variable not in parameter.description:
        parts.append(f"The IVR's system variable {parameter.variable}.")
    elif parameter.format == "phone" and not parameter.description:
        parts.append("A telephone number; a withheld one is a value, too.")
    if parameter.pattern and ecma_pattern(parameter.pattern) is None:
        parts.append(f"It matches {parameter.pattern}, in Python's syntax.")
    if parameter.places:
        parts.append(_places_text(parameter))
    return " ".join(filter(None, parts))


def _places_text(parameter: DeclaredParameter) -> str:
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
