"""Masking: what leaves for a log, a page or a report names nobody and opens nothing.

Telephone numbers become ``138****0001``, e-mail addresses ``w***@example.com``, secrets
``***``. In free text masking rather hides an order number that looks like a telephone
number than show one of a person; what is known to be none has its kind (``personal``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ivrhooks.basics.caller_address import WITHHELD

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
_BETWEEN = (
    r"[ \t().\-+/_\u00a0\u00ad\u00b7\u2000-\u2015\u202f\u2060\u2212"
    r"\u3000\ufe63\uff08\uff09\uff0b\uff0d-\uff0f]"
)
"""What people part the digits of a number by, in full width too."""
_NUMBER = re.compile(
    r"(?P<host>://[^\s/?#@:]+|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}):[0-9]{1,5}(?![0-9])"
    rf"|(?<!\d)[+\uff0b]?\d(?:{_BETWEEN}{{0,3}}\d){{{_FEWEST - 1},}}"
)
"""A host with its port, which is no telephone number, or what may be one."""
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_HARMLESS = re.compile(
    rf"{_OCTET}(?:\.{_OCTET}){{3}}"  # an address
    r"|[0-9]{1,6}\.[0-9]{1,6}"  # a decimal
)
_GROUPS = re.compile(r"(\d+)")
_JSON_ESCAPE = re.compile(r"\\u((?![dD][89a-fA-F])[0-9a-fA-F]{4})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WORD = re.compile(r"[^\s&;=?\"'<>]+")
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
    r"|(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])"
)
"""A day, a moment, a time of the clock, or a UUID."""
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(rf"[@\uff20]{_LABEL}(?:\.{_LABEL}){{1,8}}")
_LOCAL = re.compile(r"(?:\"[^\"\n]*\"|[^\s@\uff20<>\"'(),:;\[\]\\=&?/|]*)\Z")
_LONGEST_LOCAL = 64


def mask_phone(text: str) -> str:
    """A telephone number with little more than its last four digits to be read:
    ``138****0001``. A withheld caller's word stays; any other text, somebody's name or
    address, keeps its first letter."""
    digits = str.__str__(text)
    if not (digits.isascii() and digits.isdigit()):
        digits = "".join(letter for letter in digits if letter.isdecimal())
    count = len(digits)
    if not count:
        return _mask_word(text)
    tail = _TAIL if count >= _FEWEST else count // 2
    head = max(0, min(_HEAD, count - tail - _HIDDEN))
    hidden = "*" * (count - head - tail)
    return digits[:head] + hidden + digits[count - tail :]


def _mask_word(text: str) -> str:
    word = text.strip()
    if word.casefold() in WITHHELD or not any(map(str.isalpha, word)):
        return text
    shown = mask_address(word)
    return shown if shown != word else f"{word[0]}***"


def mask_address(text: str) -> str:
    """Free text with every e-mail address in it as ``w***@example.com``."""
    pieces, end = [], 0
    for start, at, stop in _addresses(text):
        pieces += [text[end:start], text[start], "***", text[at:stop]]
        end = stop
    return "".join([*pieces, text[end:]]) if pieces else text


def _addresses(text: str) -> Iterator[tuple[int, int, int]]:
    """Where each e-mail address begins, has its sign, and ends. Looked for from the
    sign on, so that long texts without one cost nothing."""
    if "@" not in text and "\uff20" not in text:
        return
    end = 0
    for host in _HOST.finditer(text):
        at = host.start()
        found = _LOCAL.search(text[max(end, at - _LONGEST_LOCAL) : at])
        length = len(found[0]) if found else 0
        if length:
            yield at - length, at, host.end()
            end = host.end()


def mask_text(text: str) -> str:
    """Free text with every telephone number and e-mail address in it masked; days,
    times, network addresses with their ports, UUIDs and decimals stay. A word in which
    escapes hide one is shown without them."""
    if "%" in text or "\\u" in text:
        text = _WORD.sub(_mask_escaped, text)
    return _mask_plain(text)


def _mask_escaped(match: re.Match[str]) -> str:
    if "%" not in match[0] and "\\u" not in match[0]:
        return match[0]
    plain = _unescaped(match[0])
    shown = _mask_plain(plain)
    return match[0] if shown == plain else shown


def _unescaped(text: str) -> str:
    """``text`` without percent escapes, those that were escaped twice, and those of
    JSON; blanks in place of control characters."""
    if "%" not in text and "\\u" not in text:
        return text
    plain = unquote(unquote(text))
    plain = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), plain)
    return _CONTROL.sub(" ", plain)


def _mask_plain(text: str) -> str:
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
    text = _unescaped(text)
    for start, _, stop in _addresses(text):
        yield "email", text[start:stop].replace("\uff20", "@")
    plain = _MOMENT.sub(" | ", text) if _NUMBER.search(text) else ""
    for number in _NUMBER.finditer(plain):
        if number["host"]:
            yield from found_in(number["host"])
        elif not _HARMLESS.fullmatch(number[0]):
            yield from (("phone", part) for part, is_one in _parts(number[0]) if is_one)


def _masked(match: re.Match[str]) -> str:
    found, host = match[0], match["host"]
    if host:
        return _mask_plain(host) + found[len(host) :]
    if _HARMLESS.fullmatch(found):
        return found
    return "".join(
        mask_phone(part) if is_number else part for part, is_number in _parts(found)
    )


def _parts(found: str) -> Iterator[tuple[str, bool]]:
    """The numbers in a row of digits and what parts them, each with whether it may be
    somebody's: one number, or several whose digits are too many for one."""
    if sum(letter.isdecimal() for letter in found) <= _MOST:
        yield found, True
        return
    short = ""
    for piece in _GROUPS.split(found):
        if piece.isdecimal() and len(piece) >= _FEWEST:
            yield from _group(short)
            yield piece, len(piece) <= _MOST
            short = ""
        else:
            short += piece
    yield from _group(short)


def _group(short: str) -> Iterator[tuple[str, bool]]:
    """Groups of few digits each, and the signs around them."""
    groups = [match for match in _GROUPS.finditer(short)]
    digits = sum(len(match[0]) for match in groups)
    if digits < _FEWEST:
        yield short, False
        return
    start, end = groups[0].start(), groups[-1].end()
    yield short[:start], False
    yield short[start:end], True
    yield short[end:], False


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
    if numbers and isinstance(value, (int, float)):
        return mask_number(value)
    return value


def mask_number(value: int | float) -> int | float | str:
    """A JSON number, masked where it may be a telephone number: whole, and long."""
    if isinstance(value, float) and not value.is_integer():
        return value
    if abs(value) < 10 ** (_FEWEST - 1):
        return value
    masked = mask_text(str(int(value)))
    return value if masked == str(int(value)) else masked


def hide(text: str, secrets: Collection[str], *, numbers: bool = True) -> str:
    """``text`` with each of the secret texts hidden, and telephone numbers masked
    where ``numbers`` says so."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, SECRET)
    return mask_text(text) if numbers else text
