"""An OpenAPI file as it is read: references, types, parameters and good answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.openapi_import import document
from ivrhooks.authoring.openapi_import.document import (
    CannotImport,
    OpenApiDocument,
    Operation,
    Parameter,
    identifier,
    read_document,
)

SCHEMAS = {
    "a": {"$ref": "#/components/schemas/b"},
    "b": {"type": "integer"},
    "round": {"$ref": "#/components/schemas/round"},
    "x/y~z": {"type": "boolean"},
    "nested": {"allOf": [{"anyOf": [{"type": "string"}, {"type": "null"}]}]},
    "self": {"type": "object", "allOf": [{"$ref": "#/components/schemas/self"}]},
}


@pytest.fixture
def schemas() -> OpenApiDocument:
    return OpenApiDocument({"components": {"schemas": SCHEMAS}})


def at(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("value", "types"),
    [
        ({"type": "string"}, {"string"}),
        ({"type": ["integer", "null"]}, {"integer"}),
        ({"type": None}, set()),
        ({"enum": [1, 2, None]}, {"integer"}),
        ({"enum": [1, "a"]}, {"string"}),
        ({"enum": ["a"]}, {"string"}),
        ({"enum": [None]}, set()),
        ({"type": "string", "enum": [1]}, {"string"}),
        ({"properties": {}}, {"object"}),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, {"integer", "string"}),
        ({"oneOf": "no list"}, set()),
        ("no schema", set()),
        (at("a"), {"integer"}),
        (at("round"), set()),
        (at("nowhere"), set()),
        (at("x~1y~0z"), {"boolean"}),
        (at("nested"), {"string"}),
        (at("self"), {"object"}),
        ({"$ref": "other.yaml#/a"}, set()),
        ({"$ref": "#/components/schemas/b/type/deeper"}, set()),
    ],
)
def test_types_of_a_schema(schemas: OpenApiDocument, value: Any, types: Any) -> None:
    assert schemas.types(value) == types


def operation(entry: dict[str, Any], **beside: Any) -> Operation:
    """The one operation of a file: GET of ``/o/{id}``."""
    document = OpenApiDocument({"paths": {"/o/{id}": {"get": entry, **beside}}})
    [only] = document.operations()
    return only


def test_every_method_in_the_files_order_and_nothing_else() -> None:
    raw = {
        "paths": {
            "/b": {"post": {}, "get": {"operationId": "getB"}, "trace": {}, "x-y": {}},
            "/a": {"get": None, "parameters": [], "head": {}},
            "/c": "no item",
        }
    }
    operations = [
        (operation.id, operation.method)
        for operation in OpenApiDocument(raw).operations()
    ]
    assert operations == [("getB", "GET"), ("post_/b", "POST"), ("head_/a", "HEAD")]
    assert list(OpenApiDocument({"paths": None}).operations()) == []


@pytest.mark.parametrize(
    ("raw", "parameter"),
    [
        (
            {"in": "path", "name": "id", "schema": {"type": "integer"}},
            Parameter("id", "path", "int", True),
        ),
        (
            {"in": "query", "name": "q", "required": True, "type": "integer"},
            Parameter("q", "query", "int", True),
        ),
        (
            {"in": "query", "name": "q", "required": "yes", "schema": {}},
            Parameter("q", "query", "string", False),
        ),
        (
            {"in": "query", "name": "q", "schema": {"type": ["integer", "string"]}},
            Parameter("q", "query", "string", False),
        ),
        (
            {"in": "header", "name": "X-Shop"},
            Parameter("X-Shop", "header", "string", False),
        ),
        ({"in": "header", "name": "Authorization"}, None),
        ({"in": "header", "name": "accept"}, None),
        ({"in": "cookie", "name": "a"}, None),
        ({"in": "body", "name": "a"}, None),
        ({"in": "query"}, None),
        ("no parameter", None),
    ],
)
def test_a_parameter_of_each_place(raw: Any, parameter: Parameter | None) -> None:
    parameters = operation({"parameters": [raw]}).parameters
    assert parameters == (() if parameter is None else (parameter,))


def test_an_operations_own_parameter_wins_over_that_of_the_path() -> None:
    shared = [{"in": "query", "name": "q"}, {"in": "query", "name": "r"}]
    own = [{"in": "query", "name": "q", "required": True}]
    merged = operation({"parameters": own}, parameters=shared)
    assert [
        (parameter.name, parameter.required) for parameter in merged.parameters
    ] == [
        ("q", True),
        ("r", False),
    ]


JSON = {"application/json": {"schema": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("responses", "answer"),
    [
        ({"200": {"content": JSON}}, {"type": "integer"}),
        ({200: {"content": JSON}}, {"type": "integer"}),
        ({"404": {"content": JSON}, "2XX": {"content": JSON}}, {"type": "integer"}),
        ({"200": {"schema": {"type": "string"}}}, {"type": "string"}),
        ({"200": {"content": {"*/*": {"schema": {"a": 1}}}}}, {"a": 1}),
        ({"200": {"content": {"text/csv": {"schema": {"a": 1}}}}}, {}),
        ({"200": {"content": {"text/csv": {}, **JSON}}}, {"type": "integer"}),
        ({"200": {"content": {"application/json": None}}}, {}),
        ({"404": {"content": JSON}}, {}),
        ({"default": {"content": JSON}}, {}),
        ({}, {}),
        (None, {}),
    ],
)
def test_the_good_answer(responses: Any, answer: Any) -> None:
    assert operation({"responses": responses}).answer == answer


def test_descriptions_of_an_operation() -> None:
    assert operation({"summary": "s", "description": "d"}).summary == "s"
    assert operation({"description": "d"}).summary == "d"
    assert operation({}).summary == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("get order/by-id", "get_order_by_id"),
        ("2nd", "_2nd"),
        ("--", "api"),
        ("订单", "api"),
        ("_a_", "a"),
    ],
)
def test_a_name_that_templates_can_use(text: str, name: str) -> None:
    assert identifier(text) == name


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0", "2.0"])
def test_the_versions_that_are_read(tmp_path: Path, version: str) -> None:
    key = "swagger" if version == "2.0" else "openapi"
    (tmp_path / "a.json").write_text(json.dumps({key: version, "paths": {}}))
    assert list(read_document(tmp_path / "a.json").operations()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "a.yaml:2: cannot be read: "),
        ("a: 1\nb: }\n", "a.yaml:2: cannot be read: "),
        ("[1]", "is no OpenAPI file: it has neither `openapi` nor `swagger`"),
        ("paths: {}", "is no OpenAPI file"),
        ("{openapi: 4.0.0, paths: {}}", "is of version 4.0.0; OpenAPI 3.0 to 3.2"),
        ("{swagger: '1.2', paths: {}}", "is of version 1.2"),
        ("{openapi: 3.0.0}", "has no `paths`, so there is nothing to ask"),
        ("{openapi: 3.0.0, paths: []}", "has no `paths`"),
    ],
)
def test_a_file_that_is_no_openapi_is_reported(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(CannotImport) as raised:
        read_document(tmp_path / "a.yaml")
    assert message in str(raised.value)


def test_a_file_has_its_bound(tmp_path: Path, monkeypatch: Any) -> None:
    text = "{openapi: 3.0.0, paths: {}}"
    (tmp_path / "a.yaml").write_text(text)
    monkeypatch.setattr(document, "MAX_BYTES", len(text))
    read_document(tmp_path / "a.yaml")
    monkeypatch.setattr(document, "MAX_BYTES", len(text) - 1)
    with pytest.raises(CannotImport, match="is larger than 16 MB"):
        read_document(tmp_path / "a.yaml")


def test_dates_and_operators_stay_text(tmp_path: Path) -> None:
    """ruamel.yaml 0.19.1 refuses the file for each of them."""
    file = tmp_path / "api.yaml"
    enum = "[0000-00-00, 2026-02-30, 2026-10-01, =, <<]"
    file.write_text(
        "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      parameters:\n"
        f"        - {{name: op, in: query, schema: {{enum: {enum}}}}}\n"
    )
    (operation,) = read_document(file).operations()
    assert operation.parameters == (Parameter("op", "query", "string", False),)
    schema = read_document(file).raw["paths"]["/a"]["get"]["parameters"][0]["schema"]
    assert schema["enum"] == ["0000-00-00", "2026-02-30", "2026-10-01", "=", "<<"]


def test_a_media_type_may_be_a_reference() -> None:
    """OpenAPI 3.2 has `components.mediaTypes`."""
    schema = {"properties": {"state": {"type": "string"}}}
    content = {"application/json": {"$ref": "#/components/mediaTypes/order"}}
    document = OpenApiDocument(
        {
            "paths": {"/a": {"get": {"responses": {"200": {"content": content}}}}},
            "components": {"mediaTypes": {"order": {"schema": schema}}},
        }
    )
    (operation,) = document.operations()
    assert operation.answer == schema
