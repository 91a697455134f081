"""Contracts as OpenAPI: a valid document, which real answers keep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine
from ivrhooks.authoring.contract import Contract, contract_of
from ivrhooks.authoring.outputs.openapi import ecma_pattern, openapi
from ivrhooks.authoring.tests.runner import StubSource
from ivrhooks.basics.errors import STATUS_BY_CODE
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration
from ivrhooks.resilience.deadline import Deadline

JSON = "application/json"


@pytest.fixture
def document(configuration: Configuration) -> dict[str, Any]:
    plans = configuration.plans.values()
    contracts = [contract_of(plan, "https://ivr.example.com") for plan in plans]
    return openapi(contracts, version="7f3a2c")


def operation(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    (file,) = (
        each
        for methods in document["paths"].values()
        for each in methods.values()
        if each["operationId"] == name
    )
    return file  # type: ignore[no-any-return]


def validator(document: Mapping[str, Any], schema: Any) -> Draft202012Validator:
    """Of one schema of the document, whose references are found in it."""
    return Draft202012Validator({**schema, "components": document["components"]})


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    # as it is printed: the validator takes JSON's own types alone
    OpenAPIV31SpecValidator(json.loads(json.dumps(document))).validate()
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"] == "7f3a2c"
    assert document["servers"] == [{"url": "https://ivr.example.com"}]
    paths = {path: [*methods] for path, methods in document["paths"].items()}
    assert paths == {
        "/api/system/customer": ["get"],
        "/api/vip": ["post"],
        "/api/desk": ["post"],
    }


def test_nothing_configured_is_a_valid_document_too() -> None:
    OpenAPIV31SpecValidator(openapi([], version="0")).validate()


def test_query_form_and_json_each_say_where_parameters_go(
    document: dict[str, Any],
) -> None:
    system = operation(document, "system")
    (tel,) = system["parameters"]
    assert (tel["name"], tel["in"], tel["required"]) == ("tel", "query", True)
    assert "requestBody" not in system
    form = operation(document, "vip")["requestBody"]["content"]
    (declared,) = form.values()
    assert [*form] == ["application/x-www-form-urlencoded"]
    assert declared["schema"]["required"] == ["tel"]
    names = ["partnerId", "m", "source", "robotNo", "docId", "tel", "order no", "token"]
    assert [*declared["schema"]["properties"]] == names
    order = declared["schema"]["properties"]["order no"]
    assert order == {"type": "integer", "minimum": 1, "maximum": 999}
    assert [*operation(document, "desk")["requestBody"]["content"]] == [JSON]


def test_a_secret_is_a_security_scheme_and_never_a_value(
    document: dict[str, Any],
) -> None:
    vip, schemes = operation(document, "vip"), document["components"]["securitySchemes"]
    (needed,) = vip["security"]
    (key,) = needed
    assert (schemes[key]["in"], schemes[key]["name"]) == ("header", "X-Api-Key")
    assert "DESK_KEY" in schemes[key]["description"]
    assert [each["name"] for each in vip["parameters"]] == ["X-Shop"]
    (signed,) = operation(document, "desk")["security"][0]
    assert schemes[signed]["name"] == "X-Signature"
    assert "security" not in operation(document, "system")
    assert "desk-key-7" not in json.dumps(document)


def test_every_example_keeps_the_schema_beside_it(document: dict[str, Any]) -> None:
    examples = set()
    for name in ("vip", "desk", "system"):
        for status, response in operation(document, name)["responses"].items():
            content = response["content"][JSON]
            for code, example in content["examples"].items():
                validator(document, content["schema"]).validate(example["value"])
                examples.add((name, status, code))
    assert ("desk", "200", "invalid_input") in examples
    assert ("vip", "400", "invalid_input") in examples
    assert ("desk", "429", "too_many_requests") in examples
    assert not any(name == "desk" and status == "400" for name, status, _ in examples)


def test_a_schema_refuses_impossible_answers(document: dict[str, Any]) -> None:
    answers = operation(document, "vip")["responses"]
    good = answers["200"]["content"][JSON]["schema"]
    whole = {"isVip": 1, "name": "Wang", "shop": ""}
    is_valid = validator(document, good).is_valid
    assert is_valid(whole) and is_valid({**whole, "state": "paid"})
    assert not is_valid({**whole, "more": 1})
    assert not is_valid({**whole, "isVip": "1"})
    assert not is_valid({**whole, "name": None})
    assert not is_valid({**whole, "isVip": 2**53})
    assert not is_valid({"isVip": 1})
    assert not is_valid({**whole, "error": {}})
    refused = validator(document, answers["400"]["content"][JSON]["schema"]).is_valid
    error = {"code": "invalid_input", "message": "m", "fields": {"tel": ["is missing"]}}
    assert refused({**whole, "error": error})
    assert not refused(whole)
    assert not refused({**whole, "error": {**error, "code": "no_such"}})
    assert not refused({**whole, "error": {"code": "invalid_input"}})


def test_the_error_body_knows_every_code(document: dict[str, Any]) -> None:
    code = document["components"]["schemas"]["Error"]["properties"]["code"]
    assert code["enum"] == [*STATUS_BY_CODE]


@pytest.mark.parametrize(
    ("inputs", "key", "status"),
    [
        ({"tel": "13800000001"}, "desk-key-7", "200"),
        ({"tel": "13800000001", "order no": "x"}, "desk-key-7", "400"),
        ({"tel": "13800000001"}, "wrong", "401"),
    ],
)
def test_answers_of_the_engine_match_the_document(
    configuration: Configuration,
    document: dict[str, Any],
    inputs: dict[str, str],
    key: str,
    status: str,
) -> None:
    plan = configuration.by_name("vip")
    assert plan is not None
    headers = {"x-api-key": key}
    request = DataRequest("POST", plan.path, "r-1", headers, {}, inputs, "form")

    async def answered() -> bytes:
        results = {"crm": {"nick": "Wang"}}
        sources = {name: StubSource(name, results) for name in configuration.sources}
        engine = Engine(configuration, sources)
        clock = asyncio.get_running_loop().time
        answer = await engine.answer(plan, request, Deadline.after(9.0, clock))
        await engine.close()
        assert str(answer.status) == status
        return answer.body

    body = json.loads(asyncio.run(answered()))
    content = operation(document, "vip")["responses"][status]["content"]
    validator(document, content[JSON]["schema"]).validate(body)


def test_endpoints_whose_names_become_one_keep_schemas_of_their_own(
    contract: Callable[[str], Contract],
) -> None:
    vip = contract("vip")
    twins = [
        vip,
        _renamed(vip, "vip@north", "/api/n"),
        _renamed(vip, "vip_north", "/api/s"),
        _renamed(vip, "Error", "/api/e"),
    ]
    document = openapi(twins, version="1")
    # as it is printed: the validator takes JSON's own types alone
    OpenAPIV31SpecValidator(json.loads(json.dumps(document))).validate()
    assert set(document["components"]["schemas"]) == {
        "Error",
        "vip",
        "vip_north",
        "vip_north_2",
        "Error_2",
    }


def _renamed(contract: Contract, name: str, path: str) -> Contract:
    return replace(contract, endpoint=name, url=contract.base_url + path)


def test_a_path_with_segments_can_be_another_path(tmp_path: Path) -> None:
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n")
    (tmp_path / "endpoints/path.yaml").write_text("""\
