"""How the tables here say what an answer holds.

A path is dotted; in it ``#`` is a length, ``@`` the keys and ``*`` each entry, and
``.`` alone is the whole. ``<str>`` and the like stand for any value of a type,
``<any>`` for any at all, ``<absent>`` for none, ``~…`` for text that matches; all else
is the value itself, types included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MISSING = "<absent>"
TYPES = {"<int>": int, "<str>": str, "<bool>": bool, "<list>": list, "<dict>": dict}


def filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """``value`` with ``$name`` replaced; alone it keeps its type."""
    if isinstance(value, str):
        if value.startswith("$") and value[1:] in kept:
            return kept[value[1:]]
        return re.sub(
            r"\$(\w+)", lambda match: str(kept.get(match[1], match[0])), value
        )
    if isinstance(value, Mapping):
        return {name: filled(item, kept) for name, item in value.items()}
    return [filled(item, kept) for item in value] if isinstance(value, list) else value


def value_at(value: Any, path: str) -> Any:
    parts = [part for part in str(path).split(".") if part]
    for place, part in enumerate(parts):
        if part == "#":
            return len(value)
        if part == "@":
            return list(value)
        if part == "*":
            rest = ".".join(parts[place + 1 :])
            return [value_at(item, rest) for item in value]
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and _is_place(part, value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def _is_place(part: str, value: list[Any]) -> bool:
    number = part.removeprefix("-")
    return number.isdigit() and -len(value) <= int(part) < len(value)


def fits(wanted: Any, got: Any) -> bool:
    """Whether a value is as wanted, types included: 1 is neither "1" nor true."""
    if isinstance(wanted, str) and wanted in TYPES:
        return type(got) is TYPES[wanted]
    if wanted == "<any>":
        return bool(got != MISSING)
    if isinstance(wanted, str) and wanted.startswith("~"):
        return isinstance(got, str) and bool(re.search(wanted[1:], got, re.DOTALL))
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(fits, wanted, got))
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        return set(wanted) == set(got) and all(fits(wanted[k], got[k]) for k in wanted)
    return type(wanted) is type(got) and wanted == got
