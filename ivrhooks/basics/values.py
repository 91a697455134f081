"""int and string, the two types an IVR knows: reading inputs, converting results.

Two directions with two sets of rules. Inputs are read strictly (``read_int``,
``read_string``): what the IVR sends is right or refused. Results of customer systems
are converted as far as that is safe (``to_int``, ``to_text``): what cannot be
converted is None, "no value", never an exception.
"""

from __future__ import annotations

import math
import re
from typing import Any

SAFE_INT = 2**53 - 1
"""The largest int that every JSON reader keeps exactly."""

SAFE_DIGITS = 15
"""An int of so many digits is within it."""

_PLAIN_FLOAT = 1e21  # from here on JSON writers use an exponent
_BLANKS = " \t\r\n\f\v"
_BEYOND_INPUT = 10**18
_INPUT_INT = re.compile(r"-?[0-9]{1,18}")
_RESULT_INT = re.compile(r"(-?[0-9]{1,18})(?:\.0)?")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    """``text`` as a plain str without control characters and lone surrogates."""
    if text.isprintable() or _UNPRINTABLE.search(text) is None:
        return text if type(text) is str else str.__str__(text)
    return _UNPRINTABLE.sub("", text)


def to_int(value: Any) -> int | None:
    """``value`` as an int of an answer: from int, an integral number, a text of that
    form, true or false. None where it is none of these or beyond ±(2^53-1)."""
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
    """``value`` as a text of an answer: from a string, a number, true or false, or a
    list of these. None where it is none of these; an empty text stays one."""
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
        except ValueError:  # more digits than Python is willing to write
            return None
    if isinstance(value, float):
        return _float_text(value)
    return None


def _float_text(value: float) -> str | None:
    """As JSON writes it, an integral one without ``.0``; None for NaN and infinity."""
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
    """An input declared ``int``: an integral number of at most 18 digits, true or
    false (1, 0), or a text of 1 to 18 ASCII digits with blanks around it. None where it
    is anything else (the text ``7.0`` too)."""
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
    """An input declared ``string``: a text, a number as JSON writes it (an integral one
    without ``.0``, of at most 18 digits where it is an int), true or false ("1", "0").
    None where it is anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) >= _BEYOND_INPUT:
        return None
    return _scalar_text(value)


def is_blank(value: Any) -> bool:
    """Whether ``value`` is a text of blanks only, or an empty one."""
    return isinstance(value, str) and not value.strip(_BLANKS)
