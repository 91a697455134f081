# ruff: noqa: E501 - a case stands on one line
"""The keys of ``security:``."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.schema.declare import keys_of
from ivrhooks.config.schema.security import HmacEntry, SecurityEntry, TwilioEntry

EMPTY = "this is empty; write a text"
SIGNED = {"secret": "s"}


def test_an_absent_key_differs_from_a_switched_off_one(entry_of: Any) -> None:
    absent = entry_of(SecurityEntry, {})
    assert {getattr(absent, key.name) for key in keys_of(SecurityEntry)} == {None}
    off = entry_of(SecurityEntry, {"hmac": None, "twilio": None})
    assert (off.hmac, off.twilio) == (False, False)


def test_one_address_or_host_needs_no_list(entry_of: Any) -> None:
    for key in ("allow_ips", "trusted_proxies", "outbound"):
        assert getattr(entry_of(SecurityEntry, {key: "10.0.0.1"}), key) == ("10.0.0.1",)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"hmac": {}}, {"hmac.secret": 'is missing; write secret: "${HOOK_SECRET}"'}),
        ({"hmac": {**SIGNED, "header": ""}}, {"hmac.header": EMPTY}),
        ({"hmac": {**SIGNED, "of": " "}}, {"hmac.of": EMPTY}),
        ({"hmac": {**SIGNED, "timestamp": ""}}, {"hmac.timestamp": EMPTY}),
        ({"hmac": {**SIGNED, "with": "md5"}}, {"hmac.with": "this is 'md5'; write sha1, sha256 or sha512"}),
        ({"hmac": {**SIGNED, "format": "binary"}}, {"hmac.format": "this is 'binary'; write hex or base64"}),
        ({"hmac": {**SIGNED, "tolerance": 5}}, {"hmac.tolerance": "a duration needs a unit: write 5m, not 5"}),
        ({"twilio": {"url": "https://a"}}, {"twilio.auth_token": 'is missing; write auth_token: "${TWILIO_AUTH_TOKEN}"'}),
        ({"twilio": {"auth_token": "t"}}, {"twilio.url": "is missing; write url: https://ivr.example.com, as Twilio calls it"}),
        ({"twilio": {"auth_token": "t", "url": ""}}, {"twilio.url": EMPTY}),
        ({"max_body": 64}, {"max_body": "a size needs a unit: write 64KB, not 64"}),
        ({"max_body": "0KB"}, {"max_body": "this is zero; write more than nothing"}),
        ({"rate_limit": "0/s"}, {"rate_limit": "this is no rate; write 200/s or 1000/m"}),
        ({"allow_ips": [1]}, {"allow_ips.0": "this is 1; write text, in quotes"}),
    ],
)  # fmt: skip
def test_a_value_that_security_cannot_have(
    refusals: Any, data: dict[str, Any], expected: dict[str, str]
) -> None:
    assert refusals(SecurityEntry, data) == expected


def test_secrets_are_not_printed() -> None:
    assert "hush" not in repr(HmacEntry("hush")) + repr(TwilioEntry("hush"))
