# ruff: noqa: E501 - a case stands on one line
"""What nothing in an endpoint uses, and fields that no result has, are warnings."""

from __future__ import annotations

from typing import Any

import pytest

CUSTOMER = "customer: {source: crm, params: {tel: '1'}}"
IDLE_LOOKUP = (
    "nothing names the lookup `{}`, but every call waits for it; use it in an output, "
    "or remove it"
)
IDLE_INPUT = "nothing names the input `{}`; use it in a template, or remove it"


@pytest.fixture
def warnings(folder: Any) -> Any:
    """Return the warnings of an endpoint with one output."""

    def read(
        value: str = "1", *, inputs: str = "", lookups: str = "", more: str = ""
    ) -> list[str]:
        folder.endpoint(
            f"endpoint: e\npath: /e\nformat: form\ninputs: {{{inputs}}}\n"
            f"lookups: {{{lookups}}}\noutputs: {{o: {{type: string, "
            f"value: {value!r}, default: ''}}}}\n{more}"
        )
        problems = folder.problems("warning")
        return [f"{problem.path}: {problem.message}" for problem in problems]

    return read


@pytest.mark.parametrize(
    ("value", "lookups", "idle"),
    [
        ("1", CUSTOMER, ["customer"]),
        ("{{ customer.nick }}", CUSTOMER, []),
        ("{{ lookups.customer.status }}", CUSTOMER, []),
        (
            "1",
            f"{CUSTOMER}, next: {{source: crm, params: {{tel: '{{{{ customer.tel }}}}'}}}}",
            ["next"],
        ),
        (
            "{{ next.nick }}",
            f"{CUSTOMER}, next: {{source: crm, when: '{{{{ customer }}}}', params: {{id: a}}}}",
            [],
        ),
    ],
)
def test_a_lookup_that_nothing_names(
    warnings: Any, value: str, lookups: str, idle: list[str]
) -> None:
    expected = [f"lookups.{name}: {IDLE_LOOKUP.format(name)}" for name in idle]
    assert warnings(value, lookups=lookups) == expected


@pytest.mark.parametrize(
    ("value", "declared", "more", "idle"),
    [
        ("1", "{}", "", True),
        ("1", "{required: true}", "", True),
        ("{{ inputs.x }}", "{}", "", False),
        ("{{ inputs | to_json }}", "{}", "", False),
        ("1", "{equals: a}", "", False),
        ("1", "{}", "mock: [{when: {x: a}, outputs: {}}, {outputs: {}}]\n", False),
        (
            "1",
            "{}",
            "actions: {n: {source: shop, request: {method: POST, path: /{{ inputs.x }}}}}",
            False,
        ),
        (
            "1",
            "{}",
            "actions: {n: {source: shop, key: '{{ inputs.x }}', "
            "request: {method: POST, path: /n}}}",
            False,
        ),
    ],
)
def test_an_input_that_nothing_names(
    warnings: Any, value: str, declared: str, more: str, idle: bool
) -> None:
    expected = [f"inputs.x: {IDLE_INPUT.format('x')}"] if idle else []
    assert warnings(value, inputs=f"x: {declared}", more=more) == expected


@pytest.mark.parametrize(
    ("value", "doubt"),
    [
        (
            "inputs.x",
            'this is the text `inputs.x`; for its value write "{{ inputs.x }}"',
        ),
        (
            "customer.nick",
            'this is the text `customer.nick`; for its value write "{{ customer.nick }}"',
        ),
        (
            "{ inputs.x }",
            "`{ inputs.x }` is no template; write {{ inputs.x }}, two braces at each end",
        ),
    ],
)
def test_a_template_without_braces_is_one_warning(
    warnings: Any, value: str, doubt: str
) -> None:
    """What it would name, once it is a template, is not called unused as well."""
    messages = warnings(value, inputs="x: {}", lookups=CUSTOMER)
    assert messages == [f"outputs.o.value: {doubt}"]


def test_a_doubt_about_one_text_hides_no_error_of_another(folder: Any) -> None:
    folder.endpoint(
        "endpoint: e\npath: /e\nformat: form\ninputs: {x: {}}\n"
        "outputs:\n  a: {type: string, value: inputs.x, default: ''}\n"
        "  b: {type: int, value: seven, default: 0}\n"
    )
    assert [problem.path for problem in folder.problems()] == ["outputs.b.value"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{{ customer.nick }}", ""),
        ("{{ customer.cf_own }}", ""),
        ("{{ customer.nik }}", "`query_customer` has no field `nik` that is known; did you mean `customer.nick`?"),
        ("{{ customer['nik'] or 1 }}", "did you mean `customer.nick`?"),
    ],
)  # fmt: skip
def test_a_field_that_is_close_to_a_known_one(
    warnings: Any, value: str, words: str
) -> None:
    messages = warnings(value, lookups=CUSTOMER)
    assert len(messages) == bool(words)
    assert words in "".join(messages)


def test_a_file_with_an_error_reports_no_unused_entry(folder: Any) -> None:
    folder.endpoint(
        "endpoint: e\npath: /e\nformat: form\ninputs: {x: {}}\n"
        "outputs: {o: {type: int, value: '{{ inputs.y }}', default: 0}}\n"
    )
    assert folder.problems()
    assert folder.problems("warning") == []


@pytest.mark.parametrize(
    ("more", "idle"),
    [
        ("", ["outputs.p"]),
        ("mock: [{outputs: {p: 1}}]", []),
        ("mode: mock", ["outputs.p"]),
    ],
)
def test_an_output_without_a_value(folder: Any, more: str, idle: list[str]) -> None:
    folder.endpoint(
        "endpoint: e\npath: /e\nformat: form\noutputs:\n"
        "  o: {type: int, value: 1, default: 0}\n"
        "  p: {type: int, default: 0}\n"
        f"  q: {{type: int, value: null, default: 0}}\n{more}\n"
    )
    assert [problem.path for problem in folder.problems("warning")] == idle
