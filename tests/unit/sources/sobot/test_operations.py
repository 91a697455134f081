"""The description of the one operation: the vendor's names, to the letter."""

from __future__ import annotations

from ivrhooks.sources.sobot.operations import OPERATIONS

DOCUMENT = """id tel email partner_id wx_unionid wx_external_userid wx_openid faceBookid
instagramid whatsappid lineid telegramid discordid visitorids nick uname sexName
countryName provice_name city_name remark userStatusName isVip vipLevel vipLeveName
isblack enterprise_name sourceName liableServiceName userLabel userLableName"""


def test_query_customer_is_the_default_and_the_only_one():
    assert [operation.name for operation in OPERATIONS] == ["query_customer"]
    assert OPERATIONS[0].pick == "risk_first"
    assert not OPERATIONS[0].write


def test_the_fields_are_the_documents():
    fields = OPERATIONS[0].fields
    assert [field.name for field in fields] == DOCUMENT.split()
    assert {field.type for field in fields} == {"string"}
    assert OPERATIONS[0].free_fields


def test_one_of_four_parameters_is_needed():
    operation = OPERATIONS[0]
    names = ("id", "tel", "email", "thirdAccountId")
    assert tuple(param.name for param in operation.params) == names
    assert operation.needs_one_of == names
    assert operation.required == ()
