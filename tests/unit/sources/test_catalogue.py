"""The catalogue holds every kind with what CONFIG says of it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from marshmallow import Schema

from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Client, first_operation

FIRST = {
    "sobot": "query_customer",
    "omicrm": "get_contact",
    "bangwo8": "search_companies",
    "meiqia": "list_records",
    "http": "request",
}
SYSTEM_PARAM = {"sobot": "tel", "omicrm": "phone", "meiqia": "customer_phone"}


@pytest.mark.parametrize("name", FIRST)
def test_each_kind_is_whole(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    assert issubclass(kind.client, Client)
    assert issubclass(kind.auth, Schema)
    assert first_operation(kind.operations).name == FIRST[name]
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
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
