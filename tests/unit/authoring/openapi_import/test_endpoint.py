"""Operations of an OpenAPI file as lookups, inputs and outputs of one endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.authoring.openapi_import.document import CannotImport, OpenApiDocument
from ivrhooks.authoring.openapi_import.endpoint import (
    MAX_OUTPUTS,
    endpoint_from_operation,
    endpoint_from_operations,
)


def document(*operations: tuple[str, str, dict[str, Any]]) -> OpenApiDocument:
    paths: dict[str, Any] = {}
    for method, path, entry in operations:
        paths.setdefault(path, {})[method] = entry
    return OpenApiDocument({"paths": paths})


def answering(schema: Any, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"operationId": "o", "responses": {"200": {"content": content}}, **more}


def outputs(schema: Any) -> dict[str, Any]:
    made = endpoint_from_operations(
        "e", document(("get", "/o", answering(schema))), "s"
    )
    return made.outputs


def test_parameters_stand_where_the_operation_wants_them() -> None:
    parameters = [
        {"in": "path", "name": "id", "schema": {"type": "integer"}},
        {"in": "path", "name": "order-no"},
        {"in": "query", "name": "caller.phone"},
        {"in": "header", "name": "X-Shop"},
    ]
    operation = (
        "get",
        "/o/{id}/{order-no}",
        {"operationId": "o", "parameters": parameters},
    )
    made = endpoint_from_operations("e", document(operation), "shop")
    assert made.lookups["o"] == {
        "source": "shop",
        "request": {
            "method": "GET",
            "path": "/o/{{ inputs.id }}/{{ inputs['order-no'] }}",
            "query": {"caller.phone": "{{ inputs.caller_phone }}"},
            "headers": {"X-Shop": "{{ inputs['X-Shop'] }}"},
        },
    }
    assert made.inputs["id"] == {"type": "int"}
    assert made.inputs["caller_phone"] == {"type": "string", "format": "phone"}
    assert made.inputs["X-Shop"] == {"type": "string"}


def test_names_are_free_and_none_of_templates_own() -> None:
    made = endpoint_from_operations(
        "e",
        document(
            ("get", "/a", {"operationId": "now"}),
            ("get", "/b", {"operationId": "a-b"}),
            ("get", "/c", {"operationId": "a b"}),
            ("get", "/d", {"operationId": "answer"}),
            ("post", "/e", {"operationId": "write"}),
        ),
        "s",
    )
    assert list(made.lookups) == ["now_", "a_b", "a_b_", "answer_"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"n": {"type": "integer"}}}, {"o_n": ("int", "o.n", 0)}),
        ({"properties": {"b": {"type": "boolean"}}}, {"o_b": ("int", "o.b", 0)}),
        ({"properties": {"x": {"type": "number"}}}, {"o_x": ("string", "o.x", "")}),
        (
            {"properties": {"u": {"type": ["integer", "string"]}}},
            {"o_u": ("string", "o.u", "")},
        ),
        (
            {"properties": {"c": {"properties": {"id": {"type": "string"}}}}},
            {"o_c_id": ("string", "o.c.id", "")},
        ),
        (
            {"properties": {"c": {"properties": {"d": {"properties": {"e": {}}}}}}},
            {"o_status": ("string", "lookups.o.status", "error")},
        ),
        (
            {"type": "array", "items": {"properties": {"id": {"type": "string"}}}},
            {"o_id": ("string", "o[0].id", "")},
        ),
        (
            {
                "properties": {
                    "rows": {
                        "type": "array",
                        "items": {"properties": {"a-b": {"type": "string"}}},
                    },
                    "total": {"type": "integer"},
                }
            },
            {
                "o_total": ("int", "o.total", 0),
                "o_rows_a_b": ("string", "o.rows[0]['a-b']", ""),
            },
        ),
        (
            {"properties": {"tags": {"type": "array", "items": {"type": "string"}}}},
            {"o_status": ("string", "lookups.o.status", "error")},
        ),
        ({}, {"o_status": ("string", "lookups.o.status", "error")}),
    ],
)
def test_outputs_are_the_plain_fields_of_the_answer(schema: Any, expected: Any) -> None:
    made = {
        name: (output["type"], output["value"].strip("{ }"), output["default"])
        for name, output in outputs(schema).items()
    }
    assert made == expected
    assert list(made) == list(expected)


def test_a_wide_answer_is_cut() -> None:
    fields = {f"f{number}": {"type": "string"} for number in range(99)}
    assert list(outputs({"properties": fields})) == [
        f"o_f{number}" for number in range(MAX_OUTPUTS)
    ]


def test_one_operation_is_chosen_by_its_id() -> None:
    shop = document(
        ("get", "/a", {"operationId": "getA"}),
        ("post", "/a", {"operationId": "findA"}),
    )
    made = endpoint_from_operation("e", shop, "findA", "s")
    assert list(made.lookups) == ["findA"]
    assert made.lookups["findA"]["request"]["method"] == "POST"
    with pytest.raises(CannotImport, match="no operation `x`; there are: findA, getA"):
        endpoint_from_operation("e", shop, "x", "s")
    with pytest.raises(CannotImport, match="there are: none"):
        endpoint_from_operation("e", document(), "x", "s")


def test_without_a_get_operation_nothing_can_be_looked_up() -> None:
    with pytest.raises(CannotImport, match="the file has no GET operation"):
        endpoint_from_operations("e", document(("post", "/a", {})), "s")
