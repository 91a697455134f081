"""Reads inputs and converts results to int and string, the two types of an IVR.

Inputs and results have different rules. Inputs are read strictly (``read_int``,
``read_string``): a wrong input is refused. Results of customer systems are converted
where that is safe (``to_int``, ``to_text``). A result that cannot be converted becomes
None, "no value", and never raises.
"""

from __future__ import annotations

import math
import re
from typing import Any

SAFE_INT = 2**53 - 1
"""The largest int that every JSON parser reads exactly."""

SAFE_DIGITS = 15
"""An int of at most this many digits is within SAFE_INT."""

_PLAIN_FLOAT = 1e21  # from this number on JSON writers use an exponent
_BLANKS = " \t\r\n\f\v"
_BEYOND_INPUT = 10**18
_INPUT_INT = re.compile(r"-?[0-9]{1,18}")
_RESULT_INT = re.compile(r"(-?[0-9]{1,18})(?:\.0)?")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    """Return ``text`` as a plain str without control characters and lone surrogates."""
    if text.isprintable() or _UNPRINTABLE.search(text) is None:
        return text if type(text) is str else str.__str__(text)
    return _UNPRINTABLE.sub("", text)


def to_int(value: Any) -> int | None:
    """Return ``value`` as an int of an answer.

    Converts an int, an integral number, a text of that form, true and false. None for
    any other value and beyond ±(2^53-1).
    """
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        match = _RESULT_INT.fullmatch(value.strip(_BLANKS))
        value = int(match[1]) if match else None
    elif isinstance(value, float):
        value = int(value) if math.isfinite(value) and value.is_integer() else None
    if isinstance(value, int) and -SAFE_INT <= value <= SAFE_INT:
        return int(value)
    return None


def to_text(value: Any) -> str | None:
    """Return ``value`` as a text of an answer.

    Converts a string, a number, true and false, and a list of these. None for any
    other value; an empty text stays empty.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, (list, tuple)):
        return _joined(value)
    return _scalar_text(value)


def _scalar_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        try:
            return int.__repr__(value)
        except ValueError:  # more digits than Python's limit for int to str
            return None
    if isinstance(value, float):
        return _float_text(value)
    return None


def _float_text(value: float) -> str | None:
    """Return a float as JSON writes it, or None for NaN and infinity.

    An integral one has no ``.0``.
    """
    if not math.isfinite(value):
        return None
    if value.is_integer() and abs(value) < _PLAIN_FLOAT:
        return str(int(value))
    return float.__repr__(value)


def _joined(values: list[Any] | tuple[Any, ...]) -> str | None:
    texts = []
    for value in values:
        text = clean(value) if isinstance(value, str) else _scalar_text(value)
        if text is None:
            return None
        texts.append(text)
    return ",".join(texts) if texts else None


def read_int(value: Any) -> int | None:
    """Return an input that is declared ``int``, or None if it is not valid.

    Valid are an integral number of at most 18 digits, true and false (1, 0), and a text
    of 1 to 18 ASCII digits, perhaps with blanks around it. The text ``7.0`` is not.
    """
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        return int(text) if _INPUT_INT.fullmatch(text) else None
    if isinstance(value, float):
        if not (math.isfinite(value) and value.is_integer()):
            return None
        value = int(value)
    if isinstance(value, int):
        return int(value) if abs(value) < _BEYOND_INPUT else None
    return None


def read_string(value: Any) -> str | None:
    """Return an input that is declared ``string``, or None if it is not valid.

    Valid are a text, a number, true and false ("1", "0"). A number becomes a text as
    JSON writes it, without ``.0`` if integral; an int has at most 18 digits.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) >= _BEYOND_INPUT:
        return None
    return _scalar_text(value)


def is_blank(value: Any) -> bool:
    """Return whether ``value`` is an empty text or has only blanks."""
    return isinstance(value, str) and not value.strip(_BLANKS)
