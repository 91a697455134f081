# ruff: noqa: E501 - a case stands on one line
"""Outputs as they are written: what fits, and each slip with its cure."""

from __future__ import annotations

from typing import Any

import pytest

ENDPOINT = """\
endpoint: e
path: /e
format: form
inputs: {tel: {format: phone}, n: {type: int}}
lookups: {customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}}
outputs:
  used: {type: string, value: "{{ customer.id }}{{ inputs.n or '' }}", default: ""}
  %s
"""


@pytest.fixture
def messages(folder: Any) -> Any:
    """The errors and warnings of one more output."""

    def examine(output: str) -> list[str]:
        folder.endpoint(ENDPOINT % output)
        problems = (*folder.problems(), *folder.problems("warning"))
        return [
            f"{problem.severity} {problem.path}: {problem.message}"
            for problem in problems
        ]

    return examine


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("error: {type: string, default: ''}", "`error` is the name of the error in answers"),
        ("' ': {type: string, default: ''}", "an output needs a printable name; write one"),
        ('"a\\tb": {type: string, default: ""}', "an output needs a printable name"),
        ("o: {type: string, value: {a: 1}, default: ''}", "never a mapping; write a template"),
        ("o: {type: string, value: customer.id, default: ''}", "customer.id"),
        ("o: {type: int, value: 'x{{ customer.id }}', default: 0}", "never a whole number: `x` stands outside the braces"),
        ("o: {type: int, value: seven, default: 0}", "this is 'seven', never a whole number; write a template"),
        ("o: {type: int, value: 7.5, default: 0}", "this is '7.5', never a whole number"),
        ("o: {type: string, value: 'x{{ customer.id }}', map: {'1': a}, default: ''}", "this is never a key of `map`: `x` stands outside the braces"),
        ("o: {type: int, max_length: 3, default: 0}", "`max_length` is for string only; remove it"),
        ("o: {type: int, value: '{{ inputs.n }}'}", "sees when a lookup fails; write default: 0"),
        ("o: {type: string, value: '{{ inputs.n }}'}", 'write default: ""'),
        ("o: {type: int, default: {timeout: 1}}", "a default by reason needs `else`"),
        ("o: {type: int, default: {tmeout: 1, else: 0}}", "did you mean `timeout`"),
        ("o: {type: int, default: {timeout: x, else: 0}}", "outputs.o.default.timeout"),
        ("o: {type: int, default: x}", "outputs.o.default"),
        ("o: {type: string, value: a, max_length: 2, default: abc}", "warning outputs.o.default: the default is longer than max_length"),
        ("o: {type: string, value: a, max_length: 2, default: {timeout: abc, else: a}}", "the default is longer than max_length"),
        ("o: {type: string, value: a, optional: true}", "warning outputs.o.optional: an optional output may be left out"),
        ("o: {type: int, value: '{{ inputs.n }}', map: {'1': x}, default: 0}", "outputs.o.map.1"),
        ("o: {type: int, value: '{{ inputs.n }}', map: {}, default: 0}", "outputs.o.map"),
        ("o: {type: int, value: '{{ inputs.n }}', map: 7, default: 0}", "outputs.o.map"),
    ],
)  # fmt: skip
def test_a_typo_is_reported_once(messages: Any, output: str, message: str) -> None:
    (problem,) = messages(output)
    assert message in problem


@pytest.mark.parametrize(
    "output",
    [
        "o: {type: int, value: 7, default: 0}",
        "o: {type: int, value: ' 7 ', default: 0}",
        "o: {type: int, value: true, default: 0}",
        "o: {type: int, value: '1{{ inputs.n }}', default: 0}",
        "o: {type: int, value: '{% if inputs.n %}x{% endif %}', default: 0}",
        "o: {type: int, value: 'x{{ inputs.n }}', map: {x1: 1}, default: 0}",
        "o: {type: int, value: '{{ inputs.n }}', map: {true: 1, 2: 0}, default: 0}",
        "o: {type: int, value: 1, default: {timeout: 1, not_found: 2, else: 0}}",
        "o: {type: string, value: a, max_length: 3, default: abc}",
        "o: {type: string, value: 'a.b', default: ''}",
        "o: {type: string, value: null, default: ''}",
    ],
)
def test_valid_settings_cause_no_problem(messages: Any, output: str) -> None:
    assert messages(output) == []


