"""Opening hours by wall-clock time, and when they next begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = 24 * 60
DAYS_AHEAD = 366
"""How many days ahead the next opening is searched."""

Spans = tuple[tuple[int, int], ...]
"""Minutes of the day, end excluded; an end after 24:00 is on the next day."""

Interval = tuple[datetime, datetime]
"""Two wall-clock times without a zone."""


@dataclass(frozen=True, slots=True)
class DaySet:
    """Days of the calendar: single days, and days of each year as (month, day)."""

    days: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def __contains__(self, day: date) -> bool:
        return day in self.days or (day.month, day.day) in self.yearly


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """An entry of ``exceptions:``: the hours of the days from ``first`` to ``last``."""

    first: date
    last: date
    spans: Spans


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours of each weekday, Monday first, and the days that override them.

    Exceptions win (the narrowest comes first), then working days (which have the hours
    of Monday), then holidays. ``zone`` is None for the configuration's zone.
    """

    days: tuple[Spans, ...] = ((),) * 7
    holidays: DaySet = DaySet()
    zone: tzinfo | None = None
    exceptions: tuple[SpecialDays, ...] = ()
    workdays: DaySet = field(default_factory=DaySet)

    def spans_of(self, day: date) -> Spans:
        """Return the spans that begin on ``day``."""
        for special in self.exceptions:
            if special.first <= day <= special.last:
                return special.spans
        if day in self.workdays:
            return self.days[0]
        return () if day in self.holidays else self.days[day.weekday()]

    def open_at(self, moment: datetime, zone: tzinfo) -> bool:
        """Return whether it is open at a moment. A moment without zone is local."""
        local = self._local(moment, zone)
        day, minute = local.date(), local.hour * 60 + local.minute
        if any(a <= minute < b for a, b in self.spans_of(day)):
            return True
        before = self.spans_of(day - timedelta(days=1))
        return any(minute + DAY < b for _, b in before)

    def opens_at(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """Return the next opening after ``moment``, or None within a year."""
        local = self._local(moment, zone)
        for begin, _ in self._intervals(local):
            if begin > local.replace(tzinfo=None):
                return self._moment(begin, local)
        return None

    def closes_at(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """Return when it closes, or None where it is closed now or stays open for a
        year."""
        local = self._local(moment, zone)
        wall = local.replace(tzinfo=None)
        horizon = wall + timedelta(days=DAYS_AHEAD)
        for begin, end in self._intervals(local):
            if begin > wall:
                return None
            if wall < end:
                return None if end >= horizon else self._moment(end, local)
        return None

    def _local(self, moment: datetime, zone: tzinfo) -> datetime:
        own = self.zone or zone
        return moment.astimezone(own) if moment.tzinfo else moment.replace(tzinfo=own)

    def _intervals(self, local: datetime) -> Iterator[Interval]:
        """Yield the open intervals from the day before on. Touching ones are merged."""
        first = local.date() - timedelta(days=1)
        current: Interval | None = None
        for number in range(DAYS_AHEAD + 2):
            day = first + timedelta(days=number)
            midnight = datetime.combine(day, time())
            for a, b in sorted(self.spans_of(day)):
                begin = midnight + timedelta(minutes=a)
                end = midnight + timedelta(minutes=b)
                if current is not None and begin <= current[1]:
                    current = current[0], max(end, current[1])
                    continue
                if current is not None:
                    yield current
                current = begin, end
        if current is not None:
            yield current

    def _moment(self, wall: datetime, now: datetime) -> datetime:
        """Return a wall-clock time as a moment after ``now``.

        Of an hour that is repeated, it is the second where the first is over. A time in
        an hour that is left out moves past it.
        """
        moment = wall.replace(tzinfo=now.tzinfo)
        if moment.astimezone(UTC) <= now.astimezone(UTC):
            moment = moment.replace(fold=1)
        return moment.astimezone(UTC).astimezone(now.tzinfo)
