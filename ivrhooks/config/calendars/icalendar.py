"""Reads all-day events of an iCalendar file (RFC 5545), as calendars export closed
days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

_LINE = re.compile(r"(?P<name>[A-Za-z-]+)(?P<parameters>(?:;[^:]*)?):(?P<value>.*?)\s*")
_LONGEST = 366
_DURATION = re.compile(r"P(?:(?P<weeks>\d{1,3})W)?(?:(?P<days>\d{1,4})D)?")

CalendarDays = tuple[set[date], set[tuple[int, int]], str]


def read_icalendar(text: str) -> CalendarDays:
    """Return the days of all-day events, yearly days, and why the file cannot be read.

    Events with a time of day and cancelled events are left out.
    """
    if "BEGIN:VCALENDAR" not in text.upper():
        return set(), set(), "the file is no iCalendar"
    days: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    for event in _events(_unfolded(text)):
        if event.get("STATUS", "").upper() == "CANCELLED":
            continue
        event_days = _days_of(event)
        rule = event.get("RRULE", "").upper()
        if not event_days or not rule:
            days.update(event_days)
        elif "FREQ=YEARLY" in rule and not re.search("INTERVAL|BYDAY|BYMONTH", rule):
            yearly.update((day.month, day.day) for day in event_days)
        else:
            return set(), set(), "an event repeats otherwise than each year"
    return days, yearly, ""


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
            event.setdefault(name, value)


def _days_of(event: dict[str, str]) -> list[date]:
    first = _day(event.get("DTSTART", ""))
    if first is None:
        return []
    end = _day(event.get("DTEND", ""))  # DTEND is exclusive
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
