"""The files of new endpoints: outputs of an answer's fields, and a test that passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.starter.endpoint_file import (
    NewEndpoint,
    endpoint_from_sample,
    leaves,
    outputs_of,
    plain_endpoint,
    read_path,
)
from ivrhooks.authoring.tests.runner import run_tests
from ivrhooks.config.loader import load

ROOT = """\
version: 1
sources: {crm: {kind: http, base_url: "https://crm.example.com"}}
"""
PLAIN = """\
# yaml-language-server: $schema=../.schema/endpoint.json
# Add lookups, and templates over them in the outputs: docs/rules.md
endpoint: desk
path: /api/desk
format: form

inputs:
  tel: {type: string, format: phone, required: "true"}

outputs:
  queue: {type: string, value: general, default: general}

tests:
  - {name: Everybody goes to the general queue, inputs: {tel: "13800000001"}, expect: {queue: general}}
""".replace('"true"', "true")  # noqa: E501 - as the file has it


def test_a_first_endpoint_is_written_line_by_line() -> None:
    assert plain_endpoint("desk").text() == PLAIN


def test_empty_sections_have_no_lines() -> None:
    text = NewEndpoint("a", "/a", "query").text()
    assert text.splitlines()[1:] == ["endpoint: a", "path: /a", "format: query"]


@pytest.mark.parametrize(
    ("sample", "outputs"),
    [
        ({"level": 3}, {"level": ("int", ".level", 0)}),
        ({"level": 2**53 - 1}, {"level": ("int", ".level", 0)}),
        ({"level": 2**53}, {"level": ("string", ".level", "")}),
        ({"rate": 1.5, "name": None}, {
            "rate": ("string", ".rate", ""), "name": ("string", ".name", ""),
        }),
        ({"vip": True}, {"vip": ("int", ".vip", 0)}),
        ({"a": {"b": "x"}}, {"a_b": ("string", ".a.b", "")}),
        ({"a": [{"b": 1}, {"c": 2}]}, {"a_b": ("int", ".a[0].b", 0)}),
        ([{"b": 1}], {"b": ("int", "[0].b", 0)}),
        ({"tags": ["x"], "none": [], "n": 1}, {"n": ("int", ".n", 0)}),
        ({"order no": 1, "it's": 2, "a\\b": 3}, {
            "order no": ("int", "['order no']", 0),
            "it's": ("int", "['it\\'s']", 0),
            "a\\b": ("int", "['a\\\\b']", 0),
        }),
        ({"error": 1, "__v": 2, " ": 3, "n": 4}, {"n": ("int", ".n", 0)}),
        ("text", {}),
    ],
)  # fmt: skip
def test_each_plain_field_is_an_output(sample: Any, outputs: dict[str, Any]) -> None:
    assert {
        name: (entry["type"], entry["value"], entry["default"])
        for name, entry in outputs_of("order", sample).items()
    } == {
        name: (kind, f"{{{{ order{path} }}}}", default)
        for name, (kind, path, default) in outputs.items()
    }


SAMPLE = {
    "name": "Wang Wei",
    "level": 3,
    "orders": [{"no": 7, "tags": ["a"]}, {"no": 8}],
    "phones": ["13912345678"],
    "address": {"city": "Hanoi"},
}


def test_a_sample_becomes_an_endpoint_whose_test_passes(tmp_path: Path) -> None:
    made = endpoint_from_sample("desk", "crm", SAMPLE)
    assert made.lookups == {
        "customer": {
            "source": "crm",
            "request": {"path": "/", "query": {"tel": "{{ inputs.tel }}"}},
        }
    }
    assert made.inputs == {
        "tel": {"type": "string", "format": "phone", "required": True}
    }
    assert (made.path, made.format) == ("/api/desk", "form")
    (test,) = made.tests
    assert test == {
        "name": "Each field has its output",
        "inputs": {"tel": "13800000001"},
        "sources": {
            "customer": {
                "name": "a text",
                "level": 1,
                "orders": [{"no": 1, "tags": []}],
                "phones": [],
                "address": {"city": "a text"},
            }
        },
        "expect": {
            "name": "a text",
            "level": 1,
            "orders_no": 1,
            "address_city": "a text",
        },
    }
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(ROOT)
    (tmp_path / "endpoints/desk.yaml").write_text(made.text())
    (result,) = run_tests(load(tmp_path))
    assert (len(result.cases), result.failed) == (1, 0)


def test_a_path_is_read_step_by_step() -> None:
    assert read_path("a", ()) == "a"
    assert read_path("a", ("b", "[0]", "c d", "_e")) == "a.b[0]['c d']._e"


def test_leaves_are_the_plain_values_of_mappings() -> None:
    nested = {"a": 1, "b": {"c": None, "d": {"e": "x"}}, "f": [1], "g": {}}
    assert list(leaves(nested)) == [
        (("a",), 1),
        (("b", "c"), None),
        (("b", "d", "e"), "x"),
    ]
