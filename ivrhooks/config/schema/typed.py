"""Checks values with a declared type, int or string: defaults, maps, mocks and
tests."""

from __future__ import annotations

from typing import Any

from ivrhooks.config.reading.interpolated import Interpolated, as_written
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.fields import to_number

LARGEST = 2**53 - 1


def typed(value: Any, type_: str, location: Location) -> int | str | None:
    """Return ``value`` where it has the declared type; else report an error, return
    None."""
    if type_ == "int":
        return _int(value, location)
    if isinstance(value, str):
        return str(value)
    if _is_number(value):
        location.error(
            "this is a number, but the type is string; write it in quotes: "
            f'"{location.number() or as_written(value)}"'
        )
    elif isinstance(value, (dict, list)):
        location.error("this is no text, but the type is string; write one text")
    else:
        what = as_written(value)
        location.error(f"this is {what}, but the type is string; write text, in quotes")
    return None


def _int(value: Any, location: Location) -> int | None:
    if isinstance(value, Interpolated):
        value = to_number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) <= LARGEST:
            return value
        location.error("this int is too large for JSON; write one within ±(2^53-1)")
        return None
    shown = as_written(value)
    if isinstance(value, (dict, list)):
        shown = "no number"
    elif isinstance(value, str):
        shown = repr(shown)
    advice = "write a whole number, without quotes"
    location.error(f"this is {shown}, but the type is int; {advice}")
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