endpoint: path
path: /caller/{tel}
format: query
inputs: {tel: {type: string, required: true}}
outputs: {tel: {type: string, value: "{{ inputs.tel }}", default: ""}}
""")
    plans = load(tmp_path).plans.values()
    document = openapi([contract_of(plan, "") for plan in plans], version="1")
    # as it is printed: the validator takes JSON's own types alone
    OpenAPIV31SpecValidator(json.loads(json.dumps(document))).validate()
    unknown = operation(document, "path")["responses"]["404"]["content"][JSON]
    (example,) = unknown["examples"].values()
    validator(document, unknown["schema"]).validate(example["value"])
    assert example["value"]["error"]["code"] == "not_found"


def test_each_declared_parameter_is_described_to_the_letter(
    rich: Contract, code_file: Path
) -> None:
    document = openapi([rich], version="1")
    made = operation(document, "rich@desk")
    server = "of the server"
    assert made["parameters"] == [
        {
            "name": "X-Api",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "const": "v2"},
            "example": "v2",
        },
        {
            "name": "X-Code",
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "description": f"The agreed value: see the file {code_file} {server} and "
            f"the environment variable DESK_KEY {server}.",
        },
        {
            "name": "ref",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": "text",
        },
    ]
    assert (made["x-used-by"], made["x-deadline-ms"]) == (["Main IVR"], 2000)
    assert made["summary"] == "rich@desk"
    schemes = document["components"]["securitySchemes"]
    description = f"The agreed value: see the environment variable DESK_KEY {server}."
    assert schemes == {
        "rich_desk.X-Key": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Key",
            "description": description,
        }
    }


def test_each_input_stands_at_its_place_in_the_body(rich: Contract) -> None:
    body = operation(openapi([rich], version="1"), "rich@desk")["requestBody"]
    assert body["required"] is True
    ((kind, content),) = body["content"].items()
    assert kind == JSON
    number = {
        "type": "string",
        "description": "The IVR's system variable ivr_customer_number.",
    }
    caller = {
        "type": "object",
        "properties": {"number": number},
        "required": ["number"],
    }
    assert content["schema"] == {
        "type": "object",
        "properties": {
            "data": {
                "type": "object",
                "properties": {"caller": caller},
                "required": ["caller"],
            },
            "back": {"type": "string", "description": "ivr_called_number"},
            "other": {
                "type": "string",
                "description": "A telephone number; a withheld one is a value, too.",
            },
            "menu": {
                "type": "integer",
                "minimum": 1,
                "maximum": 9,
                "default": 3,
                "description": "The key pressed.",
            },
            "code": {"type": "string", "maxLength": 4, "pattern": "^[A-Z]+$"},
            "desk": {"type": "string", "enum": ["north", "south"]},
            "pin": {
                "type": "string",
                "description": "The agreed value: see `equals` in rich.yaml.",
            },
        },
        "required": ["data", "pin"],
    }
    assert content["example"] == {
        "data": {"caller": {"number": "13123456789"}},
        "back": "13123456789",
        "other": "13123456789",
        "menu": 3,
        "code": "A",
        "desk": "north",
    }


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("", None),
        (r"^[A-Z]{2}\d+$", r"^[A-Z]{2}\d+$"),
        (r"\A\d{4}\Z", r"^\d{4}$"),
        (r"^\d{3}\-\d{4}\ x\.$", r"^\d{3}-\d{4} x\.$"),
        (r"^[\w\-\@]+$", r"^[\w\-@]+$"),
        (r"a(?:b|c)(?=d)(?!e)", r"a(?:b|c)(?=d)(?!e)"),
        (r"(?i)^vip$", None),
        (r"(?P<a>x)", None),
        (r"\p{Han}+", None),
        (r"^\d++$", None),
        (r"^a{,2}$", None),
        (r"[[:digit:]]", None),
    ],
)
def test_a_pattern_is_javascripts_or_left_out(
    pattern: str, written: str | None
) -> None:
    """ajv 8 refuses a whole document for one such pattern."""
    assert ecma_pattern(pattern) == written


def test_a_pattern_of_python_alone_is_described(
    contract: Callable[[str], Contract],
) -> None:
    made = contract("vip")
    known = next(each for each in made.parameters if each.name == "order no")
    vip = replace(known, type="string", min=None, max=None, pattern="(?i)^vip$")
    document = openapi([replace(made, parameters=(vip,))], version="1")
    (content,) = operation(document, "vip")["requestBody"]["content"].values()
    assert content["schema"]["properties"]["order no"] == {
        "type": "string",
        "description": "It matches (?i)^vip$, in Python's syntax.",
    }


def test_fields_of_the_ivr_are_marked(document: dict[str, Any]) -> None:
    (form,) = operation(document, "vip")["requestBody"]["content"].values()
    assert form["schema"]["properties"]["partnerId"] == {
        "type": "string",
        "description": "The IVR adds this by itself.",
    }
    assert form["example"]["order no"] == 7


def test_signatures_are_numbered_and_need_no_value(
    contract: Callable[[str], Contract],
) -> None:
    names = ("webhook-id", "webhook-timestamp")
    signed = replace(contract("desk"), signature_headers=names)
    schemes = openapi([signed], version="1")["components"]["securitySchemes"]
    assert {key: scheme["name"] for key, scheme in schemes.items()} == {
        "desk.signature": "webhook-id",
        "desk.signature2": "webhook-timestamp",
    }
