"""Opening hours by name, for the filter ``in_hours``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.reading.report import Location, closest, listed

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(
    r"(?P<h1>[01]?[0-9]|2[0-4]):(?P<m1>[0-5][0-9]) ?- ?"
    r"(?P<h2>[01]?[0-9]|2[0-4]):(?P<m2>[0-5][0-9])",
    re.ASCII,
)
_MIDNIGHT = 24 * 60
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Minutes of the day by weekday (Monday first), and the days that are closed."""

    days: tuple[Spans, ...] = ((),) * 7
    holidays: frozenset[date] = frozenset()

    def open_at(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether it is open; a moment without zone counts as local."""
        local = moment.astimezone(zone) if moment.tzinfo else moment
        if local.date() in self.holidays:
            return False
        minute = local.hour * 60 + local.minute
        return any(a <= minute < b for a, b in self.days[local.weekday()])


def read_calendars(
    entries: Mapping[str, Any], location: Location
) -> dict[str, Calendar]:
    """The calendars of the root file; problems are reported."""
    return {
        name: _calendar(entry, location.at(name)) for name, entry in entries.items()
    }


def _calendar(entry: Any, location: Location) -> Calendar:
    if entry is None:
        entry = {}
    if not isinstance(entry, Mapping):
        location.error('write a mapping of days: {mon: ["09:00-18:00"]}')
        return Calendar()
    known = (*DAYS, "holidays")
    for key in entry:
        if key not in known:
            near = closest(key, known)
            hint = f"did you mean `{near}`?" if near else f"write {listed(known)}"
            location.at(key).error(f"unknown day `{key}`; {hint}", key=True)
    return Calendar(
        tuple(_day(entry.get(day), location.at(day)) for day in DAYS),
        _holidays(entry.get("holidays"), location.at("holidays")),
    )


def _day(value: Any, location: Location) -> Spans:
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        location.error('write a list of hours: ["09:00-12:00", "13:00-18:00"]')
        return ()
    spans = []
    for index, text in enumerate(texts):
        at = location.at(index) if isinstance(value, list) else location
        span = _span(text, at)
        if span is not None:
            spans.append(span)
    return tuple(spans)


def _span(text: Any, location: Location) -> tuple[int, int] | None:
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        location.error(
            f'{as_written(text)!r} are no hours; write "09:00-18:00", in quotes'
        )
        return None
    start = int(match["h1"]) * 60 + int(match["m1"])
    end = int(match["h2"]) * 60 + int(match["m2"])
    if start >= _MIDNIGHT or end > _MIDNIGHT:
        location.error('a day ends at 24:00; write "18:00-24:00"')
        return None
    if end <= start:
        location.error(
            "the end is not after the beginning; write hours over midnight as two: "
            '"22:00-24:00" on one day and "00:00-06:00" on the next'
        )
        return None
    return start, end


def _holidays(value: Any, location: Location) -> frozenset[date]:
    if value is None:
        return frozenset()
    if not isinstance(value, list):
        location.error("write a list of days: [2026-10-01, 2026-10-02]")
        return frozenset()
    days = set()
    for index, text in enumerate(value):
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(text)):
                raise ValueError
            days.add(date.fromisoformat(str(text)))
        except ValueError:
            location.at(index).error(
                f"{as_written(text)!r} is no day; write it as 2026-10-01"
            )
    return frozenset(days)
