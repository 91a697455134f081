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


def test_what_a_dialplan_cannot_ask_has_no_lines(contract: OfContract) -> None:
    assert dialplan(contract("desk")) == ""  # JSON
    assert dialplan(contract("vip")) == ""  # `order no` is no variable
    odd = replace(contract("system"), url="https://ivr.example.com/a)b")
    assert dialplan(odd) == ""
