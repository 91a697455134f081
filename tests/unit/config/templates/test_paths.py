# ruff: noqa: E501 - a case stands on one line
"""Paths in a template's syntax tree."""

from __future__ import annotations

import pytest
from jinja2 import Environment, nodes

from ivrhooks.config.templates.paths import field_steps, plain_path, step, walk


def node_of(text: str) -> nodes.Expr:
    output = Environment(autoescape=True).parse(f"{{{{ {text} }}}}").body[0]
    assert isinstance(output, nodes.Output)
    return output.nodes[0]


@pytest.mark.parametrize(
    ("text", "path", "field"),
    [
        ("a", ("a",), ("a",)),
        ("a.b['c d'][0]", ("a", "b", "c d", 0), ("a", "b", "c d", 0)),
        ("a[b]", None, ()),
        ("a.b | upper", None, ("a", "b")),
        ("a.b | length", None, ()),
        ("a.b | field('k')", None, ("a", "b", "k")),
        ("a.b or 'none'", None, ("a", "b")),
        ("a.b or c", None, ()),
        ("1", None, ()),
    ],
)
def test_an_expression_that_is_a_path(text: str, path: object, field: object) -> None:
    node = node_of(text)
    assert plain_path(node) == path
    assert field_steps(node) == field


def test_a_step_is_a_constant() -> None:
    inner = node_of("a[b]")
    assert isinstance(inner, nodes.Getitem)
    assert step(inner) is None


def test_the_outermost_node_comes_first() -> None:
    kinds = [type(node).__name__ for node in walk(node_of("a.b | upper"))]
    assert kinds == ["Filter", "Getattr", "Name"]


@pytest.mark.parametrize("name", ["phone", "default", "d", "trim", "string", "truncate", "upper", "lower", "title", "capitalize", "first", "last"])  # fmt: skip
def test_filters_that_keep_personal_data_are_followed(name: str) -> None:
    """docs/privacy.md: an output has the kind of the field that its template
    is."""
    assert field_steps(node_of(f"inputs.tel | {name}('x')")) == ("inputs", "tel")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("a[true]", ()),
        ("a[1.5]", ()),
        ("a[-1]", ()),
        ("(a | length).b", ()),
        ("a | field('k', 'l')", ()),
        ("a | field(k)", ()),
        ("a | field(5)", ("a", "5")),
        ("(a ~ b) | field('k')", ()),
        ("(a | upper | field('k')).x", ("a", "k", "x")),
        ("'x' or a.b", ()),
    ],
)
def test_templates_that_are_no_field_of_a_record(
    text: str, field: tuple[str, ...]
) -> None:
    assert field_steps(node_of(text)) == field
