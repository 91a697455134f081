"""The System API is compiled from the same model as every endpoint."""

from __future__ import annotations

from typing import Any

import pytest

SYSTEM = "system_api: {source: crm}\n"


def test_no_outputs_of_its_own_replace_none(folder: Any, root_text: str) -> None:
    folder.root(root_text + "system_api: {source: crm, outputs: {}}\n")
    assert len(folder.plan("system").outputs) == 4


def test_the_system_api_as_the_page_says(
    folder: Any, root_text: str, scope: Any
) -> None:
    plan = folder.root(root_text + SYSTEM).plan("system")
    assert (plan.path, plan.method, plan.format) == (
        "/api/system/customer",
        "GET",
        "query",
    )
    (tel,) = plan.inputs
    assert (tel.name, tel.format, tel.required) == ("tel", "phone", True)
    (lookup,) = plan.lookups
    assert (lookup.name, lookup.calls[0].operation) == ("customer", "query_customer")
    rules = {rule.name: rule for rule in plan.outputs}
    assert list(rules) == ["isVip", "vipLevel", "userLabel", "isblack"]
    assert rules["isVip"].map == {"1": 1, "2": 2, "0": 2}
    assert all(rule.optional for rule in plan.outputs)
    assert {
        output.name: output.default
        for output in plan.outputs
        if output.default is not None
    } == {
        "isVip": 2,
        "vipLevel": "",
        "userLabel": "",
        "isblack": 0,
    }
    assert folder.messages("warning") == ""
    query = lookup.calls[0].bind(scope({"tel": "13800000001"}))
    assert (query.params, query.pick) == ({"tel": "13800000001"}, "risk_first")


@pytest.mark.parametrize(
    ("caller", "unset", "optional"),
    [
        ("sobot", "", True),
        ("sobot", ", unset: default", False),
        ("generic", "", False),
        ("asterisk", "", False),
        ("generic", ", unset: omit", True),
    ],
)
def test_unset_outputs_follow_the_callers_profile(
    folder: Any, root_text: str, caller: str, unset: str, optional: bool
) -> None:
    text = f"caller: {caller}\nsystem_api: {{source: crm{unset}}}\n"
    plan = folder.root(root_text + text).plan("system")
    assert {rule.optional for rule in plan.outputs} == {optional}


def test_outputs_replace_the_named_ones_only(folder: Any, root_text: str) -> None:
    folder.root(
        root_text + "system_api:\n  source: crm\n  path: /s\n  mode: mock\n"
        "  deadline: 1s\n  outputs:\n"
        "    isVip: {type: string, value: yes, default: no}\n"
        "    extra: {type: int, default: 7}\n"
        "  mock: [{outputs: {isVip: a}}]\n"
    )
    plan = folder.plan("system")
    assert [rule.name for rule in plan.outputs] == [
        "isVip",
        "vipLevel",
        "userLabel",
        "isblack",
        "extra",
    ]
    assert (plan.outputs[0].type, plan.outputs[0].map) == ("string", None)
    assert plan.outputs[4].optional
    assert (plan.mode, plan.deadline, plan.path) == ("mock", 1.0, "/s")


@pytest.mark.parametrize(
    ("kind", "auth", "param"),
    [
        ("omicrm", "{api_key: '${KEY}'}", "phone"),
        ("meiqia", "{access_token: '${KEY}'}", "customer_phone"),
    ],
)
def test_the_number_goes_where_the_kind_takes_it(
    folder: Any, scope: Any, kind: str, auth: str, param: str
) -> None:
    folder.root(
        f"sources: {{a: {{kind: {kind}, base_url: sandbox, auth: {auth}}}}}\n"
        "system_api: {source: a}\n"
    )
    link = folder.plan("system").lookups[0].calls[0]
    assert link.bind(scope({"tel": "1380"})).params == {param: "1380"}


def test_other_kinds_need_params_or_request(folder: Any, root_text: str) -> None:
    folder.root(root_text + "system_api: {source: shop}\n")
    assert "needs a request" in folder.messages()
    folder.root(
        root_text
        + 'system_api: {source: shop, request: {path: "/c/{{ inputs.tel }}"}}\n'
    )
    assert folder.messages() == ""
    folder.root(
        "sources: {b: {kind: bangwo8, base_url: sandbox, auth: {account: a@b.c, "
        "password: '${KEY}'}}}\nsystem_api: {source: b}\n"
    )
    assert "write params" in folder.messages()