def test_an_endpoint_answers_something(folder: Any) -> None:
    text = ENDPOINT[: ENDPOINT.index("outputs:")] + "outputs: {}\n"
    assert "write at least one output" in folder.endpoint(text).messages()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("{{ inputs.tel }}", "phone"),
        ("{{ inputs.n }}", "none"),
        ("{{ customer.tel }}", "phone"),
        ("{{ customer.nick }}", "name"),
        ("{{ lookups.customer.status }}", "none"),
        ("{{ now.hour }}", "none"),
        ("{{ customer.id }} {{ inputs.tel }}", "text"),
        ("fixed", "text"),
    ],
)
def test_an_output_has_the_kind_of_its_field(
    folder: Any, value: str, kind: str
) -> None:
    output = f'o: {{type: string, value: "{value}", default: ""}}'
    folder.endpoint(ENDPOINT % output)
    assert folder.plan("e").outputs[1].pii == kind


def test_defaults_by_reason_and_for_all_others(folder: Any) -> None:
    folder.endpoint(ENDPOINT % "o: {type: int, default: {timeout: 1, else: 9}}")
    rule = folder.plan("e").outputs[1]
    assert (rule.default, dict(rule.defaults)) == (9, {"timeout": 1})


@pytest.mark.parametrize(
    ("written", "mapped"),
    [
        ("{'1': 1, '2': 0}", {"1": 1, "2": 0}),
        ("{1: 1, 2: 0}", {"1": 1, "2": 0}),
        ("{true: 1, false: 0}", {"true": 1, "false": 0}),
        ("{True: 1}", {"True": 1, "true": 1}),
        ("{True: 1, 'true': 2}", {"True": 1, "true": 2}),
        ("{007: 1}", {"007": 1}),
        ("{0x10: 1}", {"16": 1, "0x10": 1}),
    ],
)
def test_keys_of_a_map_are_texts_as_they_are_written_and_as_they_are_meant(
    folder: Any, written: str, mapped: dict[str, int]
) -> None:
    """docs/rules.md#outputs"""
    output = (
        f"o: {{type: int, value: '{{{{ inputs.n }}}}', map: {written}, default: 0}}"
    )
    folder.endpoint(ENDPOINT % output)
    assert dict(folder.plan("e").outputs[1].map) == mapped


def test_text_beside_a_template_may_be_part_of_a_key_of_the_map(messages: Any) -> None:
    fits = "o: {type: int, value: 'a-{{ inputs.n }}', map: {a-1: 1}, default: 0}"
    assert messages(fits) == []
    never = fits.replace("a-{{", "b-{{")
    (problem,) = messages(never)
    assert problem == (
        "error outputs.o.value: this is never a key of `map`: `b-` stands outside the "
        "braces; write it within {{ … }}"
    )
    block = "o: {type: int, value: 'b{% if inputs.n %}x{% endif %}', map: {b: 1}, default: 0}"
    assert messages(block) == []


@pytest.mark.parametrize("reason", ["timeout", "error", "open", "busy", "not_found", "skipped", "withheld", "no_value", "not_mapped", "not_stored", "invalid_input", "overload"])  # fmt: skip
def test_each_reason_may_have_a_default(folder: Any, reason: str) -> None:
    """docs/rules.md#outputs"""
    folder.endpoint(ENDPOINT % f"o: {{type: int, default: {{{reason}: 1, else: 9}}}}")
    assert dict(folder.plan("e").outputs[1].defaults) == {reason: 1}


@pytest.mark.parametrize(
    ("default", "line"),
    [
        ("{timeout: 1}", "default: a default by reason needs `else`, for every other reason; write else: …"),
        ("{timeout: 1, default: 2}", "default.default: no reason `default`; for every other reason write else: …"),
        ("{tmeout: 1, else: 2}", "default.tmeout: no reason `tmeout` (did you mean `timeout`?)"),
        ("{timeout: 1, esle: 2}", "default.esle: no reason `esle` (did you mean `else`?)"),
        ("{timeout: x, else: 2}", "default.timeout: this is 'x', but the type is int; write a whole number, without quotes"),
    ],
)  # fmt: skip
def test_a_reason_that_is_none_is_one_error(
    messages: Any, default: str, line: str
) -> None:
    assert messages(f"o: {{type: int, default: {default}}}") == [
        f"error outputs.o.{line}"
    ]
