"""``ivrhooks import-openapi`` on files as different systems publish them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ivrhooks.config.loader import load

Run = Callable[..., Result]
OPENAPI_3 = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: "https://{region}.shop.example.com/v2", variables: {region: {default: eu}}}]
security: [{token: []}]
paths:
  /orders/{order-id}:
    parameters: [{$ref: "#/components/parameters/OrderId"}]
    get:
      operationId: getOrder
      parameters:
        - {name: expand, in: query, schema: {type: [string, "null"]}}
        - {name: X-Shop, in: header, schema: {type: integer}}
      responses:
        "200": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}
    delete: {operationId: removeOrder, responses: {"204": {description: gone}}}
  /customers:
    get:
      responses: {"200": {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Customer"}}}}}}
      parameters: [{name: phone_number, in: query, required: true, schema: {type: string}}]
components:
  parameters: {OrderId: {name: order-id, in: path, required: true, schema: {type: integer}}}
  securitySchemes: {token: {type: http, scheme: bearer}}
  schemas:
    Order: {type: object, properties: {state: {type: string}, total: {type: number}, open: {type: boolean}, buyer: {$ref: "#/components/schemas/Customer"}}}
    Customer: {allOf: [{type: object, properties: {id: {type: integer}, nick name: {type: string}}}]}
"""  # noqa: E501 - somebody's file, as it is
SWAGGER_2 = {
    "swagger": "2.0",
    "info": {"title": "Old CRM"},
    "host": "crm.example.com",
    "basePath": "/api",
    "schemes": ["http", "https"],
    "securityDefinitions": {"k": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    "paths": {
        "/find": {
            "get": {
                "operationId": "inputs",
                "parameters": [{"name": "tel", "in": "query", "type": "string"}],
                "responses": {"200": {"schema": {"$ref": "#/definitions/Person"}}},
            }
        },
        "/ping": {"get": {"responses": {"200": {"description": "ok"}}}},
    },
    "definitions": {
        "Person": {"type": "object", "properties": {"a": {"type": "string"}}}
    },
}


@pytest.fixture
def mine(run: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    assert run("init", folder).exit_code == 0
    return folder


def imported(run: Run, mine: Path, text: str, *words: str) -> dict[str, object]:
    file = mine.parent / "api.yaml"
    file.write_text(text, "utf-8")
    done = run("import-openapi", file, "--source", "shop", "--dir", mine, "--json")
    assert done.exit_code == 0, done.output
    checked = run("check", mine)
    assert checked.exit_code == 0, checked.output
    return dict(json.loads(done.output))


def test_each_get_operation_is_a_lookup(run: Run, mine: Path) -> None:
    before = (mine / "ivrhooks.yaml").read_text("utf-8")
    data = imported(run, mine, OPENAPI_3)
    assert data["lookups"] == ["getOrder", "get_customers"]
    assert data["variables"] == ["SHOP_TOKEN"]
    after = (mine / "ivrhooks.yaml").read_text("utf-8")
    assert [line for line in before.splitlines() if line not in after] == []
    configuration = load(mine)
    source = configuration.sources["shop"]
    assert source.base_url == "https://eu.shop.example.com/v2"
    (plan,) = [
        candidate
        for candidate in configuration.plans.values()
        if candidate.endpoint == "shop"
    ]
    inputs = {
        candidate.name: candidate.format or candidate.type for candidate in plan.inputs
    }
    assert inputs == {
        "order-id": "int",
        "expand": "string",
        "X-Shop": "int",
        "phone_number": "phone",
    }
    outputs = {candidate.name: candidate.type for candidate in plan.outputs}
    assert outputs == {
        "getOrder_state": "string",
        "getOrder_total": "string",
        "getOrder_open": "int",
        "getOrder_buyer_id": "int",
        "getOrder_buyer_nick_name": "string",
        "get_customers_id": "int",
        "get_customers_nick_name": "string",
    }


def test_swagger_2_in_json(run: Run, mine: Path) -> None:
    data = imported(run, mine, json.dumps(SWAGGER_2))
    assert data["lookups"] == ["inputs_", "get_ping"]  # `inputs` is taken
    assert load(mine).sources["shop"].base_url == "https://crm.example.com/api"
    assert data["variables"] == ["SHOP_KEY"]


def test_one_operation_is_one_lookup(run: Run, mine: Path) -> None:
    file = mine.parent / "api.yaml"
    paths = "paths: {/ping: {get: {operationId: ping, responses: {}}}}\n"
    file.write_text(
        f"openapi: 3.1.0\nservers: [{{url: 'https://x.example.com'}}]\n{paths}", "utf-8"
    )
    done = run("import-openapi", file, "--source", "shop", "--dir", mine)
    assert done.output.splitlines()[0].endswith(": 1 lookup"), done.output


def test_one_operation_becomes_an_endpoint(
    run: Run, mine: Path, tmp_path: Path
) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(OPENAPI_3, "utf-8")
    words = ("--from-openapi", file, "--operation", "getOrder", "--dir", mine)
    assert run("new", "order", *words).exit_code == 0
    assert run("check", mine).exit_code == 0
    wrong = run("new", "other", *words[:3], "getOrders", "--dir", mine)
    assert wrong.exit_code == 1 and "getOrder, get_/customers" in wrong.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "neither `openapi` nor `swagger`"),
        ("openapi: 3.1.0\n", "has no `paths`"),
        ("a: [\n", "cannot be read"),
        ("openapi: 3.1.0\npaths: {}\nservers: [{url: /v1}]\n", "https://"),
        (
            "openapi: 3.1.0\npaths: {}\nservers: [{url: 'https://x'}]\n",
            "no GET operation",
        ),
    ],
)
def test_an_entry_that_cannot_be_used_is_reported_and_nothing_is_written(
    run: Run, mine: Path, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(text, "utf-8")
    before = (mine / "ivrhooks.yaml").read_text("utf-8")
    done = run("import-openapi", file, "--source", "shop", "--dir", mine)
    assert done.exit_code == 1 and message in done.output
    assert (mine / "ivrhooks.yaml").read_text("utf-8") == before
    assert not (mine / "endpoints" / "shop.yaml").exists()