def test_problems_stand_at_the_root_file(folder: Any, root_text: str) -> None:
    folder.root(
        root_text + "system_api:\n  source: crm\n  params: {tle: x}\n  unset: never\n"
        "  outputs: {isVip: {type: int}}\n"
    )
    problems = folder.messages()
    assert (
        "8:12 system_api.params.tle: `query_customer` has no parameter `tle`"
        in problems
    )
    assert "9:10 system_api.unset" in problems


OMICRM = (
    "sources: {a: {kind: omicrm, base_url: sandbox, auth: {api_key: '${KEY}'}}}\n"
    "system_api: {source: a%s}\n"
)


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ("", True),
        (", outputs: {extra: {type: int, value: 1}}", True),
        (", outputs: {isVip: {type: int, value: 1}}", False),  # the rest is meant
        (", mode: mock", False),
    ],
)
def test_another_system_has_no_fields_of_sobot(
    folder: Any, more: str, is_told: bool
) -> None:
    folder.root(OMICRM % more)
    warnings = [
        line for line in folder.messages("warning").splitlines() if "Sobot" in line
    ]
    assert len(warnings) == is_told
    for line in warnings:
        assert "system_api.source: `isVip`, `vipLevel`, `userLabel`, `isblack` " in line
        assert 'write outputs: {isVip: {type: int, value: "{{ customer.… }}"}}' in line


def test_nothing_is_reported_where_the_fields_may_exist(
    folder: Any, root_text: str
) -> None:
    folder.root(root_text + SYSTEM)
    assert "Sobot" not in folder.messages("warning")
    request = '{path: "/c/{{ inputs.tel }}"}'
    folder.root(root_text + f"system_api: {{source: shop, request: {request}}}\n")
    assert "Sobot" not in folder.messages("warning")


def test_keys_of_the_system_api_belong_to_its_endpoint(
    folder: Any, root_text: str
) -> None:
    """docs/rules.md#the-system-api: it also takes all these."""
    folder.root(
        root_text + "system_api:\n  source: crm\n  description: Who calls\n"
        "  used_by: [IVR 1]\n  on_invalid: 200\n  allow_withheld: true\n"
        "  pick: newest\n  cache: {fresh: 5s}\n  answer: {under: data}\n"
        "  security: {max_body: 1KB}\n"
        "  tests: [{name: t, inputs: {tel: '1'}, expect: {isVip: 2}}]\n"
    )
    plan = folder.plan("system")
    assert (plan.description, plan.used_by) == ("Who calls", ("IVR 1",))
    assert (plan.on_invalid, plan.security.max_body) == (200, 1024)
    assert plan.shape is not None and plan.shape.under == ("data",)
    assert [test.name for test in plan.tests] == ["t"]
    assert plan.lookups[0].calls[0].cached


def test_its_texts_are_in_every_language(folder: Any, root_text: str) -> None:
    plan = folder.root(root_text + SYSTEM).plan("system")
    texts = [plan.description, plan.outputs[0].help, plan.outputs[3].help]
    for text in texts:
        assert set(text.languages) == {"en", "zh", "vi"}
        assert len(set(text.languages.values())) == 3
    assert len(set(texts)) == 3


def test_a_chain_has_the_number_under_each_kinds_own_name(
    folder: Any, root_text: str, scope: Any
) -> None:
    omicrm = "  omi: {kind: omicrm, base_url: sandbox, auth: {api_key: '${KEY}'}}\n"
    folder.root(f"{root_text}{omicrm}system_api: {{source: [crm, omi]}}\n")
    first, second = folder.plan("system").lookups[0].calls
    caller = scope({"tel": "1380"})
    assert first.bind(caller).params == {"tel": "1380"}
    assert second.bind(caller).params == {"phone": "1380"}
    assert "Sobot" not in folder.messages("warning")


@pytest.mark.parametrize(
    ("operation", "is_told"), [("", True), (", operation: list_contacts", True)]
)
def test_the_operation_that_is_asked_decides_about_its_fields(
    folder: Any, operation: str, is_told: bool
) -> None:
    folder.root(OMICRM % operation)
    assert ("Sobot" in folder.messages("warning")) is is_told


def test_a_source_that_is_not_there_is_one_error(folder: Any) -> None:
    for source in ("x", "[x]", "5"):
        folder.root(f"version: 1\nsystem_api: {{source: {source}}}\n")
        assert len(folder.problems()) == 1
        assert "Sobot" not in folder.messages("warning")
