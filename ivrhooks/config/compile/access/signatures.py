"""Compiles ``hmac:`` and ``twilio:`` of ``security:``: how signatures are checked."""

from __future__ import annotations

import re
from typing import Any

from ivrhooks.basics.signatures import (
    HmacScheme,
    TwilioScheme,
    key_of,
    public_urls,
    read_parts,
)
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.security import (
    ALGORITHM,
    FORMAT,
    TOLERANCE,
    HmacEntry,
    TwilioEntry,
)

_TOKEN = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")
_OWN = {"of": "of", "timestamp": "timestamp", "with_": "with", "format": "format"}
"""Keys of a caller's own scheme: their name in the entry and their name in the file."""


def compile_hmac(entry: HmacEntry, location: Location) -> HmacScheme | None:
    """Return the HMAC scheme, or None where it has no usable secret."""
    keys = tuple(map(key_of, _secrets(entry.secret, location.at("secret"), key_of)))
    tolerance = TOLERANCE if entry.tolerance is None else entry.tolerance
    if not entry.header:
        _refuse_own_keys(entry, location)
        return HmacScheme(keys, tolerance=tolerance) if keys else None
    parts = _parts(entry, location)
    if not keys or parts is None:
        return None
    _check_headers(entry, location)
    _check_time(entry, "timestamp" in parts, location)
    names = (entry.header, entry.timestamp)
    return HmacScheme(
        keys,
        header=str(entry.header),
        of=parts,
        timestamp=str(entry.timestamp or ""),
        algorithm=entry.with_ or ALGORITHM,
        format=entry.format or FORMAT,
        prefix=str(entry.prefix or ""),
        tolerance=tolerance,
        standard=False,
        hidden=tuple(str(name) for name in names if isinstance(name, Interpolated)),
    )


def compile_twilio(entry: TwilioEntry, location: Location) -> TwilioScheme | None:
    """Return the Twilio scheme, or None where it has errors."""
    tokens = _secrets(entry.auth_token, location.at("auth_token"), str.encode)
    try:
        urls = public_urls(str(entry.url).strip())
    except ValueError:
        if entry.url:
            location.at("url").error(
                "this is no public address of this server; write "
                "https://ivr.example.com, the beginning of the URLs at Twilio"
            )
        return None
    if not tokens:
        return None
    return TwilioScheme(tuple(token.encode() for token in tokens), urls)


def _secrets(value: Any, location: Location, read: Any) -> list[str]:
    """Return the secrets that ``read`` accepts. ``value`` is one secret or a list."""
    if value is None:
        return []
    several = isinstance(value, list)
    items = value if several else [value]
    if not items:
        location.error('the list is empty; write ["${NEW_SECRET}", "${OLD_SECRET}"]')
    secrets = []
    for index, item in enumerate(items):
        at = location.at(index) if several else location
        if _is_secret(item, at, read):
            secrets.append(str(item))
    return secrets


def _is_secret(item: Any, location: Location, read: Any) -> bool:
    if not isinstance(item, str):
        location.error('this is no text; write "${NAME}", or a list of such texts')
        return False
    if not item:
        location.error("this secret is empty; set it to a text")
        return False
    try:
        read(str(item))
    except ValueError:
        location.error(
            "behind whsec_ there is no base64; copy the whole secret from where it "
            "was made"
        )
        return False
    if not isinstance(item, Interpolated):
        location.plain_secret()
    return True


def _refuse_own_keys(entry: HmacEntry, location: Location) -> None:
    """Report keys of a caller's own scheme where ``header`` is missing.

    Without ``header`` the scheme is that of Standard Webhooks, which has no options.
    """
    for name, key in {**_OWN, "prefix": "prefix"}.items():
        if getattr(entry, name) is not None:
            location.at(key).error(
                f"`{key}` belongs to a scheme of the caller's own, which names its "
                "header; write header: X-Signature too, or remove this",
                key=True,
            )


def _parts(entry: HmacEntry, location: Location) -> tuple[str | bytes, ...] | None:
    if entry.of is None:
        return ("timestamp", b".", "body") if entry.timestamp else ("body",)
    try:
        return read_parts(str(entry.of))
    except ValueError as problem:
        location.at("of").error(str(problem))
        return None


def _check_headers(entry: HmacEntry, location: Location) -> None:
    for key, example in (("header", "X-Signature"), ("timestamp", "X-Timestamp")):
        name = getattr(entry, key)
        if name and not _TOKEN.fullmatch(name):
            shown = "this" if isinstance(name, Interpolated) else f"`{name}`"
            location.at(key).error(
                f"{shown} is no header name (a `_` is dropped by web servers); write "
                f"{example}"
            )


def _check_time(entry: HmacEntry, signed: bool, location: Location) -> None:
    if not entry.timestamp:
        if signed:
            location.at("of").error(
                "`timestamp` is signed, and no header is named that holds it; write "
                "timestamp: X-Timestamp"
            )
        else:
            location.warning(
                "without `timestamp` no time is checked, and a data request that "
                "somebody has recorded can be sent again; write timestamp: "
                "X-Timestamp where the caller sends one",
                key=True,
            )
    elif not signed:
        location.at("of").warning(
            "the time is not signed, so that anybody can renew it; write of: "
            '"{{ timestamp }}.{{ body }}" where the caller signs it'
        )
