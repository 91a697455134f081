"""The catalogue holds every kind of source."""

from __future__ import annotations

import subprocess
import sys

import pytest
from marshmallow import Schema

from ivrhooks.basics.people.personal import KINDS as PII_KINDS
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Client, kinds_of

FIRST = {
    "sobot": "query_customer",
    "omicrm": "get_contact",
    "bangwo8": "search_companies",
    "meiqia": "list_records",
    "http": "request",
    "table": "find",
    "sql": "query",
}
SYSTEM_PARAM = {"sobot": "tel", "omicrm": "phone", "meiqia": "customer_phone"}


@pytest.mark.parametrize("name", FIRST)
def test_each_kind_is_complete(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    if kind.client is None:
        assert kind.open is not None and kind.auth is None
    else:
        assert issubclass(kind.client, Client)
        assert kind.auth is not None and issubclass(kind.auth, Schema)
    assert kind.operations[0].name == FIRST[name]
    assert {operation.kind for operation in kind.operations} == {name}
    assert kind.system_param == SYSTEM_PARAM.get(name)


def test_there_are_no_others() -> None:
    assert set(KINDS) == set(FIRST)


def test_the_words_that_are_no_value() -> None:
    assert KINDS["bangwo8"].empty == ("", "0000-00-00")
    assert {KINDS[name].empty for name in FIRST if name != "bangwo8"} == {("",)}


def test_the_catalogue_loads_no_sandbox() -> None:
    script = (
        "import sys, ivrhooks.sources.catalogue\n"
        "print([m for m in sys.modules if 'sandbox' in m or m == 'flask'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


PERSONAL = {
    "sobot": {"tel": "phone", "nick": "name", "email": "email", "id": "id"},
    "omicrm": {
        "items.user_owner_email": "email",
        "create_by.name": "name",
        "attribute_structure.phone_number.display_value": "phone",
        "attribute_structure.full_name.display_value": "name",
        "payload.attribute_structure.mail.display_value": "email",
        "created_date": "none",
    },
    "bangwo8": {
        "results.companyName": "name",
        "companies.serviceaccount": "id",
        "createDT": "none",
        "company.custom_fields.value": "text",
    },
    "meiqia": {
        "data.customer_phone": "phone",
        "customer_phone": "phone",
        "data.start_time": "none",
        "data.duration": "none",
        "agent_name": "name",
    },
}


@pytest.mark.parametrize("kind", PERSONAL)
def test_a_field_has_its_kind_wherever_it_stands(kind: str) -> None:
    for path, pii in PERSONAL[kind].items():
        kinds = {
            kinds_of(operation).at(path.split("."))
            for operation in KINDS[kind].operations
            if kinds_of(operation).of(path.split(".")[-1:]) is not None
            or path.startswith(("attribute", "payload", "create_by", "company."))
        }
        assert pii in kinds, path


@pytest.mark.parametrize("kind", FIRST)
def test_every_parameter_and_field_says_of_which_kind_it_is(kind: str) -> None:
    """By its type (numbers and flags are nobody's), or in so many words."""
    for operation in KINDS[kind].operations:
        for field in (*operation.params, *operation.fields):
            assert field.pii in ("", *PII_KINDS)
        for field in operation.fields:
            stated = field.pii or field.type in ("int", "bool", "list", "object", "any")
            assert stated or field.secret, (operation.name, field.name)


def test_kinds_with_unknown_fields_need_pii() -> None:
    assert {name for name, kind in KINDS.items() if kind.unknown_fields} == {
        "http",
        "table",
        "sql",
    }
    assert not any("pii" in kind.keys for kind in KINDS.values())


def test_the_kind_http_is_special_by_flags_only() -> None:
    http = KINDS["http"]
    assert http.asks_requests and not http.stands_in and not http.needs_auth
    assert http.picks == ("first", "none")
    assert set(http.rule_keys) <= set(http.keys)
    assert http.open is None and http.client is not None
    assert http.operations[0].free_answer
