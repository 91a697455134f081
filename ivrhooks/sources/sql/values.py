"""Converts a database row to a record of JSON types; other values are left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

_BYTES = (bytes, bytearray, memoryview)


def record_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a record: dates as ISO text, decimals as text, no columns of bytes."""
    return {
        str(name): plain(value)
        for name, value in row.items()
        if not isinstance(value, _BYTES)
    }


def plain(value: Any) -> Any:
    """Return a column's value as a JSON type."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):  # and not a cidr, which yields its addresses
        return [plain(item) for item in value]
    return None if isinstance(value, _BYTES) else _text(value)


def _text(value: Any) -> str | None:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _clock_text(value)
    if isinstance(value, Decimal):  # str() would make 0E-8 of 0.00000000
        return format(value, "f") if value.is_finite() else None
    return str(value)


def _clock_text(length: timedelta) -> str:
    """Return a time of MySQL, or an interval of PostgreSQL, as ``[-]HH:MM:SS``.

    Both arrive as a timedelta. The hours go beyond 24, as MySQL's own do.
    """
    sign = "-" if length < timedelta() else ""
    minutes, rest = divmod(abs(length), timedelta(minutes=1))
    text = f"{sign}{minutes // 60:02}:{minutes % 60:02}:{rest.seconds:02}"
    return f"{text}.{rest.microseconds:06}" if rest.microseconds else text


def bound(value: Any) -> Any:
    """Return a parameter as drivers take it: Python's own types, a list as text."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return str(value)
