"""Describes the one operation of Sobot: the query of a customer.

The description is used by the client, the sandbox, ``ivrhooks check``, the docs and the
console. Names and misspellings (``provice_name``, ``vipLeveName``, ``userLableName``,
``faceBookid``) are the vendor's.
"""

from __future__ import annotations

from ivrhooks.sources.interface import Field, Operation, Param, VendorError

DOCUMENT = "Sobot API management, Instructions for using internal APIs"

PARAMS = (
    Param("id", "string", help="customer id", pii="id"),
    Param("tel", "string", help="telephone number", pii="phone"),
    Param(
        "email", "string", help="e-mail address (nameless in the document)", pii="email"
    ),
    Param(
        "thirdAccountId",
        "string",
        help="any of ten ids elsewhere: partnerId, wxUnionId, wxOpenId, "
        "wxExternalUserId, whatsappId, faceBookId, instagramId, lineId, telegramId, "
        "discordId",
        pii="id",
    ),
)

FIELDS = (
    Field("id", help="customer id; always there", pii="id"),
    Field("tel", help="telephone number; several are separated by `;`", pii="phone"),
    Field("email", help="e-mail address (nameless in the document)", pii="email"),
    Field("partner_id", help="docking id", pii="id"),
    Field("wx_unionid", help="WeChat union id", pii="id"),
    Field("wx_external_userid", help="WeCom external contact id", pii="id"),
    Field("wx_openid", help="WeChat open id", pii="id"),
    Field("faceBookid", help="Facebook id (sic, capital B)", pii="id"),
    Field("instagramid", help="Instagram id", pii="id"),
    Field("whatsappid", help="WhatsApp id", pii="id"),
    Field("lineid", help="Line id", pii="id"),
    Field("telegramid", help="Telegram id", pii="id"),
    Field("discordid", help="Discord id", pii="id"),
    Field("visitorids", help="visitor ids", pii="id"),
    Field("nick", help="nickname; always there", pii="name"),
    Field("uname", help="real name", pii="name"),
    Field("sexName", help="`Male`, `Female`, or empty; always there", pii="none"),
    Field("countryName", help="country", pii="none"),
    Field("provice_name", help="province (sic)", pii="none"),
    Field("city_name", help="city", pii="none"),
    Field("remark", help="note", pii="text"),
    Field("userStatusName", help="`blacklist` or `normal`; always there", pii="none"),
    Field("isVip", help="`1` yes, `2` no", pii="none"),
    Field(
        "vipLevel", help="VIP level, an option of the account's own list", pii="none"
    ),
    Field("vipLeveName", help="VIP level as text (sic)", pii="none"),
    Field("isblack", help="`1` yes, `0` no; always there", pii="none"),
    Field("enterprise_name", help="company", pii="name"),
    Field("sourceName", help="channel", pii="none"),
    Field("liableServiceName", help="agent in charge", pii="name"),
    Field("userLabel", help="tag ids, separated by commas", pii="none"),
    Field("userLableName", help='`"Tag group": "Tag 1", "Tag 2"` (sic)', pii="none"),
)

ERRORS = (
    VendorError("900001", "the token is empty; a new one is fetched once"),
    VendorError("900002", "the token has expired; a new one is fetched once"),
    VendorError("900003", "the signature is wrong: app_id, app_key or the clock"),
    VendorError("900004", "the company has no API configuration: app_id"),
    VendorError("700046", "this edition may not use the API"),
    VendorError("999999", "unknown error"),
)

OPERATIONS = (
    Operation(
        kind="sobot",
        name="query_customer",
        method="GET",
        path="/internal/customer/query",
        summary="One customer, by id, telephone number, e-mail or an id elsewhere; "
        "of several parameters all must match.",
        reference=DOCUMENT,
        params=PARAMS,
        needs_one_of=tuple(param.name for param in PARAMS),
        fields=FIELDS,
        free_fields=True,
        pick="risk_first",
        errors=ERRORS,
    ),
)
