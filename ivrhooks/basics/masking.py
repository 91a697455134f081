"""Masking: what leaves for a log, a page or a report names nobody and opens nothing.

Telephone numbers become ``138****0001``, e-mail addresses ``w***@example.com``, secrets
``***``. In free text masking rather hides an order number that looks like a telephone
number than show one of a person; what is known to be none has its kind (``personal``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

SECRET = "***"  # noqa: S105 - what stands in a secret's place

ALWAYS_SECRET = frozenset(
    {
        *("token", "partnerid", "authorization", "cookie"),
        *("password", "servicepassword", "client_secret"),
        *("access_token", "refresh_token", "accesstoken", "refreshtoken"),
    }
)
"""Fields that are secret wherever they come from, in lower case."""

_TAIL, _HEAD = 4, 3  # digits of a number that are shown, at its end and its beginning
_HIDDEN = 4  # digits that are hidden before any of its beginning is shown
_FEWEST, _MOST = 7, 17  # digits of what may be a telephone number, 00 included
_BETWEEN = r"(?:%20|%28|%29|%2[bBdD]|[ ().\-+/\u00a0])"
_NUMBER = re.compile(
    r"(?P<host>://[^\s/?#@:]+|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}):[0-9]{1,5}(?![0-9])"
    rf"|(?<![0-9])(?:%2[bB]|\+)?[0-9](?:{_BETWEEN}{{0,3}}[0-9]){{{_FEWEST - 1},}}"
)
"""A host with its port, which is no telephone number, or what may be one."""
_HARMLESS = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"  # an address
    r"|[0-9]+\.[0-9]+"  # a decimal
)
_YEAR, _MONTH = r"(?:19|20)[0-9]{2}", r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:3[01]|[12][0-9]|0?[1-9])"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
_MOMENT = re.compile(
    r"(?<![0-9+])(?<![0-9][-./])(?:"
    rf"(?:{_YEAR}(?P<sign>[-./]){_MONTH}(?P=sign){_DAY}"
    rf"|{_DAY}(?P<mark>[-./]){_MONTH}(?P=mark){_YEAR})"
    rf"(?:(?:[ T+]|%20){_CLOCK}(?:[+-][0-9]{{2}}:?[0-9]{{2}}(?![0-9]))?)?"
    r"|(?:19|20)[0-9]{2}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9])"
    r"(?:(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9])?"
    r")(?![0-9])(?![-/][0-9])"
    rf"|(?<![0-9:.])(?<!://)(?<!\w){_CLOCK}(?![0-9:])"
)
"""A day, a moment, or a time of the clock."""
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(rf"(?:@|%40){_LABEL}(?:\.{_LABEL}){{1,8}}")
_LOCAL = re.compile(r"[^\s@<>\"'(),:;\[\]\\=&?/|]*\Z")
_LONGEST_LOCAL = 64


def mask_phone(text: str) -> str:
    """A telephone number with little more than its last four digits to be read:
    ``138****0001``. A withheld caller's text, which has no digits, stays as it is."""
    digits = str.__str__(text)
    if not (digits.isascii() and digits.isdigit()):
        digits = "".join(letter for letter in digits if letter.isdecimal())
    count = len(digits)
    if not count:
        return text
    tail = _TAIL if count >= _FEWEST else count // 2
    head = max(0, min(_HEAD, count - tail - _HIDDEN))
    hidden = "*" * (count - head - tail)
    return digits[:head] + hidden + digits[count - tail :]


def mask_address(text: str) -> str:
    """Free text with every e-mail address in it as ``w***@example.com``."""
    pieces, end = [], 0
    for start, at, stop in _addresses(text):
        pieces += [text[end:start], text[start], "***", text[at:stop]]
        end = stop
    return "".join([*pieces, text[end:]]) if pieces else text


def _addresses(text: str) -> Iterator[tuple[int, int, int]]:
    """Where each e-mail address begins, has its sign, and ends; percent-encoded ones
    too. Looked for from the sign on, so that long texts without one cost nothing."""
    if "@" not in text and "%40" not in text:
        return
    end = 0
    for host in _HOST.finditer(text):
        at = host.start()
        found = _LOCAL.search(text[max(end, at - _LONGEST_LOCAL) : at])
        length = len(found[0].lstrip("%")) if found else 0
        if length:
            yield at - length, at, host.end()
            end = host.end()


def mask_text(text: str) -> str:
    """Free text with every telephone number and e-mail address in it masked; days,
    times, network addresses with their ports, and decimals stay."""
    text = mask_address(text)
    if _NUMBER.search(text) is None:
        return text
    pieces, end = [], 0
    for moment in _MOMENT.finditer(text):
        pieces += [_NUMBER.sub(_masked, text[end : moment.start()]), moment[0]]
        end = moment.end()
    return "".join([*pieces, _NUMBER.sub(_masked, text[end:])])


def found_in(text: str) -> Iterator[tuple[str, str]]:
    """What ``mask_text`` would hide: ``("email", …)`` and ``("phone", …)``."""
    if len(text) < _FEWEST:
        return
    for start, _, stop in _addresses(text):
        yield "email", text[start:stop].replace("%40", "@")
    plain = _MOMENT.sub(" | ", text) if _NUMBER.search(text) else ""
    for number in _NUMBER.finditer(plain):
        if number["host"]:
            yield from found_in(number["host"])
        elif _masked(number) != number[0]:
            bare = re.sub(r"%2[bB]", "+", number[0])
            yield "phone", re.sub(r"%[0-9A-Fa-f]{2}", "", bare)


def _masked(match: re.Match[str]) -> str:
    found, host = match[0], match["host"]
    if host:
        return mask_text(host) + found[len(host) :]
    bare = re.sub(r"%[0-9A-Fa-f]{2}", "", found)
    digits = sum(letter.isdecimal() for letter in bare)
    if not _FEWEST <= digits <= _MOST or _HARMLESS.fullmatch(found):
        return found
    return mask_phone(bare)


def mask_value(
    value: Any,
    secrets: Collection[str] = (),
    texts: Collection[str] = (),
    *,
    numbers: bool = True,
) -> Any:
    """Any JSON value, masked all the way down.

    ``secrets``: names whose values are hidden, in lower case; ``texts``: secret texts
    that are hidden wherever they stand; ``numbers``: whether telephone numbers are.
    """
    if isinstance(value, str):
        return hide(str.__str__(value), texts, numbers=numbers)
    if isinstance(value, Mapping):
        return {
            hide(str(name), texts, numbers=numbers): SECRET
            if str(name).lower() in ALWAYS_SECRET or str(name).lower() in secrets
            else mask_value(item, secrets, texts, numbers=numbers)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [mask_value(item, secrets, texts, numbers=numbers) for item in value]
    if numbers and isinstance(value, int) and abs(value) >= 10 ** (_FEWEST - 1):
        masked = mask_text(str(value))
        return value if masked == str(value) else masked
    return value


def hide(text: str, secrets: Collection[str], *, numbers: bool = True) -> str:
    """``text`` with each of the secret texts hidden, and telephone numbers masked
    where ``numbers`` says so."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, SECRET)
    return mask_text(text) if numbers else text
