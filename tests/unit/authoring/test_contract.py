"""An endpoint's contract as data, read off its plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.authoring.contract import Contract, Place, contract_of, places_of
from ivrhooks.config.answer_shape import AnswerShape

OfContract = Callable[[str], Contract]


def test_the_contract_lists_parameters_and_outputs(contract: OfContract) -> None:
    vip = contract("vip")
    assert vip.url == "https://ivr.example.com/api/vip"
    assert (vip.method, vip.content_type) == (
        "POST",
        "application/x-www-form-urlencoded",
    )
    assert (vip.used_by, vip.deadline_ms) == (("Main IVR", "Night IVR"), 2000)
    assert [
        (parameter.name, parameter.type, parameter.required)
        for parameter in vip.parameters
    ] == [
        ("tel", "string", True),
        ("order no", "int", False),
        ("token", "string", False),
    ]
    assert [(output.name, output.type, output.optional) for output in vip.outputs] == [
        ("isVip", "int", False),
        ("name", "string", False),
        ("state", "string", True),
        ("shop", "string", False),
    ]
    assert dict(vip.outputs[0].map) == {"1": 1, "2": 0}
    assert vip.degraded == "customer=timeout"
    assert dict(vip.answer) == {"isVip": 1, "name": "Wang", "state": "paid"} | {
        "shop": "north"
    }


def test_a_secret_is_named_by_its_place(contract: OfContract) -> None:
    key, shop = contract("vip").headers
    assert (key.secret, key.value, key.example, key.required) == (True, None, "", True)
    assert key.places == (Place("environment", "DESK_KEY"),)
    assert (shop.value, shop.places, shop.default) == (None, (), "north")
    assert "desk-key-7" not in repr(contract("vip"))


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("${KEY}", (Place("environment", "KEY"),)),
        ("${KEY:-k}", (Place("environment", "KEY", fallback=True),)),
        ("${file:/run/key}", (Place("file", "/run/key"),)),
        (
            "Bearer ${A}-${file:b}",
            (
                Place("environment", "A", whole=False),
                Place("file", "b", whole=False),
            ),
        ),
        ("$${KEY}", (Place("configuration", "a.yaml"),)),
        ("literal", (Place("configuration", "a.yaml"),)),
    ],
)
def test_where_a_value_is_found(written: str, places: tuple[Place, ...]) -> None:
    assert places_of(written, "configs/endpoints/a.yaml") == places


def test_the_ivrs_own_fields_are_those_not_declared(contract: OfContract) -> None:
    names = [parameter.name for parameter in contract("vip").vendor_parameters]
    assert names == ["partnerId", "m", "source", "robotNo", "docId"]
    assert contract("desk").vendor_parameters == ()
    assert contract("system").vendor_parameters == ()


def test_the_one_telephone_number_is_the_callers(contract: OfContract) -> None:
    tel, order, _ = contract("vip").parameters
    assert tel.variable == "ivr_customer_number"
    assert order.variable == ""
    assert contract("system").parameters[0].variable == "ivr_customer_number"


def test_refusals_follow_what_is_configured(contract: OfContract) -> None:
    codes = [refusal.code for refusal in contract("desk").errors]
    assert codes[2:4] == ["forbidden", "too_many_requests"]
    statuses = {refusal.code: refusal.status for refusal in contract("desk").errors}
    assert statuses["invalid_input"] == 200
    assert statuses["unauthorized"] == 401
    assert "unsupported_media_type" not in [e.code for e in contract("system").errors]


@pytest.fixture
def agreed(authored: Any) -> Contract:
    inputs = "".join(
        f"  {name}: {{{declared}}}\n"
        for name, declared in {
            "env": 'secret: true, equals: "${DESK_KEY}"',
            "part": 'secret: true, equals: "a-${DESK_KEY}"',
            "filled": 'equals: "b-${DESK_KEY}"',
            "plain": "equals: v2",
            "from": "format: phone",
            "back": "format: phone, description: see ivr_called_number",
            "tel": "format: phone, path: data.tel",
        }.items()
    )
    text = (
        f"endpoint: a\npath: /a b\nformat: json\nmode: mock\ninputs:\n{inputs}"
        "answer: {under: vars, strings: true}\n"
        "outputs: {n: {type: int, default: 7}}\nmock: [{outputs: {}}]\n"
    ).replace("/a b", "/a-b")
    plan = authored.load({"a": text}).by_name("a")
    return contract_of(plan, "https://ivr.example.com//")


def test_a_value_that_is_not_shown_is_a_variable_or_is_to_be_filled_in(
    agreed: Contract,
) -> None:
    assert '"env": "\'"$DESK_KEY"\'"' in agreed.curl
    for name, blank in (("part", "<secret>"), ("filled", "<agreed-value>")):
        assert f'"{name}": "\'{blank}\'"' in agreed.curl
    assert '"plain": "v2"' in agreed.curl
    assert "desk-key-7" not in repr(agreed)


def test_of_several_telephone_numbers_the_one_called_tel_is_the_callers(
    agreed: Contract,
) -> None:
    named = {each.name: each for each in agreed.parameters}
    assert named["from"].variable == ""
    assert named["back"].variable == "ivr_called_number"
    assert named["tel"].variable == "ivr_customer_number"
    assert [named[name].format for name in ("tel", "plain")] == ["phone", ""]
    assert named["tel"].body_path == ("data", "tel")
    assert named["plain"].value == "v2" and named["filled"].value is None
    assert [named[name].required for name in ("plain", "tel")] == [True, False]


def test_the_answer_has_the_shape_of_the_caller(agreed: Contract) -> None:
    assert (agreed.shape.under, agreed.shape.strings) == (("vars",), True)
    assert dict(agreed.answer) == {"vars": {"n": "7"}}
    assert (agreed.url, agreed.base_url) == (
        "https://ivr.example.com/a-b",
        "https://ivr.example.com",
    )
    assert (agreed.degraded, agreed.system, agreed.mode) == ("", False, "mock")


def test_the_system_api_is_known_as_such(contract: OfContract) -> None:
    system = contract("system")
    assert (system.system, system.content_type, system.shape) == (
        True,
        "",
        AnswerShape(),
    )
    assert [each.body_path for each in contract("vip").parameters] == [()] * 3
