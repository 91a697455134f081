# ruff: noqa: E501 - a case stands on one line
"""What is written under ``params:`` is checked against the operation's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ROOT = """\
version: 1
region: VN
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "1", app_key: "${KEY}"}}
  contacts: {kind: omicrm, base_url: sandbox, auth: {api_key: "${KEY}"}}
  firms: {kind: bangwo8, base_url: sandbox, auth: {account: a, password: "${KEY}"}}
  calls: {kind: meiqia, base_url: sandbox, auth: {access_token: "${KEY}"}}
  shop: {kind: http, base_url: https://shop.example.com}
"""
HEAD = """\
endpoint: vip
path: /api/vip
format: form
inputs: {tel: {format: phone}}
"""
TEL = "  t: {type: string, value: '{{ inputs.tel }}', default: ''}\n"
Said = Callable[..., str]


@pytest.fixture
def messages(folder: Any) -> Said:
    """What ``check`` says of a lookup or an action, and of an output that reads it."""

    def problems(
        entry: str, value: str = "", severity: str = "error", part: str = "lookups"
    ) -> str:
        used = value or "{{ a }}"
        output = f"{{type: string, value: '{used}', default: ''}}"
        text = f"{HEAD}{part}:\n  a: {entry}\noutputs:\n  o: {output}\n{TEL}"
        if part == "actions":
            text = text.replace(used, "x")
        return folder.root(ROOT).endpoint(text).messages(severity)  # type: ignore[no-any-return]

    return problems


UNKNOWN = [
    ("{source: crm, params: {tell: x}}", "tell", "tel"),
    ("{source: contacts, params: {phon: x}}", "phon", "phone"),
    ("{source: firms, params: {query: a, sort_ordr: asc}}", "sort_ordr", "sort_order"),
    ("{source: calls, params: {customer_phon: x}}", "customer_phon", "customer_phone"),
    ("{source: shop, request: {path: /a, qurey: {a: 1}}}", "qurey", "query"),
]


@pytest.mark.parametrize(("entry", "wrong", "near"), UNKNOWN)
def test_an_unknown_parameter_is_refused_with_the_nearest(
    messages: Said, entry: str, wrong: str, near: str
) -> None:
    text = messages(entry)
    assert f"`{wrong}`" in text
    assert f"did you mean `{near}`?" in text
    assert messages(entry.replace(wrong, near)) == ""


FIELDS = [
    ("{source: crm, params: {id: x}}", "{{ a.province_name }}", "a.provice_name"),
    ("{source: crm, params: {id: x}}", "{{ a.vipLevelName }}", "a.vipLeveName"),
    ("{source: contacts, params: {phone: x}}", "{{ a.ref_ids }}", "a.ref_id"),
    (
        "{source: contacts, operation: list_contacts}",
        "{{ a.items[0].public_ids }}",
        "a.items.public_id",
    ),
    ("{source: firms, params: {query: x}}", "{{ a.result }}", "a.results"),
    (
        "{source: firms, params: {query: x}, pick: first}",
        "{{ a.companyname }}",
        "a.companyName",
    ),
    (
        "{source: firms, operation: get_company, params: {id: 1}}",
        "{{ a.serviceEndTime }}",
        "a.serviceendtime",
    ),
    ("{source: calls, pick: newest}", "{{ a.agentid }}", "a.agent_id"),
    ("{source: calls}", "{{ a.data[0].state }}", "a.data.states"),
]


@pytest.mark.parametrize(("entry", "value", "near"), FIELDS)
def test_a_field_close_to_a_known_one_gets_a_warning(
    messages: Said, entry: str, value: str, near: str
) -> None:
    assert messages(entry, value) == ""
    assert f"did you mean `{near}`?" in messages(entry, value, "warning")


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("{source: crm, params: {id: x}}", "{{ a.cf_1001 }}"),
        ("{source: crm, params: {id: x}}", "{{ a.provice_name }}"),
        ("{source: calls}", "{{ a.data[0].states }}"),
        ("{source: calls, pick: newest}", "{{ a.states }}"),
        ("{source: firms, params: {query: x}}", "{{ a.results[0].uId }}"),
        ("{source: shop, request: {path: /a}}", "{{ a.province_name }}"),
        ("{source: crm, params: {id: x}}", '{{ a.userLabel.split(",")[0] }}'),
        (
            "{source: firms, operation: get_company, params: {id: 1}}",
            "{{ a.custom_fields[0].key }}",
        ),
        (
            "{source: contacts, params: {phone: x}}",
            "{{ a.attribute_structure[0].value[0].display_value }}",
        ),
    ],
)
def test_known_and_custom_fields_are_left_in_peace(
    messages: Said, entry: str, value: str
) -> None:
    assert messages(entry, value, "warning") == ""


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("{source: calls, operation: list_sips}", "{{ a[0].password }}"),
        (
            "{source: firms, operation: get_company, params: {id: 1}}",
            "{{ a.servicepassword }}",
        ),
    ],
)
def test_a_password_is_never_answered(messages: Said, entry: str, value: str) -> None:
    assert "is taken out of every result" in messages(entry, value, "warning")


def test_a_parameter_known_to_one_fallback_is_no_mistake(messages: Said) -> None:
    chain = (
        "{source: [crm, contacts], operation: [query_customer, get_contact], "
        "params: [{id: x}, {phone: x}]}"
    )
    for known in ("{{ a.id }}", "{{ a._id }}", "{{ a.tags }}", "{{ a.cf_1 }}"):
        assert messages(chain, known, "warning") == ""
    warned = messages(chain, "{{ a.province_name }}", "warning")
    assert warned.count("did you mean") == 1
    assert "did you mean `a.provice_name`?" in warned


BAD = [
    # int
    ("{source: calls, params: {agent_id: seven}}", "`agent_id` takes a whole number"),
    ("{source: calls, params: {agent_id: true}}", "`agent_id` takes a whole number"),
    ("{source: calls, params: {agent_id: 1.5}}", "`agent_id` takes a whole number"),
    ("{source: calls, params: {agent_id: [1]}}", "`agent_id` takes a whole number"),
    # string
    ("{source: crm, params: {id: {a: 1}}}", "`id` takes a text"),
    ("{source: crm, params: {tel: [a]}}", "`tel` takes a text"),
    # one of some values
    (
        "{source: calls, operation: list_sips, params: {occupied: yes}}",
        "write one of `y`, `n`",
    ),
    ("{source: firms, params: {query: a, deStat: 2}}", "write one of `0`, `1`"),
    # list of plain values
    ("{source: calls, params: {agent_ids: [1, two]}}", "`agent_ids` takes a whole"),
    ('{source: calls, params: {agent_ids: "1,two"}}', "`agent_ids` takes a whole"),
    ("{source: calls, params: {agent_ids: {a: 1}}}", "takes a list of values"),
    ("{source: calls, params: {states: [[a]]}}", "`states` takes a text"),
    (
        "{source: firms, operation: show_many, params: {ids: [{a: 1}]}}",
        "a list of plain values",
    ),
    # list of objects
    (
        "{source: contacts, operation: list_contacts, params: {filters: x}}",
        "`filters` takes a list of objects",
    ),
    (
        "{source: contacts, operation: list_contacts, params: {filters: [x]}}",
        "an entry of `filters` is an object",
    ),
    (
        "{source: contacts, operation: list_contacts, "
        "params: {filters: [{field_cod: contact_owner, value: [a]}]}}",
        "no key `field_cod` (did you mean `field_code`?)",
    ),
    (
        "{source: contacts, operation: list_contacts, "
        "params: {filters: [{field_code: owner, value: [a]}]}}",
        "write one of `contact_owner`",
    ),
    (
        "{source: contacts, operation: list_contacts, "
        "params: {filters: {field_code: contact_owner}}}",
        "an entry of `filters` needs `value`",
    ),
]


@pytest.mark.parametrize(("entry", "words"), BAD)
def test_a_constant_of_another_type_is_refused(
    messages: Said, entry: str, words: str
) -> None:
    assert words in messages(entry)


@pytest.mark.parametrize(
    "entry",
    [
        '{source: calls, params: {agent_id: "9007199254740993", states: 接听}}',
        '{source: calls, params: {agent_ids: "1, 2", call_types: [来电, 外呼]}}',
        "{source: calls, params: {agent_ids: 7, page_size: 20}}",
        '{source: calls, params: {agent_ids: ["{{ inputs.tel }}", 2]}}',
        '{source: calls, params: {states: "{{ [inputs.tel] }}"}}',
        "{source: firms, operation: show_many, params: {ids: [1, 2]}}",
        '{source: firms, operation: show_many, params: {ids: "1,2"}}',
        "{source: crm, params: {id: 7}}",
        "{source: contacts, operation: list_contacts, "
        "params: {filters: [{field_code: contact_owner, value: [unassigned]}]}}",
        "{source: contacts, operation: list_contacts, "
        'params: {filters: ["{{ inputs.tel }}"], keyword: null, page: ""}}',
    ],
)
def test_values_that_the_client_accepts_are_accepted(
    messages: Said, entry: str
) -> None:
    assert messages(entry) == ""


def test_true_for_a_text_is_probably_not_meant(messages: Said) -> None:
    warning = messages("{source: crm, params: {id: true}}", severity="warning")
    assert 'true is sent as "1"' in warning


WRITES = [
    (
        "{source: contacts, operation: add_contact, "
        "params: {fullName: A, phones: [{dat: x}]}}",
        "no key `dat` (did you mean `data`?)",
    ),
    (
        "{source: contacts, operation: add_contacts, "
        "params: [{fullName: A, phones: [{data: x}], gendr: male}]}",
        "did you mean `gender`?",
    ),
    (
        "{source: contacts, operation: add_contact, params: {fullName: A, "
        "phones: [{data: x}], gender: m}}",
        "write one of `other`, `male`, `female`",
    ),
    (
        "{source: firms, operation: create_company, "
        "params: {companyName: A, custom_fields: [{value: x}]}}",
        "an entry of `custom_fields` needs `key`",
    ),
    (
        "{source: firms, operation: update_company, params: {id: 1, userGroup: x}}",
        "`userGroup` takes a whole number",
    ),
    (
        "{source: calls, operation: assign_numbers, "
        "params: {agent_ids: [1], group_ids: [], numbers: [{a: 1}]}}",
        "`numbers` takes a text",
    ),
    (
        "{source: calls, operation: callout, params: {agent_id: 1, calee: x}}",
        "did you mean `callee`?",
    ),
]


@pytest.mark.parametrize(("entry", "words"), WRITES)
def test_an_action_is_checked_likewise(messages: Said, entry: str, words: str) -> None:
    assert words in messages(entry, part="actions")


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("{source: crm, params: {tel: [1]}}", "`tel` takes a text; write one, in quotes"),
        ("{source: crm, params: {tel: {a: 1}}}", "`tel` takes a text; write one, in quotes"),
        ("{source: desk, operation: list_companies, params: {page: x}}", "`page` takes a whole number; write one"),
        ("{source: desk, operation: list_companies, params: {page: 1.5}}", "`page` takes a whole number; write one"),
        ("{source: desk, operation: list_companies, params: {page: true}}", "`page` takes a whole number; write one"),
    ],
)  # fmt: skip
def test_the_accepted_type_is_reported_once(
    messages: Said, entry: str, line: str
) -> None:
    text = messages(entry.replace("desk", "firms"))
    assert text.endswith(f": {line}")
    assert text.count("\n") == 0


@pytest.mark.parametrize("page", ["2", "'2'", "2.0", "'{{ inputs.tel }}'"])
def test_a_whole_number_may_be_written_in_many_ways(messages: Said, page: str) -> None:
    entry = f"{{source: firms, operation: list_companies, params: {{page: {page}}}}}"
    assert messages(entry) == ""


@pytest.mark.parametrize(("word", "digit"), [("true", "1"), ("false", "0")])
def test_true_for_a_text_names_the_sent_value(
    messages: Said, word: str, digit: str
) -> None:
    warnings = messages(f"{{source: crm, params: {{tel: {word}}}}}", severity="warning")
    assert (
        f'`tel` takes a text, and {word} is sent as "{digit}"; write "{word}" in '
        f'quotes, or "{digit}"'
    ) in warnings


PHONES = "`phones` takes a list of objects; write [{data: …, type: …, valueType: …}]"
KEYS = "keys: `data`, `type`, `valueType`"


@pytest.mark.parametrize(
    ("phones", "problems"),
    [
        ("[{data: '1', type: home}, '{{ inputs.tel }}']", []),
        ("{data: '1'}", []),
        ("x", [f"phones: {PHONES}"]),
        ("5", [f"phones: {PHONES}"]),
        ("['{{ inputs.tel }}', x]", ["phones[1]: an entry of `phones` is an object; write {data: …, type: …, valueType: …}"]),
        ("[{dta: '1'}]", [f"phones[0].dta: an entry of `phones` has no key `dta` (did you mean `data`?); {KEYS}"]),
        ("[{data: '1', zzz: 1}]", [f"phones[0].zzz: an entry of `phones` has no key `zzz`; {KEYS}"]),
        ("{zzz: 1, data: '1'}", [f"phones.zzz: an entry of `phones` has no key `zzz`; {KEYS}"]),
        ("[{type: home}]", ["phones[0]: an entry of `phones` needs `data`; write it"]),
        ("[{data: ''}]", ["phones[0]: an entry of `phones` needs `data`; write it"]),
        ("[{data: [1]}]", ["phones[0].data: `data` takes a text; write one, in quotes"]),
    ],
)  # fmt: skip
def test_each_entry_of_a_list_of_objects_is_checked_at_its_place(
    messages: Said, phones: str, problems: list[str]
) -> None:
    """One mistake is one error: a misspelt key is not missing as well."""
    entry = f"{{source: contacts, operation: add_contact, params: {{fullName: A, phones: {phones}}}}}"
    lines = messages(entry, part="actions").splitlines()
    paths = [line.partition(" actions.a.params.")[2] for line in lines]
    assert paths == problems
