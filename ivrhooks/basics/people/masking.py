"""Masks personal data and secrets in what is shown in a log, a page or a report.

Telephone numbers become ``138****0001``, e-mail addresses ``w***@example.com``, secrets
``***``. In free text, an order number that looks like a telephone number is masked too:
this is better than to show a person's number. A field that is known to hold no such
number has its own kind (``personal``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ivrhooks.basics.caller_address import WITHHELD

SECRET = "***"  # noqa: S105 - the text that replaces a secret

ALWAYS_SECRET = frozenset(
    {
        *("token", "partnerid", "authorization", "cookie"),
        *("password", "servicepassword", "client_secret"),
        *("access_token", "refresh_token", "accesstoken", "refreshtoken"),
    }
)
"""Names of fields that are always secret, in lower case."""

_TAIL, _HEAD = 4, 3  # how many digits are shown at the end and the beginning
_HIDDEN = 4  # how many digits are hidden before any at the beginning are shown
_MIN_DIGITS, _MAX_DIGITS = (
    7,
    17,
)  # how many digits a telephone number may have, with its 00
_BETWEEN = (
    r"[ \t().\-+/_\u00a0\u00ad\u00b7\u2000-\u2015\u202f\u2060\u2212"
    r"\u3000\ufe63\uff08\uff09\uff0b\uff0d-\uff0f]"
)
"""The separators that people write between the digits, also in full width."""
_NUMBER = re.compile(
    r"(?P<host>://[^\s/?#@:]+|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}):[0-9]{1,5}(?![0-9])"
    rf"|(?<!\d)[+\uff0b]?\d(?:{_BETWEEN}{{0,3}}\d){{{_MIN_DIGITS - 1},}}"
)
"""A host with its port, which is no telephone number, or a possible number."""
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
"""A date, a date with a time, a time of day, or a UUID."""
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(rf"[@\uff20]{_LABEL}(?:\.{_LABEL}){{1,8}}")
_LOCAL = re.compile(r"(?:\"[^\"\n]*\"|[^\s@\uff20<>\"'(),:;\[\]\\=&?/|]*)\Z")
_LONGEST_LOCAL = 64


def mask_phone(text: str) -> str:
    """Return a telephone number that shows little more than its last four digits.

    An example is ``138****0001``. The word of a withheld caller stays. Any other text,
    such as a person's name or address, keeps its first letter.
    """
    digits = str.__str__(text)
    if not (digits.isascii() and digits.isdigit()):
        digits = "".join(letter for letter in digits if letter.isdecimal())
    count = len(digits)
    if not count:
        return _mask_word(text)
    tail = _TAIL if count >= _MIN_DIGITS else count // 2
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
    """Return free text with each e-mail address masked as ``w***@example.com``."""
    parts, end = [], 0
    for start, at, stop in _addresses(text):
        parts += [text[end:start], text[start], "***", text[at:stop]]
        end = stop
    return "".join([*parts, text[end:]]) if parts else text


def _addresses(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the start, the place of the ``@`` and the end of each e-mail address.

    The search starts at each ``@``, so that a long text without one costs nothing.
    """
    if "@" not in text and "\uff20" not in text:
        return
    end = 0
    for host in _HOST.finditer(text):
        at = host.start()
        local = _LOCAL.search(text[max(end, at - _LONGEST_LOCAL) : at])
        length = len(local[0]) if local else 0
        if length:
            yield at - length, at, host.end()
            end = host.end()


def mask_text(text: str) -> str:
    """Return free text with each telephone number and e-mail address masked.

    Dates, times, network addresses with their ports, UUIDs and decimals stay. Where
    escapes hide a number or an address in a word, the word is shown without escapes.
    """
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
    """Return ``text`` without percent escapes, also double ones, and JSON escapes.

    Control characters become blanks.
    """
    if "%" not in text and "\\u" not in text:
        return text
    plain = unquote(unquote(text))
    plain = _JSON_ESCAPE.sub(lambda match: chr(int(match[1], 16)), plain)
    return _CONTROL.sub(" ", plain)


def _mask_plain(text: str) -> str:
    text = mask_address(text)
    if _NUMBER.search(text) is None:
        return text
    parts, end = [], 0
    for moment in _MOMENT.finditer(text):
        parts += [_NUMBER.sub(_masked, text[end : moment.start()]), moment[0]]
        end = moment.end()
    return "".join([*parts, _NUMBER.sub(_masked, text[end:])])


def personal_data_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield what ``mask_text`` would mask: ``("email", …)`` and ``("phone", …)``."""
    if len(text) < _MIN_DIGITS:
        return
    text = _unescaped(text)
    for start, _, stop in _addresses(text):
        yield "email", text[start:stop].replace("\uff20", "@")
    plain = _MOMENT.sub(" | ", text) if _NUMBER.search(text) else ""
    for number in _NUMBER.finditer(plain):
        if number["host"]:
            yield from personal_data_in(number["host"])
        elif not _HARMLESS.fullmatch(number[0]):
            yield from (("phone", part) for part, is_one in _parts(number[0]) if is_one)


def _masked(match: re.Match[str]) -> str:
    text, host = match[0], match["host"]
    if host:
        return _mask_plain(host) + text[len(host) :]
    if _HARMLESS.fullmatch(text):
        return text
    return "".join(
        mask_phone(part) if is_number else part for part, is_number in _parts(text)
    )


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Split a sequence of digits and separators into numbers and the text between.

    Each part comes with whether it may be a telephone number. A sequence is one number,
    or several if it has too many digits for one.
    """
    if sum(letter.isdecimal() for letter in text) <= _MAX_DIGITS:
        yield text, True
        return
    short = ""
    for part in _GROUPS.split(text):
        if part.isdecimal() and len(part) >= _MIN_DIGITS:
            yield from _group(short)
            yield part, len(part) <= _MAX_DIGITS
            short = ""
        else:
            short += part
    yield from _group(short)


def _group(short: str) -> Iterator[tuple[str, bool]]:
    """Yield short groups of digits as one part, and the characters around them."""
    groups = [match for match in _GROUPS.finditer(short)]
    digits = sum(len(match[0]) for match in groups)
    if digits < _MIN_DIGITS:
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
    """Return any JSON value, masked at every depth.

    ``secrets``: names whose values are hidden, in lower case. ``texts``: secret texts
    that are hidden wherever they occur. ``numbers``: whether telephone numbers are
    masked.
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
    """Return a JSON number, masked if it is whole and long: a possible telephone
    number."""
    if isinstance(value, float) and not value.is_integer():
        return value
    if abs(value) < 10 ** (_MIN_DIGITS - 1):
        return value
    masked = mask_text(str(int(value)))
    return value if masked == str(int(value)) else masked


def hide(text: str, secrets: Collection[str], *, numbers: bool = True) -> str:
    """Return ``text`` with each of the secret texts hidden.

    ``numbers``: whether telephone numbers and e-mail addresses are masked too.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, SECRET)
    return mask_text(text) if numbers else text
