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


_SPELT_OUT = re.compile(
    r"(?P<number>[0-9]{0,9}(?:[.,][0-9]{1,6})?) *(?P<unit>[a-z]+)", re.IGNORECASE
)
_UNITS = {
    **dict.fromkeys(("msec", "msecs", "millis", "milliseconds", "millisecond"), "ms"),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("k", "kib", "kilobytes"), "KB"),
    **dict.fromkeys(("mb", "mib", "megabytes"), "MB"),
    **dict.fromkeys(("g", "gib", "gigabytes"), "GB"),
    **dict.fromkeys(("byte", "bytes"), "B"),
}
"""Units as people write them, with ours."""


def _meant(text: str, units: Mapping[str, float], usual: str) -> str:
    """Return a measure with the unit and the number that are meant, else ``usual``."""
    match = _SPELT_OUT.fullmatch(text)
    if match is None or not match["number"]:
        return usual
    word = match["unit"].lower()
    unit = next((own for own in units if own.lower() == word), _UNITS.get(word))
    if word == "m" and "MB" in units:
        unit = "MB"
    number = match["number"].replace(",", ".")
    number = f"0{number}" if number.startswith(".") else number
    return f"{number}{unit}" if unit in units else usual


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
        advice = _meant(text, _SECONDS, "250ms, 2s, 10m, 1h or 7d")
        raise ValueError(f"this is no duration; write {advice}")
    return round(float(match["number"]) * _SECONDS[match["unit"]], 6)


def read_size(value: object) -> int:
    """Return the bytes of ``64KB`` (1,024 bytes each) or ``1MB``."""
    text = _text(value)
    match = _SIZE.fullmatch(text)
    if match is None:
        if _BARE.fullmatch(text):
            unit = "KB" if float(text) < _MANY_BYTES else "B"
            raise ValueError(f"a size needs a unit: write {text}{unit}, not {text}")
        advice = _meant(text, _BYTES, "64KB or 1MB")
        raise ValueError(f"this is no size; write {advice}")
    return int(float(match["number"]) * _BYTES[match["unit"].upper()])


def read_rate(value: object) -> RateLimit:
    """Return a rate: ``200/s`` is 200 in each second; also /m, /h and /d."""
    text = _text(value)
    match = _RATE.fullmatch(text)
    if match is None or int(match["count"]) == 0:
        count, _, unit = text.partition("/")
        unit = _UNITS.get(unit.strip().lower(), "")
        advice = f"{count.strip()}/{unit}" if unit in _PER else "200/s or 1000/m"
        raise ValueError(f"this is no rate; write {advice}")
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
