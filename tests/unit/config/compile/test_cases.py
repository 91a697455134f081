# ruff: noqa: E501 - a case stands on one line
"""``mock:`` and ``tests:`` of an endpoint: values of the declared types, and names that
are declared."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.plan import MockRule

ENDPOINT = """\
endpoint: vip
path: /api/vip
format: form
inputs: {tel: {format: phone}, n: {type: int}}
headers: {X-Shop: {}}
lookups: {customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}}
outputs:
  isVip: {type: int, value: "{{ inputs.n or 0 }}", default: 0}
  name: {type: string, value: "{{ customer.nick }}", default: ""}
actions: {note: {source: shop, request: {method: POST, path: /n}}}
"""
ALWAYS = "{outputs: {}}"


@pytest.fixture
def messages(folder: Any) -> Any:
    """Return the errors and warnings of an endpoint with one more line."""

    def read(line: str) -> list[str]:
        folder.endpoint(f"{ENDPOINT}{line}\n")
        problems = (*folder.problems(), *folder.problems("warning"))
        return [f"{problem.path}: {problem.message}" for problem in problems]

    return read


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (f"{{when: {{tel: 138}}, outputs: {{}}}}, {ALWAYS}", 'mock[0].when.tel: this is a number, but the type is string; write it in quotes: "138"'),
        (f"{{when: {{n: '7'}}, outputs: {{}}}}, {ALWAYS}", "mock[0].when.n: this is '7', but the type is int; write a whole number, without quotes"),
        (f"{{when: {{tel: null}}, outputs: {{}}}}, {ALWAYS}", "mock[0].when.tel: no input is null; write its value, or leave it out"),
        (f"{{when: {{tle: '1'}}, outputs: {{}}}}, {ALWAYS}", "mock[0].when.tle: no input `tle` is declared (did you mean `tel`?)"),
        (f"{{when: {{partnerId: '1'}}, outputs: {{}}}}, {ALWAYS}", "mock[0].when.partnerId: no input `partnerId` is declared; declared: `tel`, `n`"),
        (f"{{when: {{X-Shop: a}}, outputs: {{}}}}, {ALWAYS}", "mock[0].when.X-Shop: no input `X-Shop` is declared; declared: `tel`, `n`"),
        ("{outputs: {isVip: '1'}}", "mock[0].outputs.isVip: this is '1', but the type is int; write a whole number, without quotes"),
        ("{outputs: {isVp: 1}}", "mock[0].outputs.isVp: no output `isVp` is declared (did you mean `isVip`?)"),
        ("{outputs: {status: 200}}", "mock[0].outputs.status: no output `status` is declared; declared: `isVip`, `name`"),
        (f"{ALWAYS}, {{when: {{n: 1}}, outputs: {{}}}}", "mock[0]: this entry matches always, so those after it never answer; write it last"),
        (f"{ALWAYS}, {ALWAYS}", "mock[0]: this entry matches always, so those after it never answer; write it last"),
        ("{when: {n: 1}, outputs: {}}", "mock[0]: the last entry has a `when`; where none matches, every output is at its default; write a last entry without `when`"),
        ("{when: {n: 1}, outputs: {}}, {when: {n: 2}, outputs: {}}", "mock[1]: the last entry has a `when`; where none matches, every output is at its default; write a last entry without `when`"),
    ],
)  # fmt: skip
def test_a_mock_answer_that_cannot_be_meant(
    messages: Any, entries: str, expected: str
) -> None:
    assert messages(f"mock: [{entries}]") == [expected]


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        ("{outputs: {isVip: 1, name: a}}", MockRule({}, {"isVip": 1, "name": "a"})),
        ("{outputs: {isVip: null}}", MockRule({}, {"isVip": None})),
        ("{when: {}, outputs: {}}", MockRule({}, {})),
        (
            "{when: {tel: '138', n: 7}, outputs: {}}",
            MockRule({"tel": "138", "n": 7}, {}),
        ),
    ],
)
def test_a_mock_answer_has_values_of_the_declared_types(
    folder: Any, entry: str, rule: MockRule
) -> None:
    folder.endpoint(f"{ENDPOINT}mock: [{entry}, {ALWAYS}]\n")
    assert folder.plan().mock == (rule, MockRule({}, {}))


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("inputs: {tle: 1}", "inputs.tle: no input `tle` is declared (did you mean `tel`?)"),
        ("inputs: {zzz: 1}", "inputs.zzz: no input `zzz` is declared; declared: `tel`, `n`"),
        ("sources: {cstomer: {}}", "sources.cstomer: no lookup `cstomer` (did you mean `customer`?)"),
        ("sources: {zzz: {}}", "sources.zzz: no lookup `zzz`; lookups: `customer`"),
        ("sources: {customer: {fail: boom}}", "sources.customer.fail: 'boom' is no failure; write `timeout`, `error`, `open`, `busy`, `not_found`"),
        ("sources: {customer: {fail: skipped}}", "sources.customer.fail: 'skipped' is no failure; write `timeout`, `error`, `open`, `busy`, `not_found`"),
        ("expect: {isVip: '1'}", "expect.isVip: this is '1', but the type is int; write a whole number, without quotes"),
        ("expect: {name: 1}", 'expect.name: this is a number, but the type is string; write it in quotes: "1"'),
        ("expect: {isVp: 1}", "expect.isVp: no output `isVp` is declared (did you mean `isVip`?)"),
        ("expect: {status: 200}", "expect.status: `status` stands beside `expect`, not in it"),
        ("expect: {error: invalid_input}", "expect.error: `error` stands beside `expect`, not in it"),
        ("expect: {degraded: ''}", "expect.degraded: `degraded` stands beside `expect`, not in it"),
        ("expect_actions: [{name: nte}]", "expect_actions[0].name: no action `nte` (did you mean `note`?)"),
        ("expect_actions: [{name: note}, {name: zzz}]", "expect_actions[1].name: no action `zzz`; actions: `note`"),
        ("error: invalid_inpt", "error: 'invalid_inpt' is no error code (did you mean `invalid_input`?); write invalid_input, unauthorized, …"),
        ("error: zzz", "error: 'zzz' is no error code; write invalid_input, unauthorized, …"),
        ("now: tomorrow", "now: this is no moment; write it as 2026-10-01T09:30:00+08:00"),
        ("now: 2026-02-30", "now: this is no moment; write it as 2026-10-01T09:30:00+08:00"),
    ],
)  # fmt: skip
def test_a_test_that_can_never_pass(messages: Any, case: str, expected: str) -> None:
    assert messages(f"tests: [{{name: t, {case}}}]") == [f"tests[0].{expected}"]


@pytest.mark.parametrize(
    "case",
    [
        "inputs: {tel: [1], n: many}",  # bad input can be tested
        "inputs: {partnerId: '1', m: 2, token: x, source: s, robotNo: 1, docId: d}",
        "headers: {x-shop: a}",  # a header has any case of letters
        "headers: {X-Shop: null}",
        "sources: {customer: {fail: not_found}}",
        "sources: {customer: {fail: boom, isVip: '1'}}",  # a record, no failure
        "sources: {customer: [1]}",
        "sources: {customer: null}",
        "expect: {isVip: null, name: ''}",
        "expect_actions: []",
        "expect_actions: [{name: note, params: {any: [1]}}]",
        "status: 401, error: unauthorized",
        "now: 2026-10-01",
        "now: 2026-10-01T09:30:00+08:00",
    ],
)
def test_a_test_that_is_accepted(messages: Any, case: str) -> None:
    assert messages(f"tests: [{{name: t, {case}}}]") == []


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("{X-Shp: a}", "X-Shp: no header `X-Shp` is declared (did you mean `X-Shop`?)"),
        ("{zzz: a}", "zzz: no header `zzz` is declared; declared: `X-Shop`"),
    ],
)
def test_a_test_names_a_header_that_nothing_reads(
    folder: Any, messages: Any, headers: str, expected: str
) -> None:
    assert messages(f"tests: [{{name: t, headers: {headers}}}]") == [
        f"tests[0].headers.{expected}"
    ]
    assert [problem.column for problem in folder.problems("warning")] == [29]


def test_a_test_may_name_the_headers_of_the_signature(messages: Any) -> None:
    signed = "security: {hmac: {secret: '${KEY}'}}"
    headers = "{Webhook-Id: a, webhook-timestamp: '1', webhook-signature: v1}"
    assert messages(f"{signed}\ntests: [{{name: t, headers: {headers}}}]") == []


def test_inputs_of_a_test_are_kept_as_they_stand(folder: Any) -> None:
    case = "{name: t, inputs: {tel: 138, n: many, robotNo: 1}, expect: {name: null}}"
    (test,) = folder.endpoint(f"{ENDPOINT}tests: [{case}]\n").plan().tests
    assert test.inputs == {"tel": 138, "n": "many", "robotNo": 1}
    assert test.expect == {"name": None}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", None),
        ("expect_actions: []", ()),
        ("expect_actions: [{name: note}]", ("note",)),
    ],
)
def test_no_expected_actions_are_other_than_none_expected(
    folder: Any, written: str, expected: tuple[str, ...] | None
) -> None:
    folder.endpoint(f"{ENDPOINT}tests: [{{name: t, {written}}}]\n")
    actions = folder.plan().tests[0].expect_actions
    assert (actions and tuple(action.name for action in actions)) == expected


def test_an_output_may_have_the_name_of_a_key_of_a_test(folder: Any) -> None:
    outputs = "outputs:\n  status: {type: int, value: '{{ inputs.n }}', default: 0}"
    text = ENDPOINT.replace("outputs:", outputs)
    folder.endpoint(f"{text}tests: [{{name: t, expect: {{status: 7}}}}]\n")
    assert folder.plan().tests[0].expect == {"status": 7}
