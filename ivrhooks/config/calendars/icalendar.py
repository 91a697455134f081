"""Reads all-day events of an iCalendar file (RFC 5545), as calendars export closed
days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

_LINE = re.compile(
    r"(?P<name>[A-Za-z-]+)(?:;(?:\"[^\"]*\"|[^\":])*)?:(?P<value>.*?)\s*"
)
_LONGEST = 366
_MAX_YEARS = 200
_BOUNDS = ("UNTIL", "COUNT", "WKST")
_DURATION = re.compile(
    r"\+?P(?:(?P<weeks>\d{1,3})W)?(?:(?P<days>\d{1,4})D)?(?:T(?:0+[HMS])*)?"
)
"""A ``T`` without a time behind it is what a widely used generator writes."""

_ALL_DAY = "X-MICROSOFT-CDO-ALLDAYEVENT"
"""Exchange's mark of an event from midnight to midnight, written with times."""

CalendarDays = tuple[set[date], set[tuple[int, int]], str]


def read_icalendar(text: str) -> CalendarDays:
    """Return the days of all-day events, yearly days, and why the file cannot be read.

    Events with a time of day and cancelled events are left out.
    """
    if "BEGIN:VCALENDAR" not in text.upper():
        return set(), set(), "the file is no iCalendar"
    days: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    events = list(_events(_unfolded(text)))
    moved = _replaced(events)
    for event in events:
        event_days = _days_of(event)
        if not event_days:
            continue
        left_out = _dates(event.get("EXDATE", "")) | moved.get(event.get("UID"), set())
        for begin in _dates(event.get("RDATE", "")) - left_out:
            days.update(_moved_to(begin, event_days))
        if "RRULE" not in event:
            days.update(event_days)
            continue
        rule = _yearly_rule(event["RRULE"].upper(), event_days[0])
        if rule is None:
            return set(), set(), "an event repeats otherwise than each year"
        if left_out or rule.keys() & {"UNTIL", "COUNT"}:
            days.update(_repeated(event_days, rule, left_out))
        else:
            yearly.update((day.month, day.day) for day in event_days)
    return days, yearly, ""


def _replaced(events: list[dict[str, str]]) -> dict[str | None, set[date]]:
    """Return, by the identity of a repeated event, the days that another event
    replaces."""
    moved: dict[str | None, set[date]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            replaced = _dates(event["RECURRENCE-ID"])
            moved.setdefault(event.get("UID"), set()).update(replaced)
    return moved


def _yearly_rule(text: str, first: date) -> dict[str, str] | None:
    """Return the parts of a rule that repeats ``first`` each year, or None.

    Outlook and Nextcloud name the month and the day of ``first`` again.
    """
    parts = (part.partition("=") for part in text.split(";"))
    rule = {name: value for name, _, value in parts}
    yearly = {
        "FREQ": "YEARLY",
        "INTERVAL": "1",
        "BYMONTH": str(first.month),
        "BYMONTHDAY": str(first.day),
    }
    for name, value in rule.items():
        if value.lstrip("0") != yearly.get(name) and name not in _BOUNDS:
            return None
    return rule if "FREQ" in rule else None


def _repeated(
    event_days: list[date], rule: dict[str, str], left_out: set[date]
) -> Iterator[date]:
    """Yield the days of each year's event. A year without its first day has none."""
    first = event_days[0]
    until = _day(rule.get("UNTIL", "")[:8])
    count = int(rule["COUNT"]) if rule.get("COUNT", "").isdecimal() else _MAX_YEARS
    for year in range(first.year, min(first.year + _MAX_YEARS, date.max.year)):
        try:
            begin = first.replace(year=year)
        except ValueError:  # 29 February
            continue
        if count <= 0 or (until is not None and begin > until):
            return
        count -= 1
        if begin not in left_out:
            yield from _moved_to(begin, event_days)


def _moved_to(begin: date, event_days: list[date]) -> Iterator[date]:
    """Yield the days of an event that begins at another day."""
    return (begin + (day - event_days[0]) for day in event_days)


def _dates(text: str) -> set[date]:
    days = (_day(value.strip()[:8]) for value in text.split(","))
    return {day for day in days if day is not None}


def _unfolded(text: str) -> Iterator[str]:
    """Yield unfolded lines: one that begins with a blank continues the line before
    it."""
    held = ""
    for line in text.splitlines():
        if line[:1] in (" ", "\t"):
            held += line[1:]
        else:
            yield held
            held = line
    yield held


def _events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Yield the properties of each event, without those of its alarms."""
    event: dict[str, str] = {}
    within: list[str] = []
    for match in filter(None, map(_LINE.fullmatch, lines)):
        name, value = match["name"].upper(), match["value"].strip()
        if name == "BEGIN":
            within.append(value.upper())
            event = {} if within[-1] == "VEVENT" else event
        elif name == "END" and within:
            if within.pop() == "VEVENT":
                yield event
        elif within[-1:] == ["VEVENT"]:
            if name in ("EXDATE", "RDATE"):
                value = f"{event.get(name, '')},{value}"
                event[name] = value
            event.setdefault(name, value)


def _days_of(event: dict[str, str]) -> list[date]:
    """Return the days of an event; none where it is cancelled or has a time of day."""
    digits = 8 if event.get(_ALL_DAY, "").upper() == "TRUE" else None
    first = _day(event.get("DTSTART", "")[:digits])
    if first is None or event.get("STATUS", "").upper() == "CANCELLED":
        return []
    end = _day(event.get("DTEND", "")[:digits])  # DTEND is exclusive
    length = (end - first).days if end is not None else _length(event)
    count = min(max(length, 1), _LONGEST)
    return [first + timedelta(days=number) for number in range(count)]


def _length(event: dict[str, str]) -> int:
    match = _DURATION.fullmatch(event.get("DURATION", "").upper())
    if match is None:
        return 1
    return 7 * int(match["weeks"] or 0) + int(match["days"] or 0)


def _day(text: str) -> date | None:
    """Return a date without a time of day, else None."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
