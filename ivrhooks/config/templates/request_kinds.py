"""Finds the personal-data kinds of the fields that a request sends.

A field that is filled from one parameter has the kind of that parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ivrhooks.basics.people.personal import IDENTIFYING, strictest

_PARAMETER = re.compile(
    r"\s*\{\{-?\s*(?P<place>inputs|headers)"
    r"(?:\.(?P<name>\w+)|\[\s*(?P<quote>['\"])(?P<quoted>.+?)(?P=quote)\s*\])"
    r"\s*(?:\|\s*phone\([^()]*\)\s*)?-?\}\}\s*"
)
"""A template that gives a parameter's value, or a number in another form."""

_SENSITIVE = IDENTIFYING | {"name"}


def sent_kinds(value: Any, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return the kind of each field in ``value`` that holds personal data.

    ``value`` is written under ``params`` or ``request``. ``kinds`` holds the kinds of
    the parameters by name, such as ``inputs.tel``; header names are in lower case.
    """
    by_name: dict[str, str] = {}
    for name, text in _texts(value, ""):
        match = _PARAMETER.fullmatch(text)
        if match is None:
            continue
        key = match["name"] or match["quoted"]
        key = key.lower() if match["place"] == "headers" else key
        kind = kinds.get(f"{match['place']}.{key}", "text")
        if name and kind in _SENSITIVE:
            by_name[name] = strictest([by_name.get(name, kind), kind])
    return by_name


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield each text in a value with the name of the field that it belongs to."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif isinstance(value, str):
        yield name, value
