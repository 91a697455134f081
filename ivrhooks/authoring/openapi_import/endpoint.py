"""Turns operations of an OpenAPI file into an endpoint with a lookup for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ivrhooks.authoring.openapi_import.document import (
    CannotImport,
    OpenApiDocument,
    Operation,
    identifier,
)
from ivrhooks.authoring.starter.endpoint_file import (
    MADE_UP_NUMBER,
    PHONE,
    NewEndpoint,
    read_path,
)
from ivrhooks.authoring.starter.from_curl import plain_name
from ivrhooks.config.templates.names import RESERVED

Path = tuple[str, ...]

MAX_OUTPUTS = 8
"""Outputs of one lookup; the author adds what else the flow needs."""

_RESERVED_NAMES = frozenset({*RESERVED, "actions", "answer", "action"})


def endpoint_from_operations(
    name: str, document: OpenApiDocument, source: str
) -> NewEndpoint:
    """Return an endpoint with a lookup for each GET operation.

    Raises CannotImport where there is none.
    """
    chosen = [
        operation for operation in document.operations() if operation.method == "GET"
    ]
    if not chosen:
        raise CannotImport("the file has no GET operation, so nothing can be looked up")
    return _endpoint(name, document, chosen, source)


def endpoint_from_operation(
    name: str, document: OpenApiDocument, operation: str, source: str
) -> NewEndpoint:
    """Return an endpoint with a lookup for that operation. Raises CannotImport."""
    known = {operation.id: operation for operation in document.operations()}
    if operation not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise CannotImport(f"there is no operation `{operation}`; there are: {listed}")
    return _endpoint(name, document, [known[operation]], source)


def _endpoint(
    name: str, document: OpenApiDocument, operations: Sequence[Operation], source: str
) -> NewEndpoint:
    made = NewEndpoint(
        name,
        f"/api/{name}",
        "json",
        remark="Made from an OpenAPI file. Keep the lookups and outputs that the flow "
        "needs.",
    )
    for operation in operations:
        lookup = _free_name(operation.id, made.lookups)
        made.lookups[lookup] = _lookup(operation, source)
        for parameter in operation.parameters:
            entry: dict[str, Any] = {"type": parameter.type}
            if parameter.type == "string" and PHONE.search(parameter.name):
                entry["format"] = "phone"
            made.inputs.setdefault(plain_name(parameter.name), entry)
        for output, entry in _outputs(document, operation, lookup):
            made.outputs[_free_name(output, made.outputs)] = entry
    made.tests = [_test_of_unknown_caller(made)]
    return made


def _test_of_unknown_caller(made: NewEndpoint) -> dict[str, Any]:
    """Return a first test: no system knows the caller, so each output has its
    default."""
    return {
        "name": "Nobody knows the caller",
        "inputs": {name: _sample(entry) for name, entry in made.inputs.items()},
        "sources": {name: {"fail": "not_found"} for name in made.lookups},
        "expect": {
            name: "not_found" if _is_status(entry) else entry["default"]
            for name, entry in made.outputs.items()
        },
    }


def _is_status(entry: Mapping[str, Any]) -> bool:
    return str(entry["value"]).startswith("{{ lookups.")


def _sample(entry: Mapping[str, Any]) -> Any:
    if entry.get("format") == "phone":
        return MADE_UP_NUMBER
    return 1 if entry["type"] == "int" else "a"


def _free_name(text: str, used: Mapping[str, Any]) -> str:
    name = identifier(text)
    while name in used or name in _RESERVED_NAMES:
        name += "_"
    return name


def _lookup(operation: Operation, source: str) -> dict[str, Any]:
    path = operation.path
    request: dict[str, Any] = {"method": operation.method}
    placed: dict[str, dict[str, str]] = {"query": {}, "header": {}}
    for parameter in operation.parameters:
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", _template(parameter.name))
        else:
            placed[parameter.place][parameter.name] = _template(parameter.name)
    request["path"] = path
    if placed["query"]:
        request["query"] = placed["query"]
    if placed["header"]:
        request["headers"] = placed["header"]
    return {"source": source, "request": request}


def _template(name: str) -> str:
    return "{{ " + read_path("inputs", (plain_name(name),)) + " }}"


def _outputs(
    document: OpenApiDocument, operation: Operation, lookup: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield an output for each plain field of the answer.

    Where no field is known, it is the lookup's status.
    """
    schema, root = operation.answer, lookup
    if document.types(schema) == {"array"}:
        schema, root = _items(document, schema), f"{lookup}[0]"
    fields = dict(_fields(document, schema))
    if not fields:
        status = "{{ lookups." + lookup + ".status }}"
        entry = {"type": "string", "value": status, "default": "error"}
        yield f"{lookup}_status", entry
    for path, kind in islice(fields.items(), MAX_OUTPUTS):
        value = "{{ " + _read(root, path) + " }}"
        default = 0 if kind == "int" else ""
        name = f"{lookup}_{identifier('_'.join(filter(None, path)))}"
        yield name, {"type": kind, "value": value, "default": default}


def _read(root: str, path: Path) -> str:
    """Return an expression for the field at ``path``; "" in it is a list's first
    entry."""
    for index, step in enumerate(path):
        if not step:
            above = read_path(root, path[:index])
            return read_path(f"{above}[0]", path[index + 1 :])
    return read_path(root, path)


def _items(document: OpenApiDocument, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a list's entries."""
    lists = (part for part in document.parts(schema) if "items" in part)
    return document.resolved(next((entry["items"] for entry in lists), {}))


def _properties(part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a schema; no template may read one that begins with ``__``."""
    properties = part.get("properties")
    if isinstance(properties, Mapping):
        for name, field in properties.items():
            if not str(name).startswith("__"):
                yield str(name), field


def _fields(
    document: OpenApiDocument, schema: Mapping[str, Any], above: Path = ()
) -> Iterator[tuple[Path, str]]:
    """Yield the plain fields of a schema, two levels deep, with the output's type.

    Those of a list's entries come last, with "" for the first entry.
    """
    lists: list[tuple[Path, Mapping[str, Any]]] = []
    for part in document.parts(schema):
        for name, field in _properties(part):
            path, kinds = (*above, name), document.types(field)
            if kinds & {"string", "number"}:
                yield path, "string"
            elif kinds & {"integer", "boolean"}:
                yield path, "int"
            elif not above and "object" in kinds:
                yield from _fields(document, field, path)
            elif not above and "array" in kinds:
                lists.append(((*path, ""), _items(document, document.resolved(field))))
    for path, items in lists:
        yield from _fields(document, items, path)
