# ruff: noqa: E501 - a case stands on one line
"""Parameters, requests and picks that do not fit their operation: told at their place."""

from __future__ import annotations

from typing import Any

import pytest

ROOT = """\
version: 1
region: CN
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "1", app_key: "${KEY}"}}
  omi: {kind: omicrm, base_url: sandbox, auth: {api_key: "${KEY}"}}
  desk: {kind: bangwo8, base_url: sandbox, auth: {account: a@example.com, password: "${KEY}"}}
  calls: {kind: meiqia, base_url: sandbox, auth: {access_token: "${KEY}"}}
  shop: {kind: http, base_url: "https://shop.example.com/api"}
"""
ENDPOINT = """\
endpoint: e
path: /e
format: form
inputs: {tel: {format: phone}}
lookups:
  x:
    %s
outputs: {o: {type: string, value: "{{ %s }}", default: ""}}
actions:
  a:
    %s
"""
LOOKUP = 'source: crm\n    params: {tel: "{{ inputs.tel }}"}'
ACTION = 'source: omi\n    operation: add_note\n    params: [{note_by: a@example.com, content: c, phone: "{{ inputs.tel }}"}]'  # fmt: skip


@pytest.fixture
def messages(folder: Any) -> Any:
    """The errors and warnings of a lookup, or of an action; ``path: message``."""

    def examine(lookup: str = LOOKUP, action: str = ACTION, value: str = "x.id") -> str:
        folder.root(ROOT).endpoint(ENDPOINT % (lookup, value, action))
        return "\n".join(
            f"{problem.severity} {problem.path}: {problem.message}"
            for problem in (*folder.problems(), *folder.problems("warning"))
            if not problem.path.startswith("inputs")
        )

    return examine


def test_valid_settings_cause_no_problem(messages: Any) -> None:
    assert messages() == ""


@pytest.mark.parametrize(
    ("lookup", "message"),
    [
        ("source: crm", "`query_customer` needs at least one of"),
        ("source: crm\n    params: {tel: ''}", "`query_customer` needs at least one of"),
        ("source: crm\n    params: {tell: '1'}", "has no parameter `tell` (did you mean `tel`?); parameters: `id`, `tel`, "),
        ("source: crm\n    params: [{tel: '1'}]", "lookups.x.params"),
        ("source: omi", "`get_contact` needs at least one of `phone`, `email`, `ref_id`, `ref_code`; write one"),
        ("source: omi\n    params: {phone: ''}", "`get_contact` needs at least one of `phone`, "),
        ("source: desk\n    operation: get_company", "needs the parameter `id`; write it under params"),
        ("source: desk\n    operation: list_companies\n    params: {pge: 1}", "parameter `pge` (did you mean `page`?)"),
        ("source: shop", "a source of kind http needs a request; write request: {method: GET, path: /…}"),
        ("source: shop\n    request: /x", "lookups.x.request: write a mapping: {method: GET, path: /…}"),
        ("source: shop\n    request: {}", 'is missing its path; write path: "/…"'),
        ("source: shop\n    request: {path: x}", 'a path begins with /; write "/x"'),
        ("source: shop\n    request: {path: 7}", 'a path begins with /; write "/orders/{{ inputs.order_no }}"'),
        ("source: shop\n    request: {path: 'https://shop.example.com/api/x'}", 'write "/api/x"'),
        ("source: shop\n    request: {path: /x?a=b}", "a path has no query; write the parameters under `query`"),
        ("source: shop\n    request: {path: /a/../b}", "a path does not climb"),
        ("source: shop\n    request: {path: /a/./b}", "a path does not climb"),
        ("source: shop\n    request: {path: /x, method: SEND}", "'SEND' is no method here; write `GET`, "),
        ("source: shop\n    request: {path: /x, method: 5}", "is no method here"),
        ("source: shop\n    request: {path: /x, query: a}", "request.query: write a mapping: {name: value}"),
        ("source: shop\n    request: {path: /x, headers: a}", "request.headers: write a mapping"),
        ("source: shop\n    request: {path: /x, form: a}", "request.form: write a mapping"),
        ("source: shop\n    request: {path: /x, headers: {'a b': c}}", "'a b' is no header name"),
        ("source: shop\n    request: {path: /x, idempotent: 1}", "request.idempotent: write true or false"),
        ("source: shop\n    request: {path: /x, json: {}, form: {}}", "a request has one body; remove `json` or `form`"),
        ("source: shop\n    request: {path: /x, body: {}}", "write a text; for JSON write `json`"),
        ("source: shop\n    request: {path: /x, content_type: a/b}", "it is the label of `body`; write one, or remove it"),
        ("source: shop\n    request: {path: /x, jsn: {}}", "did you mean `json`?"),
        ("source: crm\n    params: {tel: '1'}\n    pick: newst", "newst"),
        ("source: shop\n    request: {path: /x}\n    pick: newest", "kind http knows no newest; write `first`, `none`"),
        ("source: omi\n    operation: contact_details\n    params: {id: a}\n    pick: first", "answers one thing only; remove `pick`"),
        ("source: crm\n    params: {tel: '1'}\n    all_rows: true", "`query_customer` has one result; remove `all_rows`"),
        ("source: crm\n    params: {tel: '1'}\n    all_pages: true", "`query_customer` has no pages; remove `all_pages`"),
    ],
)  # fmt: skip
def test_a_lookup_that_does_not_fit(messages: Any, lookup: str, message: str) -> None:
    problems = messages(lookup)
    assert message in problems
    assert problems.count("error") == 1


