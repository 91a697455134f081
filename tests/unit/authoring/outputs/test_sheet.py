"""The set-up sheet says to the letter what to type, in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ivrhooks.authoring.contract import Contract, Place
from ivrhooks.authoring.outputs.sheet import PLACEHOLDER, Section, Sheet, sheet_of
from ivrhooks.config.answer_shape import AnswerShape
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


def test_an_unnamed_server_is_left_to_fill_in(contract: OfContract) -> None:
    bare = replace(contract("vip"), base_url=PLACEHOLDER)
    assert any(PLACEHOLDER in note for note in sheet_of(bare).notes)
    assert not any(PLACEHOLDER in n for n in sheet_of(contract("vip")).notes)


def test_two_blanks_in_a_name_are_reported(contract: OfContract) -> None:
    vip = contract("vip")
    twice = replace(vip.parameters[1], name="order  no")
    sheet = sheet_of(replace(vip, parameters=(twice,)))
    row = section(sheet, "Request parameters").rows[0]
    assert "the name has 2 blanks in a row" in row[3]


HERE = "on the ivrhooks server"
KEY = f"the environment variable DESK_KEY {HERE}"
FREE = "a variable of the flow, or a fixed value"
TELS = {
    "sobot": ("the system variable ivr_customer_number", "ivr_called_number"),
    "asterisk": ("CALLERID(num) of the channel", "a telephone number"),
    "twilio": ("{{trigger.call.From}}", "a telephone number"),
    "generic": ("the caller's telephone number", "a telephone number"),
}


@pytest.mark.parametrize("caller", TELS)
def test_each_parameter_says_what_to_choose_or_type(
    rich: Contract, code_file: Path, caller: str
) -> None:
    tel, back = TELS[caller]
    sheet = sheet_of(rich, "en", caller)
    assert section(sheet, "Header parameters").rows == (
        ("X-Key", "string", "yes", f"secret, not shown here: {KEY}"),
        ("X-Api", "string", "yes", "always v2"),
        (
            "X-Code",
            "string",
            "yes",
            "a fixed value, not shown here: put together in the configuration with the "
            f"content of the file {code_file} {HERE} and {KEY}",
        ),
    )
    rows = {row[0]: row[1:] for row in section(sheet, "Request parameters").rows}
    assert rows.pop("tel") == ("string", "yes", tel)
    assert rows.pop("back")[2].endswith(back)
    assert rows == {
        "ref": ("string", "yes", f"URL: {{ref}}; {FREE}"),
        "other": ("string", "no", "a telephone number"),
        "menu": (
            "int",
            "no",
            f"{FREE}; 1 or more; 9 or less; without it: 3; The key pressed.",
        ),
        "code": (
            "string",
            "no",
            f"{FREE}; at most 4 characters; matches ^[A-Z]+$",
        ),
        "desk": ("string", "no", "one of: north, south"),
        "pin": (
            "string",
            "yes",
            f"secret, not shown here: the value of equals in rich.yaml {HERE}",
        ),
    }


def test_each_output_says_what_it_can_be(rich: Contract) -> None:
    outputs = section(sheet_of(rich), "Output parameters")
    assert outputs.rows == (
        ("level", "int", "0", "The level."),
        ("name", "string", "(empty)", "at most 20 characters"),
        (
            "kind",
            "string",
            "left out; west when a customer system is down",
            "one of: north, south, west",
        ),
    )
    assert outputs.notes == (
        "Enter all of them and assign each to a variable. One that is marked as left "
        "out may be missing in an answer.",
    )


TYPE = "Type the following into the call centre's API settings. Copy each name to the "
TYPE += "letter: capitals and blanks count."


@pytest.mark.parametrize(
    ("caller", "notes", "titles"),
    [
        ("sobot", [TYPE, "In Sobot: Call Center"], ["Try it"]),
        ("generic", [TYPE], ["Try it", "A good answer"]),
        ("twilio", [TYPE, "There: Studio - Make HTTP"], ["Try it", "A good answer"]),
        (
            "asterisk",
            ["For Asterisk there is nothing to type"],
            ["Dialplan", "Try it", "A good answer"],
        ),
    ],
)
def test_each_caller_is_told_where_to_configure(
    rich: Contract, caller: str, notes: list[str], titles: list[str]
) -> None:
    sheet = sheet_of(rich, "en", caller)
    beginnings = ["Used by: Main IVR", *notes]
    assert len(sheet.notes) == len(beginnings)
    for note, beginning in zip(sheet.notes, beginnings, strict=True):
        assert note.startswith(beginning)
    own = [part.title for part in sheet.sections]
    assert own == [
        *("API", "Header parameters", "Request parameters", "Output parameters"),
        *titles,
        "When it does not work",
    ]
    problems = [row[0] for row in section(sheet, "When it does not work").rows]
    assert problems == ["400", "401", "404", "405"]


def test_only_facts_that_hold_are_stated(contract: OfContract) -> None:
    system = sheet_of(contract("system"), "en", "generic")
    beginnings = (
        "The IVR's default interface",
        "Type the following",
        "This is the IVR's",
    )
    for note, beginning in zip(system.notes, beginnings, strict=True):
        assert note.startswith(beginning)
    assert section(system, "Header parameters").notes == ("None; leave this empty.",)
    assert section(system, "Header parameters").rows == ()
    vip = contract("vip")
    generic = section(sheet_of(vip, "en", "generic"), "Request parameters")
    assert generic.notes == ()
    assert sheet_of(vip).notes[0] == "Finds the desk."
    problems = section(sheet_of(contract("desk")), "When it does not work")
    assert "401" in [row[0] for row in problems.rows]


@pytest.mark.parametrize(
    ("places", "beginning"),
    [
        ((Place("environment", "K"),), "the environment variable K"),
        ((Place("file", "/run/k"),), "the content of the file /run/k"),
        ((Place("configuration", "a.yaml"),), "the value of equals in a.yaml"),
        ((Place("environment", "K", whole=False),), "put together in the"),
        ((Place("file", "a"), Place("file", "b")), "put together in the"),
    ],
)
def test_a_value_that_is_not_shown_is_named_by_its_place(
    contract: OfContract, places: tuple[Place, ...], beginning: str
) -> None:
    vip = contract("vip")
    key = replace(vip.headers[0], places=places)
    sheet = sheet_of(replace(vip, headers=(key,)))
    (row,) = section(sheet, "Header parameters").rows
    assert row[3].startswith(f"secret, not shown here: {beginning}")


def test_a_variable_with_an_own_value_is_listed_with_it(
    contract: OfContract,
) -> None:
    vip = contract("vip")
    texts = []
    for fallback in (False, True):
        places = (Place("environment", "K", fallback=fallback),)
        key = replace(vip.headers[0], places=places)
        sheet = sheet_of(replace(vip, headers=(key,)))
        texts.append(section(sheet, "Header parameters").rows[0][3])
    assert texts[0] != texts[1] and texts[1].count("K") >= 1


def test_outputs_below_a_key_and_names_with_blanks_are_reported(
    contract: OfContract,
) -> None:
    system = contract("system")
    assert len(section(sheet_of(system), "Output parameters").notes) == 1
    blank = replace(system.outputs[0], name="is vip")
    shape = AnswerShape(("data", "vars"))
    below = replace(system, outputs=(blank,), shape=shape)
    outputs = section(sheet_of(below), "Output parameters")
    assert "data.vars" in outputs.notes[1]
    assert "the name has a blank" in outputs.rows[0][3]


def test_a_dialplan_says_where_it_goes_and_which_globals_it_needs(
    contract: OfContract,
) -> None:
    system, vip = contract("system"), contract("vip")
    plain = section(sheet_of(system, "en", "asterisk"), "Dialplan")
    secret = replace(system, headers=vip.headers[:1])
    globals_ = section(sheet_of(secret, "en", "asterisk"), "Dialplan")
    none = section(sheet_of(contract("desk"), "en", "asterisk"), "Dialplan")
    assert [len(part.notes) for part in (plain, globals_, none)] == [1, 2, 1]
    assert [bool(part.code) for part in (plain, globals_, none)] == [True, True, False]
    assert plain.notes == globals_.notes[:1] != none.notes
