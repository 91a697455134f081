"""Public holidays and make-up working days by country, from the library ``holidays``.

The library is an extra, needed only by a configuration that names a country. Make-up
working days are known for the few countries and years whose government has announced
them (docs/calendars.md compares two libraries). A holiday file always works.
"""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

from ivrhooks.config.reading.report import nearest

YEARS_BEFORE, YEARS_AFTER = 10, 10


def country_days(code: str, year: int, *, worked: bool) -> tuple[set[date], str]:
    """Return the days of a country around ``year``, or the reason why there are
    none."""
    try:
        library: Any = import_module("holidays")
    except ImportError:
        return set(), (
            "holidays by country need the extra `holidays`; run pip install "
            "'ivrhooks[holidays]', or write the days"
        )
    known = library.list_supported_countries()
    if code not in known:
        near = nearest(code.upper(), known)
        return set(), f"{code!r} is no country that is known here{near}; write CN or VN"
    years = range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)
    country = library.country_holidays(code, years=years)
    if not worked:
        return set(country), ""
    days = getattr(country, "weekend_workdays", None)
    if not days:
        return set(), f"no make-up working days of {code} are known; write the days"
    return {day for day in days if day.year in years}, ""