@pytest.mark.parametrize(
    ("lookup", "path"),
    [
        ("source: shop\n    request: {path: '/x/{{ inputs.tel }}', method: get}", "x.id"),
        ("source: shop\n    request: {path: '/{{ \"?\" }}/{% if \"?\" %}a{% endif %}'}", "x.id"),
        ("source: shop\n    request: {path: /x, method: '{{ inputs.tel }}'}", "x.id"),
        ("source: shop\n    request: {path: /x, body: a, content_type: a/b}", "x.id"),
        ("source: desk\n    operation: search_companies\n    params: {query: a}\n    pick: newest", "x.id"),
        ("source: calls\n    operation: list_records\n    all_pages: true", "x.data[0].id"),
    ],
)  # fmt: skip
def test_a_lookup_that_fits(messages: Any, lookup: str, path: str) -> None:
    assert "error" not in messages(lookup, value=path)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("source: omi\n    operation: add_note\n    params: 5", "`add_note` takes a list of objects: [{…}, {…}]"),
        ("source: omi\n    operation: add_note\n    params: [5]", "`add_note` takes a list of objects"),
        ("source: omi\n    operation: add_note\n    params: []", "needs at least one object; write [{…}]"),
        ("source: omi\n    operation: add_note", "needs at least one object; write [{…}]"),
        ("source: omi\n    operation: add_note\n    params: {content: c}", "actions.a.params: `add_note` needs"),
        ("source: omi\n    operation: add_note\n    params: [{content: c}]", "actions.a.params[0]: `add_note` needs"),
        ("source: desk\n    operation: create_company\n    params: 5", "takes a mapping of parameters: {name: value}"),
    ],
)  # fmt: skip
def test_an_action_that_does_not_fit(messages: Any, action: str, message: str) -> None:
    assert message in messages(action=action)


@pytest.mark.parametrize(
    ("lookup", "value", "message"),
    [
        (LOOKUP, "x.isVp", "did you mean `x.isVip`? (a custom field of that name can be read)"),
        (LOOKUP, "x.isVip.deeper", ""),
        (LOOKUP, "x.cf_99", ""),
        ("source: desk\n    operation: search_companies\n    params: {query: a}\n    pick: none", "x.results[0].companyNme", "did you mean `x.results.companyName`?"),
        ("source: desk\n    operation: search_companies\n    params: {query: a}\n    pick: first", "x.companyNme", "did you mean `x.companyName`?"),
        ("source: [crm, crm]\n    params: {tel: '1'}", "x.isVp", "did you mean `x.isVip`?"),
    ],
)  # fmt: skip
def test_a_field_that_is_close_to_a_known_one(
    messages: Any, lookup: str, value: str, message: str
) -> None:
    problems = messages(lookup, value=value)
    assert "error" not in problems
    assert message in problems if message else "field" not in problems


@pytest.mark.parametrize(
    ("lookup", "line"),
    [
        ("source: omi\n    operation: add_note\n    params: {}", "error lookups.x.operation: `add_note` writes, and a lookup only reads; write it under `actions`"),
        ("source: omi\n    operation: add_not", "error lookups.x.operation: kind omicrm has no operation `add_not` (did you mean `add_note`?)"),
        ("source: shop\n    request: {path: /x, retries: 2, colour: red}", "error lookups.x.request.retries: unknown key `retries`"),
    ],
)  # fmt: skip
def test_an_impossible_lookup_is_reported_with_its_cure(
    messages: Any, lookup: str, line: str
) -> None:
    assert line in messages(lookup)


def test_the_operation_of_an_action_must_write(messages: Any) -> None:
    action = "source: omi\n    operation: get_contact\n    params: {phone: '1'}"
    line = (
        "error actions.a.operation: `get_contact` only reads, and an action writes; "
        "write it under `lookups`, or one of `add_contact`"
    )
    assert messages(action=action).startswith(line)


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ("{path: /x, method: FETCH}", "12:33 lookups.x.request.method: 'FETCH' is no method here; write `GET`"),
        ("{path: /x, method: 5}", "12:33 lookups.x.request.method: '5' is no method here; write `GET`"),
        ("{colour: red, path: /x}", "12:15 lookups.x.request.colour: unknown key `colour`"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_request_is_reported_at_its_place(
    folder: Any, request_: str, line: str
) -> None:
    source = f"source: shop\n    request: {request_}"
    folder.root(ROOT).endpoint(ENDPOINT % (source, "x.id", ACTION))
    messages = folder.messages()
    place, _, rest = line.partition(" ")
    column = place.partition(":")[2]
    assert rest in messages
    assert messages.split(" ")[0].partition(":")[2] == column
