"""Compiles ``calendars:`` of the root file to calendars and reports problems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from ivrhooks.basics.time_zones import UnknownZone, zone
from ivrhooks.config.calendars.calendar import DAY, Calendar, Spans, SpecialDays
from ivrhooks.config.calendars.days import DayReader, ReadFile, read_range
from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.reading.report import Location, closest, listed

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SEVERAL = re.compile(
    r"\w{2,9} ?(-|–|,|to) ?\w{2,9}|weekdays?|weekends?|every ?day|daily|all|hours|open"
)
"""How people separate several days."""
_CLOSED = ("closed", "close", "none", "no", "off", "-", "false")
_KEYS = (*DAYS, "timezone", "holidays", "exceptions", "workdays")
_SPAN = re.compile(
    r"(?P<h1>[01]?[0-9]|2[0-4]):(?P<m1>[0-5][0-9]) ?- ?"
    r"(?P<h2>[01]?[0-9]|2[0-4]):(?P<m2>[0-5][0-9])",
    re.ASCII,
)


def read_calendars(
    entries: Mapping[str, Any],
    location: Location,
    read_file: ReadFile = lambda name: None,
    today: date | None = None,
) -> dict[str, Calendar]:
    """Return the calendars of the root file and report their problems.

    ``today``: the day from which on years without data are reported.
    """
    day = today or date.today()
    return {
        name: _calendar(entry, location.at(name), read_file, day)
        for name, entry in entries.items()
    }


def _calendar(
    entry: Any, location: Location, read_file: ReadFile, today: date
) -> Calendar:
    if entry is None:
        entry = {}
    if not isinstance(entry, Mapping):
        location.error('write a mapping of days: {mon: ["09:00-18:00"]}')
        return Calendar()
    for key in entry:
        if key not in _KEYS:
            near = closest(str(key), _KEYS)
            hint = f"did you mean `{near}`?" if near else f"write {listed(_KEYS)}"
            if _SEVERAL.fullmatch(str(key).lower()):
                hint = "write each day by itself: mon: […], tue: […]"
            location.at(key).error(f"unknown day `{key}`; {hint}", key=True)
    week = tuple(_hours(entry.get(day), location.at(day)) for day in DAYS)
    holidays = DayReader(read_file, today)
    worked = DayReader(read_file, today, worked=True)
    return Calendar(
        days=week,
        holidays=holidays.read(entry.get("holidays"), location.at("holidays")),
        zone=_zone(entry.get("timezone"), location.at("timezone")),
        exceptions=_exceptions(
            entry.get("exceptions"), week, location.at("exceptions")
        ),
        workdays=worked.read(entry.get("workdays"), location.at("workdays")),
    )


def _zone(text: Any, location: Location) -> tzinfo | None:
    if text is None:
        return None
    try:
        return zone(str(text))
    except UnknownZone as unknown:
        location.error(f"{as_written(text)!r} is no time zone; write {unknown.near}")
        return None


def _exceptions(
    value: Any, week: tuple[Spans, ...], location: Location
) -> tuple[SpecialDays, ...]:
    """Return the exceptions, the narrowest first; of equal ones the later in the
    file."""
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        location.error(
            'write a mapping: {2026-12-24: ["09:00-12:00"], 2026-10-10: mon}'
        )
        return ()
    exceptions = []
    for key, hours in value.items():
        at = location.at(key)
        days = read_range(str(key))
        if days is None:
            first, dots, last = str(key).partition("..")
            wrong = "ends before it begins" if dots and last < first else "is no day"
            at.error(
                f"{as_written(key)!r} {wrong}; write it as 2026-10-01 or as "
                '"2026-10-01..2026-10-07"',
                key=True,
            )
        elif isinstance(hours, str) and hours in DAYS:
            exceptions.append(SpecialDays(*days, week[DAYS.index(hours)]))
        else:
            exceptions.append(SpecialDays(*days, _hours(hours, at, named=True)))
    exceptions.reverse()
    exceptions.sort(key=lambda special: special.last - special.first)
    return tuple(exceptions)


def _hours(value: Any, location: Location, *, named: bool = False) -> Spans:
    """Return the spans of a day. ``named``: it may have the name of a weekday, too."""
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        location.error('write a list of hours: ["09:00-12:00", "13:00-18:00"]')
        return ()
    spans = []
    for index, text in enumerate(texts):
        at = location.at(index) if isinstance(value, list) else location
        span = _span(text, at, named=named)
        if span is not None:
            spans.append(span)
    return tuple(spans)


def _span(text: Any, location: Location, *, named: bool) -> tuple[int, int] | None:
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None and str(text).strip().lower() in _CLOSED:
        location.error(f"{as_written(text)!r} are no hours; a closed day is []")
        return None
    if match is None and named and (day := closest(str(text), DAYS)) is not None:
        bare = ", without brackets" if text == day else ""
        location.error(f"{as_written(text)!r} are no hours; write {day}{bare}")
        return None
    if match is None:
        location.error(
            f'{as_written(text)!r} are no hours; write "09:00-18:00", in quotes'
        )
        return None
    start = int(match["h1"]) * 60 + int(match["m1"])
    end = int(match["h2"]) * 60 + int(match["m2"])
    if start >= DAY or end > DAY:
        location.error('a day ends at 24:00; write "18:00-24:00"')
        return None
    if end == start:
        location.error(
            "the end is the beginning; write two times, or 00:00-24:00 for a whole day"
        )
        return None
    return start, end if end > start else end + DAY
