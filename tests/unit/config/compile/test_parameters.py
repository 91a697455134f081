# ruff: noqa: E501 - a case stands on one line
"""Declared headers and inputs: what fits, and each slip with its cure."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.compile.parameters import better_name, walker

ENDPOINT = """\
endpoint: e
path: /e%s
format: json
inputs: {used: {}, %s}
headers: {%s}
outputs: {o: {type: string, value: "{{ inputs.used }}{{ inputs | to_json }}{{ headers | to_json }}", default: ""}}
"""


@pytest.fixture
def messages(folder: Any) -> Any:
    """The errors and warnings of one more input or header."""

    def examine(inputs: str = "", headers: str = "", path: str = "") -> list[str]:
        folder.endpoint(ENDPOINT % (path, inputs, headers))
        problems = (*folder.problems(), *folder.problems("warning"))
        return [
            f"{problem.severity} {problem.path}: {problem.message}"
            for problem in problems
        ]

    return examine


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("' ': {}", "an input needs a name; write one"),
        ("a.b: {}", 'the input `a.b` is read under this very name; where it stands within a JSON body, write path: "a.b"'),
        ("'a[0]': {}", "is read under this very name"),
        ("a: {name: ' '}", "error inputs.a.name: this is empty; write a text"),
        ("a: {min: 1}", "`min` is for int only, and the type is string; remove it, or write type: int"),
        ("a: {max: 1}", "`max` is for int only"),
        ("a: {type: int, max_length: 1}", "`max_length` is for string only, and the type is int"),
        ("a: {type: int, pattern: x}", "`pattern` is for string only"),
        ("a: {type: int, format: phone}", "`format` is for string only"),
        ("a: {type: int, min: 2, max: 1}", "max 1 is less than min 2; exchange them"),
        ("a: {required: true, default: x}", "`required: true` and `default` exclude each other; remove one"),
        ("a: {secret: true}", 'a secret needs `equals: "${NAME}"`, what it must be'),
        ("a: {type: int, default: x}", "inputs.a.default"),
        ("a: {type: int, max: 3, default: 4}", "inputs.a.default"),
        ("a: {type: int, min: 3, default: 2}", "inputs.a.default"),
        ("a: {enum: []}", "write a list of the values that are allowed: [north, south]"),
        ("a: {enum: north}", "write a list of the values that are allowed"),
        ("a: {type: int, enum: [x]}", "inputs.a.enum[0]"),
        ("a: {enum: [x], default: y}", "inputs.a.default"),
        ("a: {equals: ''}", "nothing that is sent can be equal to this; write a text that is not empty"),
        ("a: {equals: true}", "nothing that is sent can be equal to this"),
        ("a: {equals: '${NONE:-}'}", "what was filled in is empty; set it to a text"),
        ("a: {secret: true, equals: plain-secret}", "warning inputs.a.equals"),
        ("a: {pattern: '('}", "this is no regular expression: "),
        ("a: {pattern: '${BAD:-(}'}", "what was filled in is no regular expression; mend it there"),
        ("a: {pattern: '(a+)+'}", "warning inputs.a.pattern: a repetition within a repetition"),
        ("a: {pattern: '(a*){2,}'}", "a repetition within a repetition"),
        ("a: {type: number, default: 5}", "error inputs.a.type: this is 'number'; write int"),
        ("a: {type: number, enum: [5], min: 1}", "error inputs.a.type: this is 'number'; write int"),
        ("a: {type: int, format: phone, default: '1'}", "`format` is for string only"),
    ],
)  # fmt: skip
def test_a_typo_of_an_input_is_reported_once(
    messages: Any, inputs: str, message: str
) -> None:
    (problem,) = messages(inputs)
    assert message in problem


@pytest.mark.parametrize(
    "inputs",
    [
        "a.b: {path: a.b}",
        "a.b: {name: a.b}",
        "a: {type: int, min: 1, max: 1, default: 1}",
        "a: {enum: [x, y], default: y}",
        "a: {type: int, enum: [1, 2]}",
        "a: {equals: 7}",
        "a: {equals: '${KEY}', secret: true}",
        "a: {pattern: '(a+)b'}",
        "a: {pattern: '(a+){2}'}",
    ],
)
def test_an_input_that_fits_is_silent(messages: Any, inputs: str) -> None:
    assert messages(inputs) == []


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ("X Shop: {}", "has a blank, which no web server takes (the request is refused or loses its headers); write `X-Shop`"),
        ("X_Shop: {}", "has a `_`, and web servers drop such headers without a word; write `X-Shop`"),
        ("X-Größe: {}", "is no header name: HTTP takes ASCII letters, digits and hyphens"),
        ("X-Shop: {}, x-shop: {}", "the header `x-shop` is declared twice, as `X-Shop` too"),
    ],
)  # fmt: skip
def test_a_header_needs_a_name_of_http(
    messages: Any, headers: str, message: str
) -> None:
    (problem,) = messages(headers=headers)
    assert message in problem


@pytest.mark.parametrize("key", ["path: x.y", "name: x"])
def test_an_input_in_the_path_is_read_from_there_alone(messages: Any, key: str) -> None:
    (problem,) = messages(f"id: {{{key}}}", path="/{id}")
    assert f"remove `{key.partition(':')[0]}`" in problem
    assert messages("id: {}", path="/{id}") == []


@pytest.mark.parametrize(
    ("name", "better"),
    [("X Shop!", "X-Shop"), ("a_b", "a-b"), ("标题", "X-Name"), ("-", "X-Name")],
)
def test_a_better_name_is_one_that_works(name: str, better: str) -> None:
    assert better_name(name) == better


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ({"a": {"b": 7}}, 7),
        ({"a": {"b": None}}, None),
        ({"a": [7]}, None),
        ({"a": "text"}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_value_deep_in_a_body_or_none(body: Any, value: Any) -> None:
    assert walker(("a", "b"))(body) == value


def test_interpolated_values_are_hidden(folder: Any) -> None:
    inputs = "a: {equals: '${KEY}'}, b: {enum: [x, '${KEY}']}, c: {pattern: '${KEY}'}, d: {enum: [x]}"
    folder.endpoint(ENDPOINT % ("", inputs, ""))
    hidden = {parameter.name: parameter.hidden for parameter in folder.plan("e").inputs}
    assert hidden == {
        "used": frozenset(),
        "a": {"equals"},
        "b": {"enum"},
        "c": {"pattern"},
        "d": frozenset(),
    }
    written = {
        parameter.name: parameter.equals_written
        for parameter in folder.plan("e").inputs
    }
    assert (written["a"], written["d"]) == ("${KEY}", "")


def test_a_path_into_a_body_is_walked_or_asked_of_jmespath(folder: Any) -> None:
    """docs/rules.md#inputs"""
    folder.endpoint(
        ENDPOINT % ("", "plain: {path: a.b}, query: {path: 'c[0].d || e'}", "")
    )
    _, plain, query = folder.plan("e").inputs
    body = {"a": {"b": 1}, "c": [{"d": 2}], "e": 3}
    assert [find(body) for find in plain.paths] == [1]
    assert [find(body) for find in query.paths] == [2]
    assert [find({"e": 3}) for find in query.paths] == [3]
    assert (plain.body_path, query.body_path) == (("a", "b"), ())


