"""Gives an unquoted word of YAML its value: a number, true, false, null or a text.

Words that YAML 1.1 converted (``no``, ``on``, ``1:30``, ``0123`` and unquoted dates)
stay text.
"""

from __future__ import annotations

import re
from typing import Any

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,300})")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_JSON = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_SIGNS = frozenset("+-.0123456789")


def is_no_number(text: str) -> bool:
    """Return whether a word is a float of YAML that JSON does not have, such as
    ``.inf``."""
    return text[:1] in _NUMBER_SIGNS and _NOT_JSON.fullmatch(text) is not None


def resolve(text: str) -> Any:
    """Return the YAML 1.2 value of an unquoted word; with a leading zero it stays
    text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_SIGNS:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL_OR_HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return text if number in (float("inf"), float("-inf")) else number
    return text
