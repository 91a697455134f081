"""Lines for a dialplan: only where they would work, and without a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivrhooks.authoring.contract import Contract
from ivrhooks.authoring.outputs.dialplan import dialplan
from ivrhooks.authoring.outputs.sheet import sheet_of

OfContract = Callable[[str], Contract]


def test_the_system_api_is_asked_and_read(contract: OfContract) -> None:
    lines = dialplan(contract("system")).splitlines()
    assert lines[1] == " same => n,Set(CURLOPT(httptimeout)=3)"
    assert lines[2] == (
        " same => n,Set(IVRHOOKS_ANSWER=${CURL(https://ivr.example.com/api/system/"
        "customer?tel=${URIENCODE(${CALLERID(num)})})})"
    )
    assert lines[3] == (" same => n,Set(isVip=${JSON_DECODE(IVRHOOKS_ANSWER,isVip)})")
    assert len(lines) == 7


def test_a_form_posts_and_takes_secrets_from_globals(contract: OfContract) -> None:
    vip = contract("vip")
    fitting = replace(vip, parameters=(vip.parameters[0], vip.parameters[2]))
    text = dialplan(fitting)
    assert "Set(CURLOPT(httpheader)=X-Api-Key: ${IVRHOOKS_X_API_KEY})" in text
    assert "/api/vip,tel=${URIENCODE(${CALLERID(num)})}&token=" in text
    assert "desk-key-7" not in text
    sheet = sheet_of(fitting, "en", "asterisk")
    assert any(section.code == text for section in sheet.sections)


def test_endpoints_a_dialplan_cannot_ask_have_no_lines(contract: OfContract) -> None:
    assert dialplan(contract("desk")) == ""  # JSON
    assert dialplan(contract("vip")) == ""  # `order no` is no variable
    system = contract("system")
    assert dialplan(replace(system, url="https://ivr.example.com/a)b")) == ""
    assert dialplan(replace(system, url="https://ivr.example.com/a%20b")) != ""
    for name, works in (("is.vip", False), ("is_vip", True)):
        outputs = (replace(system.outputs[0], name=name), *system.outputs[1:])
        assert bool(dialplan(replace(system, outputs=outputs))) is works
    for value, works in (("a,b", False), ("v2", True)):
        shop = replace(contract("vip").headers[1], example=value)
        text = dialplan(replace(system, headers=(shop,)))
        assert (f"Set(CURLOPT(httpheader)=X-Shop: {value})" in text) is works


def test_the_callers_number_may_have_any_name(contract: OfContract) -> None:
    system = contract("system")
    tel = replace(system.parameters[0], name="caller/no")
    text = dialplan(replace(system, parameters=(tel,)))
    assert "?caller%2Fno=${URIENCODE(${CALLERID(num)})}" in text


def test_it_waits_a_second_longer_than_the_deadline(contract: OfContract) -> None:
    for deadline, seconds in ((1000, 2), (1001, 3), (450, 2)):
        text = dialplan(replace(contract("system"), deadline_ms=deadline))
        assert f"CURLOPT(httptimeout)={seconds})" in text
