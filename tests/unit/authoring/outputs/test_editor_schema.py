"""The editor's schema agrees with the loader, and every key has its help text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from marshmallow import fields

from ivrhooks.authoring.outputs.editor_schema import editor_schema, value_schema
from ivrhooks.config.reading.yaml_reader import plain, read_yaml

CONFIGS = Path(__file__).parents[4] / "configs"
VIP = """\
endpoint: vip
path: /api/vip
format: form
outputs: {isVip: {type: int, default: 0}}
"""


def problems(name: str, text: str) -> list[str]:
    value = plain(read_yaml(text.encode())[0])
    errors = Draft7Validator(editor_schema(name)).iter_errors(value)
    return [error.message for error in errors]


@pytest.mark.parametrize("name", ["root", "endpoint"])
def test_it_is_a_schema_of_draft_7(name: str) -> None:
    Draft7Validator.check_schema(editor_schema(name))


@pytest.mark.parametrize("name", ["root", "endpoint"])
def test_every_key_is_explained(name: str) -> None:
    schema = editor_schema(name)
    for section in (schema, *schema["definitions"].values()):
        for key, value in section["properties"].items():
            assert value["description"], key


def test_the_shipped_files_fit() -> None:
    assert problems("root", (CONFIGS / "ivrhooks.yaml").read_text("utf-8")) == []
    for file in (CONFIGS / "endpoints").glob("*.yaml"):
        assert problems("endpoint", file.read_text("utf-8")) == [], file.name


@pytest.mark.parametrize(
    "more",
    [
        "deadline: 1500ms",
        "description: {en: a, zh: b}",
        'deadline: "${DEADLINE}"',
        "strict_format: true",
        'strict_format: "${STRICT:-false}"',
        "used_by: Main IVR",
        "used_by: [Main IVR, Night IVR]",
        "security: {max_body: 64KB, rate_limit: 200/s, allow_ips: 10.0.0.0/8}",
        "mock:",
        "lookups: {a: {source: [x, y], params: [{a: 1}, null]}}",
    ],
)
def test_configurations_the_loader_accepts_match_the_schema(more: str) -> None:
    assert problems("endpoint", f"{VIP}{more}\n") == []


@pytest.mark.parametrize(
    "more",
    [
        "deadline: 5",
        "deadline: 5 minutes",
        "strict_format: yes",
        "endpont: x",
        "security: {max_body: 64}",
        "inputs: {a: {min: 1.5}}",
        "mode: fake",
        "tests: [{inputs: {}}]",
    ],
)
def test_configurations_the_loader_refuses_do_not_match(more: str) -> None:
    assert problems("endpoint", f"{VIP}{more}\n")


def test_a_kind_of_field_without_a_rule_is_an_error() -> None:
    odd: Any = fields.Float()
    with pytest.raises(TypeError, match="no JSON Schema for Float"):
        value_schema(odd)
