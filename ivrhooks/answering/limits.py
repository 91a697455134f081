"""The limits of a declared parameter, and the description of a valid value.

Values that the configuration took from the environment are never shown.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from typing import Any

import regex

from ivrhooks.config.parameter import Parameter
from ivrhooks.languages.catalogue import Reason, because

SEARCHED = 1_000
"""How many characters a ``pattern`` may search where no ``max_length`` is given: with
64 KB even a harmless pattern takes seconds."""

MAX_WAIT = 0.02
"""How many seconds a pattern may search; one that backtracks could take for ever."""

_AGREED = because("agreed")


def broken_limits(parameter: Parameter, value: Any) -> list[Reason]:
    """Return what is wrong with a value of the right type, each with what to send
    instead."""
    numbers = parameter.type == "int"
    return [
        *_outside_enum(parameter, value),
        *(_too_small_or_large if numbers else _unfit)(parameter, value),
    ]


def wanted(parameter: Parameter) -> Reason:
    """Return the description of a valid value."""
    place = place_of(parameter)
    if parameter.hidden:
        return because("wanted_agreed", place=place)
    if parameter.enum:
        values = ", ".join(map(str, parameter.enum))
        return because("wanted_one_of", place=place, values=values)
    if parameter.type == "int":
        return because("wanted_int", place=place)
    if parameter.format == "phone":
        return because("wanted_phone", place=place)
    return because("wanted_text", place=place)


def place_of(parameter: Parameter) -> Reason:
    """Return whether a parameter is called a header or a parameter."""
    return because("a_header" if parameter.place == "header" else "a_parameter")


def same_text(text: str, agreed: str) -> bool:
    """Compare two texts in constant time, as bytes: ``compare_digest`` refuses
    non-ASCII texts."""
    sent = text.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(sent, agreed.encode("utf-8", "surrogatepass"))


def _outside_enum(parameter: Parameter, value: Any) -> Iterator[Reason]:
    """Yield a reason where a value is not in ``enum``. A repeated header holds each of
    its values, and all of them must be."""
    if not parameter.enum or _is_one_of(parameter, value):
        return
    repeated = parameter.place == "header" and isinstance(value, str)
    twice = value.split(", ") if repeated else ()
    if len(twice) > 1 and all(_is_one_of(parameter, part) for part in twice):
        return
    values = ", ".join(map(str, parameter.shown_enum))
    yield because("one_of", values=values) if values else _AGREED


def _is_one_of(parameter: Parameter, value: Any) -> bool:
    """Return whether a value is in ``enum``; compares in constant time where ``enum``
    is hidden."""
    if "enum" not in parameter.hidden:
        return value in parameter.enum
    equal = False
    for agreed in parameter.enum:
        equal |= same_text(str(value), str(agreed))
    return equal


def _too_small_or_large(parameter: Parameter, value: int) -> Iterator[Reason]:
    if parameter.min is not None and value < parameter.min:
        yield because("at_least", value=parameter.min)
    if parameter.max is not None and value > parameter.max:
        yield because("at_most", value=parameter.max)


def _unfit(parameter: Parameter, value: str) -> Iterator[Reason]:
    longest, pattern = parameter.max_length, parameter.pattern
    if longest is None and pattern is not None:
        longest = SEARCHED
    if longest is not None and len(value) > longest:
        yield because("max_length", count=longest)
    if pattern is None or len(value) > max(SEARCHED, longest or 0):
        return
    if not _matches(pattern, value, parameter.quick_pattern):
        shown = parameter.shown_pattern
        yield because("pattern", pattern=shown) if shown else _AGREED


def fits_of(parameter: Parameter) -> Callable[[Any], bool] | None:
    """Return a function that returns whether a typed value keeps the limits; None where
    there are none.

    It agrees with ``broken_limits``, but gives no reasons.
    """
    if not parameter.limited:
        return None
    pattern, longest = parameter.pattern, parameter.max_length or SEARCHED
    if pattern is None or parameter.enum or not parameter.quick_pattern:
        return lambda value: not broken_limits(parameter, value)
    search = _searched(pattern)
    return lambda value: len(value) <= longest and search(value) is not None


_IN_BOTH = re.compile(r"[\w ^$()+*?{},.|\[\]/:@-]*", re.ASCII)
_DIFFERENT = re.compile(r"\(\?|\[\[|--|&&|\|\||~~|\[:")


def _searched(pattern: regex.Pattern[str]) -> Callable[[str], object]:
    """Return the search function of a quick pattern.

    It is that of the standard library, which takes half the time, where the pattern
    means the same there.
    """
    text = pattern.pattern
    plain = _IN_BOTH.fullmatch(text) and not _DIFFERENT.search(text)
    if not plain or pattern.flags != regex.compile("").flags:
        return pattern.search
    return re.compile(text).search


def _matches(pattern: regex.Pattern[str], value: str, quick: bool) -> bool:
    """Return whether ``pattern`` is found in time; one that backtracks for too long is
    not."""
    if quick:
        return pattern.search(value) is not None
    try:
        return pattern.search(value, timeout=MAX_WAIT) is not None
    except TimeoutError:
        return False
