"""Declares the keys of ``security:``, in the root and in an endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ivrhooks.basics.signatures import ALGORITHMS
from ivrhooks.basics.signatures import FORMATS as SIGNATURE_FORMATS
from ivrhooks.config.plan import RateLimit
from ivrhooks.config.schema import slips
from ivrhooks.config.schema.declare import section, setting
from ivrhooks.config.schema.fields import (
    Any_,
    NestedOrOff,
    OneOf,
    Text,
    Texts,
    duration,
    needs,
    rate,
    size,
)
from ivrhooks.config.schema.measures import written

ALGORITHM, FORMAT, TOLERANCE = "sha256", "hex", 300.0
"""Defaults for a signature scheme of the caller's own."""


@section("`hmac:` of security", slips.HMAC)
@dataclass(frozen=True, slots=True)
class HmacEntry:
    """``hmac:`` as written; without ``header`` it is the scheme of Standard
    Webhooks."""

    secret: Any = setting(
        Any_(**needs('secret: "${HOOK_SECRET}"')),
        None,
        "The shared secret, or a list of accepted ones; from environment or file. "
        "`whsec_…` is base64 after its prefix.",
        repr=False,
    )
    header: str = setting(
        Text(blank=False),
        "",
        "The header with the signature. It selects a scheme of the caller's own, "
        "which the keys below describe.",
        usual="that of Standard Webhooks",
    )
    of: str | None = setting(
        Text(blank=False),
        None,
        "What is signed: `timestamp`, `body`, `query`, `path`, `method`, `id`, as "
        "received.",
        usual="`{{ body }}`, with `timestamp` `{{ timestamp }}.{{ body }}`",
    )
    timestamp: str | None = setting(
        Text(blank=False),
        None,
        "The header with the time, in Unix seconds or milliseconds; "
        "without it no time is checked.",
    )
    with_: str | None = setting(
        OneOf(*ALGORITHMS, data_key="with"), None, "The hash.", usual=ALGORITHM
    )
    format: str | None = setting(
        OneOf(*SIGNATURE_FORMATS), None, "The encoding of the signature.", usual=FORMAT
    )
    prefix: str | None = setting(
        Text(), None, "The text before the signature, such as `sha256=`."
    )
    tolerance: float | None = setting(
        duration(unit="m"),
        None,
        "How old a signature may be, or how far in the future.",
        usual=written(TOLERANCE, "duration"),
    )


@section("`twilio:` of security")
@dataclass(frozen=True, slots=True)
class TwilioEntry:
    """``twilio:`` as written."""

    auth_token: Any = setting(
        Any_(**needs('auth_token: "${TWILIO_AUTH_TOKEN}"')),
        None,
        "The account's auth token, or a list of accepted ones; from environment or "
        "file.",
        repr=False,
    )
    url: str = setting(
        Text(blank=False, **needs("url: https://ivr.example.com, as Twilio calls it")),
        "",
        "The beginning of the URLs as configured at Twilio, `https://ivr.example.com`.",
    )


@section("`security:` of the root or of an endpoint")
@dataclass(frozen=True, slots=True)
class SecurityEntry:
    """``security:`` as written. None: the key is absent; False: it is switched off."""

    allow_ips: tuple[str, ...] | None = setting(
        Texts(single=True),
        None,
        "Networks that may send data requests, such as `10.0.0.0/8`.",
        usual="everybody",
    )
    trusted_proxies: tuple[str, ...] | None = setting(
        Texts(single=True),
        None,
        "Root only. Proxies that are trusted to give the caller's address.",
    )
    hmac: HmacEntry | Literal[False] | None = setting(
        NestedOrOff(HmacEntry),
        None,
        "Data requests must be signed: Standard Webhooks, or a scheme "
        "of the caller's own. `null` in an endpoint switches the root's"
        " off.",
    )
    twilio: TwilioEntry | Literal[False] | None = setting(
        NestedOrOff(TwilioEntry),
        None,
        "Data requests must be signed by Twilio. `null` in an endpoint "
        "switches the root's off.",
    )
    max_body: int | None = setting(
        size(),
        None,
        "The largest body of a data request; a larger one is refused with 413.",
        usual="64KB",
    )
    rate_limit: RateLimit | None = setting(
        rate(),
        None,
        "Data requests from one address, such as `200/s`, for all processes together "
        "with `shared_cache`. One second's worth may come at once.",
    )
    outbound: tuple[str, ...] | None = setting(
        Texts(single=True),
        None,
        "Root only. Hosts that sources may call.",
        usual="the hosts of the sources",
    )
