"""Reads, formats and compares telephone numbers as callers' networks send them.

Nothing is refused: an impossible number and a withheld caller are values too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ivrhooks.basics import dialling
from ivrhooks.basics.caller_address import WITHHELD, split_signed, unwrap

FORMS = ("e164", "national", "digits")
_FEWEST_DIGITS = 3
_LONGEST = 256
_FEWEST_TO_COMPARE = 7
_ALWAYS_KNOWN = ("86", "84")


class PhoneNumber(str):
    """The digits as sent, or the text of a withheld caller.

    ``plus``: a plus or an international prefix was sent, so the digits have the country
    code. ``extension``: the digits of an extension, which are not part of the number.
    """

    __slots__ = ("extension", "plus", "withheld")
    plus: bool
    withheld: bool
    extension: str | None

    def __new__(
        cls,
        text: str = "",
        *,
        plus: bool = False,
        withheld: bool = False,
        extension: str | None = None,
    ) -> PhoneNumber:
        """Make a number of digits (or of a withheld caller's text)."""
        number = super().__new__(cls, text)
        number.plus = plus
        number.withheld = withheld
        number.extension = extension
        return number

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        more = {"withheld": self.withheld, "extension": self.extension}
        return (str(self),), {"plus": self.plus, **more}


class PhoneReader:
    """Reads the numbers that callers of one region send.

    ``withheld``: texts that mean a withheld caller, in addition to the words that
    always do.
    """

    __slots__ = ("_plain", "region", "withheld")

    def __init__(
        self, region: str | None = None, withheld: frozenset[str] = frozenset()
    ) -> None:
        self.region = region
        self.withheld = withheld
        own = dialling.international_prefix(region)
        abroad = "00" if own is None else f"00|{own.pattern}"
        self._plain = re.compile(rf"\+[0-9]{{3,255}}|(?!{abroad})[0-9]{{3,256}}")

    def __call__(self, text: str) -> PhoneNumber:
        """Return the number in ``text`` without its plus, blanks, punctuation and any
        text around it."""
        if self._plain.fullmatch(text):  # the common case, at a tenth of the time
            plus = text[0] == "+"
            digits = text[1:] if plus else text
            return PhoneNumber(digits, plus=plus, withheld=digits in self.withheld)
        trimmed = text.strip()
        if len(trimmed) > _LONGEST or trimmed.casefold() in WITHHELD:
            return PhoneNumber(trimmed, withheld=True)
        return self._read(text, trimmed)

    def _read(self, text: str, trimmed: str) -> PhoneNumber:
        address = unwrap(text)
        number, extension = address.number, address.extension
        if extension is None:
            number, extension = self._split(number)
        digits, plus = _digits(number)
        if _is_withheld(number, digits) or digits in self.withheld:
            return PhoneNumber(trimmed, withheld=True)
        if not plus:
            rest = dialling.without_prefix(digits, self.region)
            digits, plus = (digits, False) if rest is None else (rest, True)
        if not plus and address.context is not None:
            digits, plus = dialling.with_country(address.context, digits), True
        return PhoneNumber(digits, plus=plus, extension=extension)

    def _split(self, text: str) -> tuple[str, str | None]:
        """Return a number and its extension, if the number is valid only without it."""
        parts = split_signed(text)
        if parts is None:
            return text, None
        if self._is_valid(parts[0]) and not self._is_valid(text):
            return parts
        return text, None

    def _is_valid(self, text: str) -> bool:
        digits, plus = _digits(text)
        if not plus:
            rest = dialling.without_prefix(digits, self.region)
            digits, plus = (digits, False) if rest is None else (rest, True)
        return dialling.is_valid(digits, plus, self.region)


@lru_cache(maxsize=64)
def phone_reader(
    region: str | None, withheld: frozenset[str] = frozenset()
) -> PhoneReader:
    """Return the reader for a region, compiled once."""
    return PhoneReader(region, withheld)


def read_phone(text: str, region: str | None = None) -> PhoneNumber:
    """Return the number in the text that a caller of ``region`` sent."""
    return phone_reader(region)(text)


def format_phone(value: object, form: str, region: str | None) -> str | None:
    """Return ``value`` as ``e164``, ``national`` or ``digits``, or None if impossible.

    A withheld number has no form. Raises ValueError for an unknown form.
    """
    if form not in FORMS:
        raise ValueError(f"no form {form!r}; write e164, national or digits")
    number = _as_number(value, region)
    if number is None or number.withheld:
        return None
    if form == "digits":
        return str(number)
    return dialling.format_digits(str(number), number.plus, form, region)


def same_number(a: str, b: str, region: str | None = None) -> bool:
    """Return whether two texts are the number of one subscriber.

    Country code, trunk zero and punctuation may be missing from either. False for
    withheld callers.
    """
    first, second = _as_number(a, region), _as_number(b, region)
    if first is None or second is None or first.withheld or second.withheld:
        return False
    if first == second or (first.plus and second.plus):
        return first == second and len(first) >= _FEWEST_TO_COMPARE
    rests = _subscriber_forms(first, region) & _subscriber_forms(second, region)
    return any(len(rest) >= _FEWEST_TO_COMPARE for rest in rests)


def _as_number(value: object, region: str | None) -> PhoneNumber | None:
    if isinstance(value, PhoneNumber):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return read_phone(str(value), region)


def _is_withheld(text: str, digits: str) -> bool:
    """Return whether a text has letters, ``*``, ``#`` or too few digits."""
    if len(digits) < _FEWEST_DIGITS or text.strip().casefold() in WITHHELD:
        return True
    return any(
        sign in "*#" or unicodedata.category(sign).startswith("L") for sign in text
    )


def _digits(text: str) -> tuple[str, bool]:
    """Return the digits of a text, and whether a plus precedes them.

    A blank at the start counts as a plus, since a plus that was not encoded is decoded
    to a blank; not so before a zero.
    """
    digits = re.sub("[^0-9]", "", text)
    before = text.partition(digits[:1])[0] if digits else text
    plus = "+" in before or (text[:1] == " " and digits[:1] not in ("", "0"))
    return digits, plus


def _subscriber_forms(number: PhoneNumber, region: str | None) -> set[str]:
    """Return the digits with and without country code and trunk zero."""
    digits = str(number)
    rests = {digits}
    for prefix in _prefixes(number, region):
        if digits.startswith(prefix):
            rests.add(digits[len(prefix) :])
    return rests | {rest[1:] for rest in rests if rest.startswith("0")}


def _prefixes(number: PhoneNumber, region: str | None) -> tuple[str, ...]:
    if number.plus:
        code = dialling.country_code(str(number))
        return (code,) if code is not None else ()
    own = dialling.region_code(region)
    return (*_ALWAYS_KNOWN, own) if own else _ALWAYS_KNOWN