def test_a_body_that_a_query_does_not_fit_has_no_value(folder: Any) -> None:
    folder.endpoint(ENDPOINT % ("", "q: {path: 'length(a)'}", ""))
    (find,) = folder.plan("e").inputs[1].paths
    assert (find({"a": [1]}), find({"a": 5}), find({})) == (1, None, None)


def test_a_path_that_does_not_parse_is_reported_why(messages: Any) -> None:
    (problem,) = messages("a: {path: 'a['}")
    assert problem.startswith("error inputs.a.path: 'a[' is no JMESPath (")
    assert problem.endswith("); see jmespath.org")


@pytest.mark.parametrize(
    ("enum", "message"),
    [
        ("[1, 2]", "error inputs.a.enum: these are numbers, but the type is string; write them in quotes, or type: int"),
        ("[1, b]", 'error inputs.a.enum[0]: this is a number, but the type is string; write it in quotes: "1"'),
        ("[12e3]", 'error inputs.a.enum[0]: this is a number, but the type is string; write it in quotes: "12e3"'),
        ("[true]", "error inputs.a.enum[0]: this is true, but the type is string; write text, in quotes"),
        ("[]", "error inputs.a.enum: write a list of the values that are allowed: [north, south]"),
    ],
)  # fmt: skip
def test_values_of_another_type_are_reported_as_they_are_written(
    messages: Any, enum: str, message: str
) -> None:
    assert messages(f"a: {{enum: {enum}}}") == [message]


@pytest.mark.parametrize(
    ("declared", "line"),
    [
        ("{default: x, required: true}", "`required: true` and `default` exclude each other; remove one"),
        ("{enum: [x], default: y}", "the default is not one of `enum`; write one of: x"),
        ("{type: int, min: 3, default: 2}", "the default is not within min and max; write one that is"),
        ("{type: int, max: 3, default: 4}", "the default is not within min and max; write one that is"),
        ("{max_length: 1, default: xx}", "the default is longer than max_length; shorten it"),
        ("{pattern: '^y$', default: x}", "the default does not match the pattern; write one that does"),
    ],
)  # fmt: skip
def test_a_default_that_would_be_refused(
    messages: Any, declared: str, line: str
) -> None:
    assert messages(f"a: {declared}") == [f"error inputs.a.default: {line}"]


@pytest.mark.parametrize(
    "declared",
    [
        "{enum: [x], default: x}",
        "{type: int, min: 3, default: 3}",
        "{type: int, max: 3, default: 3}",
        "{type: int, min: 0, default: 5}",
        "{type: int, max: 0, default: -5}",
        "{max_length: 2, default: xx}",
        "{pattern: y, default: xyz}",
    ],
)
def test_a_default_at_its_limit_is_one(messages: Any, declared: str) -> None:
    assert messages(f"a: {declared}") == []
