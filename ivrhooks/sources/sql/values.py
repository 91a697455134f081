"""Converts a database row to a record of JSON types; other values are left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID


def record_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a record: dates as ISO text, decimals as text, no columns of bytes."""
    return {
        str(name): plain(value)
        for name, value in row.items()
        if not isinstance(value, (bytes, bytearray, memoryview))
    }


def plain(value: Any) -> Any:
    """Return a column's value as a JSON type."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID, timedelta)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return [plain(item) for item in value]
    return str(value)


def bound(value: Any) -> Any:
    """Return a parameter as drivers take it: Python's own types, a list as text."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return str(value)
