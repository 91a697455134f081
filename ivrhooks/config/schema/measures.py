"""Parses durations, sizes and rates: ``2s``, ``64KB``, ``200/s``.

Each function returns the value or raises ValueError with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ivrhooks.config.plan import RateLimit

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_PER = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = r"(?P<number>[0-9]{1,12}(\.[0-9]{1,6})?)"
_DURATION = re.compile(_NUMBER + r" ?(?P<unit>ms|s|m|h|d)", re.ASCII)
_SIZE = re.compile(_NUMBER + r" ?(?P<unit>B|KB|MB|GB)", re.ASCII | re.IGNORECASE)
_RATE = re.compile(r"(?P<count>[0-9]{1,9}) ?/ ?(?P<unit>s|m|h|d)", re.ASCII)
_MANY = 100  # a number this large was meant as milliseconds
_MANY_BYTES = 10_000  # a number this large was not meant as KB
_BARE = re.compile(_NUMBER, re.ASCII)


def read_duration(value: object, unit: str = "s") -> float:
    """Return the seconds of ``250ms``, ``2s``, ``10m``, ``1h`` or ``7d``.

    ``unit``: the one that is usual here, for the advice about a bare number.
    """
    text = _text(value)
    match = _DURATION.fullmatch(text)
    if match is None:
        if _BARE.fullmatch(text):
            near = f"{text}ms or {text}s" if float(text) >= _MANY else f"{text}{unit}"
            raise ValueError(f"a duration needs a unit: write {near}, not {text}")
        raise ValueError("this is no duration; write 250ms, 2s, 10m, 1h or 7d")
    return round(float(match["number"]) * _SECONDS[match["unit"]], 6)


def read_size(value: object) -> int:
    """Return the bytes of ``64KB`` (1,024 bytes each) or ``1MB``."""
    text = _text(value)
    match = _SIZE.fullmatch(text)
    if match is None:
        if _BARE.fullmatch(text):
            unit = "KB" if float(text) < _MANY_BYTES else "B"
            raise ValueError(f"a size needs a unit: write {text}{unit}, not {text}")
        raise ValueError("this is no size; write 64KB or 1MB")
    return int(float(match["number"]) * _BYTES[match["unit"].upper()])


def read_rate(value: object) -> RateLimit:
    """Return a rate: ``200/s`` is 200 in each second; also /m, /h and /d."""
    match = _RATE.fullmatch(_text(value))
    if match is None or int(match["count"]) == 0:
        raise ValueError("this is no rate; write 200/s or 1000/m")
    return RateLimit(int(match["count"]), _PER[match["unit"]])


def written(value: object, measure: str = "") -> str:
    """Return a value as it is written in the YAML. ``measure`` is duration or size."""
    if isinstance(value, bool):
        return str(value).lower()
    if measure == "duration" and isinstance(value, (int, float)):
        return _in_units(value, _SECONDS)
    if measure == "size" and isinstance(value, int):
        return _in_units(value, _BYTES)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _in_units(value: float, units: Mapping[str, float]) -> str:
    """Return a value in the largest unit of which it is an integral multiple."""
    if units is _SECONDS and 0 < value < 1:
        return f"{value * 1000:g}ms"
    for unit, length in [*units.items()][::-1]:
        if value >= length and not value % length:
            return f"{value / length:g}{unit}"
    return f"{value:g}{'s' if units is _SECONDS else 'B'}"


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()
