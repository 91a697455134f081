"""Telephone numbers as callers' networks send them: read, written in forms, compared.

Nothing is ever refused: a number that cannot be one is a value all the same, and a
withheld caller is a value too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

FORMS = ("e164", "national", "digits")
WITHHELD = frozenset(
    {
        "anonymous",
        "unknown",
        "private",
        "nobody",
        "restricted",
        "unavailable",
        "withheld",
    }
)
_FEWEST_DIGITS = 3
_LONGEST = 256
_FEWEST_TO_COMPARE = 7
_ALWAYS_KNOWN = ("86", "84")
_PLAIN = re.compile(r"\+[0-9]{3,255}|(?!00)[0-9]{3,256}")


class PhoneNumber(str):
    """The digits as sent, or the text of a withheld caller.

    ``plus``: a plus or ``00`` was sent, so the country code is in the digits.
    """

    __slots__ = ("plus", "withheld")
    plus: bool
    withheld: bool

    def __new__(
        cls, text: str = "", *, plus: bool = False, withheld: bool = False
    ) -> PhoneNumber:
        """Make one out of digits (or a withheld caller's text)."""
        number = super().__new__(cls, text)
        number.plus = plus
        number.withheld = withheld
        return number

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, bool]]:
        return (str(self),), {"plus": self.plus, "withheld": self.withheld}


def read_phone(text: str) -> PhoneNumber:
    """The number in what was sent: blanks, punctuation and what means plus dropped."""
    if _PLAIN.fullmatch(text):  # the common case, at a tenth of the time
        plus = text[0] == "+"
        return PhoneNumber(text[1:] if plus else text, plus=plus)
    trimmed = text.strip()
    if len(trimmed) > _LONGEST or _is_withheld_text(trimmed):
        return PhoneNumber(trimmed, withheld=True)
    digits, plus = _digits(text)
    if not plus and digits.startswith("00") and len(digits) >= 2 + _FEWEST_DIGITS:
        digits, plus = digits[2:], True
    if len(digits) < _FEWEST_DIGITS:
        return PhoneNumber(trimmed, withheld=True)
    return PhoneNumber(digits, plus=plus)


def format_phone(
    value: object, form: str, region: str | None
) -> PhoneNumber | str | None:
    """``value`` as ``e164``, ``national`` or ``digits``; None: cannot be read so.

    A withheld number stays a withheld one, without text. Raises ValueError for an
    unknown form.
    """
    if form not in FORMS:
        raise ValueError(f"no form {form!r}; write e164, national or digits")
    number = _as_number(value)
    if number is None or number.withheld:
        return None if number is None else PhoneNumber("", withheld=True)
    if form == "digits":
        return str(number)
    return _formatted(str(number), number.plus, form, region)


def same_number(a: str, b: str, region: str | None = None) -> bool:
    """Whether two texts are one subscriber's number, with or without country code,
    trunk zero and punctuation; never for withheld callers."""
    first, second = _as_number(a), _as_number(b)
    if first is None or second is None or first.withheld or second.withheld:
        return False
    if first == second or (first.plus and second.plus):
        return first == second and len(first) >= _FEWEST_TO_COMPARE
    rests = _rests(first, region) & _rests(second, region)
    return any(len(rest) >= _FEWEST_TO_COMPARE for rest in rests)


def _as_number(value: object) -> PhoneNumber | None:
    if isinstance(value, PhoneNumber):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return read_phone(str(value))


def _is_withheld_text(text: str) -> bool:
    if text.casefold() in WITHHELD:
        return True
    return any(
        sign in "*#" or unicodedata.category(sign).startswith("L") for sign in text
    )


def _digits(text: str) -> tuple[str, bool]:
    """The decimal digits of any script as ASCII, and whether a plus came first."""
    digits, plus = "", False
    for sign in unicodedata.normalize("NFKC", text):
        value = unicodedata.decimal(sign, None)
        if value is not None:
            digits += str(value)
        elif sign == "+" and not digits:
            plus = True
    if text[:1] == " " and digits[:1] not in ("", "0"):
        plus = True  # a plus that was not encoded arrives as a blank
    return digits, plus


@lru_cache(maxsize=4096)
def _formatted(digits: str, plus: bool, form: str, region: str | None) -> str | None:
    number = _parsed(digits, plus, region)
    if number is None:
        return None
    if form == "e164":
        return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "".join(sign for sign in national if sign in "0123456789") or None


def _parsed(
    digits: str, plus: bool, region: str | None
) -> phonenumbers.PhoneNumber | None:
    abroad = _try(f"+{digits}", None)
    if plus:
        return abroad
    home = _try(digits, region.upper()) if region else None
    if home is not None and phonenumbers.is_valid_number(home):
        return home
    if abroad is not None and phonenumbers.is_valid_number(abroad):
        return abroad
    return home


def _try(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _rests(number: PhoneNumber, region: str | None) -> set[str]:
    """What may be left of a number without country code and trunk zero."""
    digits = str(number)
    rests = {digits}
    for prefix in _prefixes(number, region):
        if digits.startswith(prefix):
            rests.add(digits[len(prefix) :])
    return rests | {rest[1:] for rest in rests if rest.startswith("0")}


def _prefixes(number: PhoneNumber, region: str | None) -> tuple[str, ...]:
    if number.plus:
        parsed = _try(f"+{number}", None)
        return (str(parsed.country_code),) if parsed is not None else ()
    own = phonenumbers.country_code_for_region(region.upper()) if region else 0
    return (*_ALWAYS_KNOWN, str(own)) if own else _ALWAYS_KNOWN
