"""Applies the world's numbering plans to a number, by the phonenumbers library.

Every function takes digits. ``region``: the ISO code of a country, or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, ValidationResult

_TOO_SHORT = frozenset(
    {ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY}
)


@lru_cache(maxsize=4096)
def format_digits(digits: str, plus: bool, form: str, region: str | None) -> str | None:
    """Return a number as ``e164`` or ``national``, or None if it has no such form."""
    number = _parsed(digits, plus, region)
    if number is None:
        return None
    if form == "e164":
        length = phonenumbers.is_possible_number_with_reason(number)
        if not plus and length in _TOO_SHORT:
            return None  # a short number such as 10086 exists only in its country
        return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "".join(sign for sign in national if sign in "0123456789") or None


@lru_cache(maxsize=1024)
def is_valid(digits: str, plus: bool, region: str | None) -> bool:
    """Return whether a number is valid: with a plus in its country, else in
    ``region``."""
    if plus:
        number = _parse(f"+{digits}", None)
    else:
        number = _parse(digits, region) if region else None
    return number is not None and bool(phonenumbers.is_valid_number(number))


@lru_cache(maxsize=64)
def international_prefix(region: str | None) -> re.Pattern[str] | None:
    """Return the international prefix of ``region``, or None if unknown or ``00``."""
    metadata = PhoneMetadata.metadata_for_region(region) if region else None
    prefix = metadata.international_prefix if metadata is not None else None
    return None if prefix in (None, "", "00") else re.compile(prefix)


def without_prefix(digits: str, region: str | None) -> str | None:
    """Return ``digits`` without their international prefix, or None if they have none.

    The result begins with the country code. If both the region's own prefix and ``00``
    are possible, the one that leaves a valid number counts; the region's own is tried
    first.
    """
    readings = [rest for rest in _readings(digits, region) if len(rest) >= 3]
    for rest in readings:
        if is_valid(rest, True, None):
            return rest
    if digits.startswith("00"):
        return readings[-1] if readings else None
    if readings and not is_valid(digits, False, region) and _is_possible(readings[0]):
        return readings[0]
    return None


def _readings(digits: str, region: str | None) -> Iterator[str]:
    """Yield what follows the region's own prefix, then what follows ``00``."""
    own = international_prefix(region)
    match = own.match(digits) if own is not None else None
    if match is not None:
        yield digits[match.end() :]
    if digits.startswith("00"):
        yield digits[2:]


def with_country(context: str, digits: str) -> str:
    """Return ``digits`` after ``context``, a country code and perhaps more digits.

    If only the country code makes a valid number, the other digits are omitted.
    """
    longer = context + digits
    for country in (context, *_country_code(context)):
        number = _parse(f"+{country}{digits}", None)
        if number is not None and phonenumbers.is_valid_number(number):
            return _e164(number)[1:]
    number = _parse(f"+{longer}", None)
    return longer if number is None else _e164(number)[1:]


def country_code(digits: str) -> str | None:
    """Return the country code of a number with a plus, or None."""
    number = _parse(f"+{digits}", None)
    return None if number is None else str(number.country_code)


@lru_cache(maxsize=64)
def region_code(region: str | None) -> str | None:
    """Return the country code of ``region``, or None."""
    code = phonenumbers.country_code_for_region(region.upper()) if region else 0
    return str(code) if code else None


def _country_code(digits: str) -> tuple[str, ...]:
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return tuple(
        digits[:length] for length in (1, 2, 3) if int(digits[:length]) in known
    )[:1]


def _parsed(
    digits: str, plus: bool, region: str | None
) -> phonenumbers.PhoneNumber | None:
    abroad = _parse(f"+{digits}", None)
    if plus:
        return abroad
    home = _parse(digits, region) if region else None
    if home is not None and phonenumbers.is_valid_number(home):
        return home
    if abroad is not None and phonenumbers.is_valid_number(abroad):
        return abroad
    return home


def _parse(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region.upper() if region else None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else _stripped(number)


def _stripped(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """Return ``number`` without a second prefix, if that makes it valid.

    The library removes one prefix only. A trunk prefix may follow a carrier prefix or
    another trunk prefix.
    """
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    try:
        again = phonenumbers.parse(
            phonenumbers.national_significant_number(number), region
        )
    except phonenumbers.NumberParseException:
        return number
    good = again.country_code == number.country_code
    return again if good and phonenumbers.is_valid_number(again) else number


def _is_possible(digits: str) -> bool:
    number = _parse(f"+{digits}", None)
    return number is not None and bool(phonenumbers.is_possible_number(number))


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
