"""The set-up sheet says to the letter what to type, in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ivrhooks.authoring.contract import Contract
from ivrhooks.authoring.outputs.sheet import PLACEHOLDER, Section, Sheet, sheet_of
from ivrhooks.languages.catalogue import LANGUAGES

OfContract = Callable[[str], Contract]


def section(sheet: Sheet, title: str) -> Section:
    return next(part for part in sheet.sections if part.title == title)


def test_the_sheet_has_every_name_to_the_letter(contract: OfContract) -> None:
    sheet = sheet_of(contract("vip"))
    api = dict(section(sheet, "API").rows)  # type: ignore[arg-type]
    assert api == {
        "URL": "https://ivr.example.com/api/vip",
        "Request method": "POST",
        "Content-Type (fixed)": "application/x-www-form-urlencoded",
        "Answer within": "2000 ms",
    }
    headers = section(sheet, "Header parameters")
    assert [row[:3] for row in headers.rows] == [
        ("X-Api-Key", "string", "yes"),
        ("X-Shop", "string", "no"),
    ]
    assert "DESK_KEY" in headers.rows[0][3]
    inputs = section(sheet, "Request parameters")
    assert [row[0] for row in inputs.rows] == ["tel", "order no", "token"]
    assert inputs.rows[0][3] == "the system variable ivr_customer_number"
    assert "the name has a blank" in inputs.rows[1][3]
    assert "partnerId, m, source, robotNo, docId" in inputs.notes[0]
    outputs = section(sheet, "Output parameters")
    assert [row[:3] for row in outputs.rows] == [
        ("isVip", "int", "0"),
        ("name", "string", "Caller"),
        ("state", "string", "left out"),
        ("shop", "string", "(empty)"),
    ]


def test_query_endpoints_have_no_content_type(contract: OfContract) -> None:
    sheet = sheet_of(contract("system"))
    assert [row[0] for row in section(sheet, "API").rows] == [
        "URL",
        "Request method",
        "Answer within",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("caller", ["sobot", "asterisk", "generic"])
@pytest.mark.parametrize("name", ["vip", "desk", "system"])
def test_every_language_says_the_same_names(
    contract: OfContract, language: str, caller: str, name: str
) -> None:
    english, other = (
        sheet_of(contract(name), lang, caller) for lang in ("en", language)
    )
    assert [len(part.rows) for part in other.sections] == [
        len(part.rows) for part in english.sections
    ]
    for mine, theirs in zip(other.sections, english.sections, strict=True):
        if mine.header and len(mine.header) == 4:
            assert [row[:2] for row in mine.rows] == [row[:2] for row in theirs.rows]
        assert mine.code == theirs.code
    assert "desk-key-7" not in repr(other)
    assert not re.search(r"\{[a-z]+\}", repr(other))


def test_a_server_nobody_named_is_to_be_filled_in(contract: OfContract) -> None:
    bare = replace(contract("vip"), base_url=PLACEHOLDER)
    assert any(PLACEHOLDER in note for note in sheet_of(bare).notes)
    assert not any(PLACEHOLDER in n for n in sheet_of(contract("vip")).notes)


def test_two_blanks_in_a_name_are_told(contract: OfContract) -> None:
    vip = contract("vip")
    twice = replace(vip.parameters[1], name="order  no")
    sheet = sheet_of(replace(vip, parameters=(twice,)))
    row = section(sheet, "Request parameters").rows[0]
    assert "the name has 2 blanks in a row" in row[3]
