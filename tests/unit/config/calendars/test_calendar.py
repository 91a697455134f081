# ruff: noqa: E501 - a case stands on one line
"""Opening hours by the clock on the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ivrhooks.basics.time_zones import zone
from ivrhooks.config.calendars.calendar import Calendar
from ivrhooks.config.calendars.reading import read_calendars
from ivrhooks.config.reading.report import Location

SHANGHAI = zone("Asia/Shanghai")


def calendar(location: Location, **entry: object) -> Calendar:
    made = read_calendars({"office": entry}, location, today=date(2026, 1, 1))["office"]
    assert location.report.problems() == ()
    return made


def is_open(made: Calendar, moment: str) -> bool:
    return made.open_at(datetime.fromisoformat(moment), SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-16T09:00+08:00", True),  # a Monday
        ("2026-11-16T08:59+08:00", False),
        ("2026-11-16T11:59:59+08:00", True),
        ("2026-11-16T12:00+08:00", False),
        ("2026-11-16T17:59+08:00", True),
        ("2026-11-16T01:00+00:00", True),  # nine in Shanghai
        ("2026-11-17T23:59+08:00", True),
        ("2026-11-18T00:00+08:00", False),
        ("2026-11-23T10:00+08:00", False),  # a holiday
        ("2026-11-20T22:00+08:00", True),  # a Friday, over midnight
        ("2026-11-21T05:59+08:00", True),
        ("2026-11-21T06:00+08:00", False),
        ("2026-11-20T05:00+08:00", False),  # belongs to the day it begins on
    ],
)
def test_in_hours(location: Location, moment: str, expected: bool) -> None:
    made = calendar(
        location,
        mon=["09:00-12:00", "13:00-18:00"],
        tue="00:00-24:00",
        wed=None,
        fri=["22:00-06:00"],
        holidays=["2026-11-23"],
    )
    assert is_open(made, moment) is expected


def test_a_calendar_without_days_is_always_closed(location: Location) -> None:
    made = read_calendars({"none": None}, location)["none"]
    assert not made.open_at(datetime(2026, 11, 16, 10, tzinfo=UTC), UTC)
    assert made.opens_at(datetime(2026, 11, 16, 10, tzinfo=UTC), UTC) is None


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-10-01T10:00+08:00", False),
        ("2026-10-05T10:00+08:00", False),
        ("2026-10-08T10:00+08:00", True),
        ("2027-01-01T10:00+08:00", False),
        ("2028-02-29T10:00+08:00", False),
        ("2026-10-10T10:00+08:00", True),  # a worked Saturday, by an exception
        ("2026-10-17T10:00+08:00", False),
        ("2026-12-24T11:00+08:00", True),  # half a day
        ("2026-12-24T13:00+08:00", False),
        ("2026-02-18T10:00+08:00", True),  # the narrowest exception
        ("2026-02-17T10:00+08:00", False),
        ("2026-09-20T10:00+08:00", True),  # a worked Sunday that is a holiday, too
        ("2026-10-06T10:00+08:00", True),  # an exception wins over a holiday
    ],
)
def test_days_that_are_not_as_every_week(
    location: Location, moment: str, expected: bool
) -> None:
    week = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    made = calendar(
        location,
        **week,
        holidays=["2026-10-01..2026-10-07", "01-01", "02-29", "2026-09-20"],
        exceptions={
            "2026-10-10": "mon",
            "2026-12-24": ["09:00-12:00"],
            "2026-02-16..2026-02-20": [],
            "2026-02-18": ["10:00-11:00"],
            "2026-10-06": "fri",
        },
        workdays=["2026-09-20"],
    )
    assert is_open(made, moment) is expected


def test_of_two_exceptions_as_narrow_the_later_wins(location: Location) -> None:
    made = calendar(
        location,
        exceptions={
            "2026-02-16..2026-02-20": ["09:00-10:00"],
            "2026-02-18..2026-02-22": ["11:00-12:00"],
        },
    )
    assert not is_open(made, "2026-02-19T09:30+08:00")
    assert is_open(made, "2026-02-19T11:30+08:00")


def test_a_calendar_has_a_zone_of_its_own(location: Location) -> None:
    made = calendar(location, timezone="Asia/Ho_Chi_Minh", mon=["09:00-12:00"])
    assert is_open(made, "2026-11-16T10:00+08:00")
    assert not is_open(made, "2026-11-16T09:59+08:00")
    now = datetime.fromisoformat("2026-11-16T00:00+08:00")
    opens = made.opens_at(now, SHANGHAI)
    assert opens is not None
    assert opens.isoformat() == "2026-11-16T09:00:00+07:00"


BERLIN = {"timezone": "Europe/Berlin", "sun": ["01:00-02:30", "03:00-04:00"]}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-29T00:59:00+00:00", True),  # 01:59, then 02:00 is left out
        ("2026-03-29T01:00:00+00:00", True),  # 03:00
        ("2026-10-25T00:15:00+00:00", True),  # 02:15, the first time
        ("2026-10-25T01:15:00+00:00", True),  # 02:15, the second time
        ("2026-10-25T01:45:00+00:00", False),  # 02:45
    ],
)
def test_a_change_of_clocks(location: Location, moment: str, expected: bool) -> None:
    assert is_open(calendar(location, **BERLIN), moment) is expected


@pytest.mark.parametrize(
    ("moment", "opens", "closes"),
    [
        ("2026-11-16T08:00", "2026-11-16T09:00:00+08:00", None),
        ("2026-11-16T09:00", "2026-11-17T09:00:00+08:00", "2026-11-16T18:00:00+08:00"),
        ("2026-11-17T20:00", "2026-11-19T00:00:00+08:00", None),
        ("2026-11-21T01:00", "2026-11-22T20:00:00+08:00", "2026-11-21T08:00:00+08:00"),
        ("2026-11-22T23:30", "2026-11-23T09:00:00+08:00", "2026-11-23T02:00:00+08:00"),
        ("2026-11-18T12:00", "2026-11-19T00:00:00+08:00", None),
        ("2026-11-19T12:00", "2026-11-20T22:00:00+08:00", "2026-11-20T00:00:00+08:00"),
    ],
)
def test_when_it_opens_and_closes(
    location: Location, moment: str, opens: str, closes: str | None
) -> None:
    made = calendar(
        location,
        mon=["09:00-12:00", "12:00-18:00"],
        tue="09:00-18:00",
        thu="00:00-24:00",
        fri=["22:00-06:00"],
        sat=["06:00-08:00"],
        sun=["20:00-02:00"],
    )
    now = datetime.fromisoformat(moment)
    times = made.opens_at(now, SHANGHAI), made.closes_at(now, SHANGHAI)
    assert [change and change.isoformat() for change in times] == [opens, closes]


def test_hours_that_never_close_have_no_next_change(location: Location) -> None:
    week = dict.fromkeys(
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "0:00-24:00"
    )
    made = calendar(location, **week)
    now = datetime(2026, 11, 16, 10, tzinfo=SHANGHAI)
    assert made.opens_at(now, SHANGHAI) is None
    assert made.closes_at(now, SHANGHAI) is None


@pytest.mark.parametrize(
    ("moment", "opens", "closes"),
    [
        # Berlin's clock goes back from 03:00 to 02:00: 01:59, 02:00 … 02:59, 02:00 …
        ("2026-10-25T02:15+02:00", "2026-10-25T03:00:00+01:00", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:15+01:00", "2026-10-25T03:00:00+01:00", "2026-10-25T02:30:00+01:00"),
        # and forward from 02:00 to 03:00: 02:30 is left out
        ("2026-03-29T01:30+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"),
    ],
)  # fmt: skip
def test_the_next_change_on_a_day_when_clocks_change(
    location: Location, moment: str, opens: str, closes: str
) -> None:
    made = calendar(location, **BERLIN)
    now = datetime.fromisoformat(moment)
    times = made.opens_at(now, SHANGHAI), made.closes_at(now, SHANGHAI)
    assert [change and change.isoformat() for change in times] == [opens, closes]


def test_the_next_opening_is_looked_for_a_year_ahead(location: Location) -> None:
    """docs/calendars.md: none within a year is no value."""
    made = calendar(location, exceptions={"2027-11-17": ["09:00-10:00"]})
    now = datetime(2026, 11, 16, 10, tzinfo=SHANGHAI)
    opens = made.opens_at(now, SHANGHAI)
    assert opens is not None and opens.isoformat() == "2027-11-17T09:00:00+08:00"
    assert made.opens_at(now - timedelta(days=2), SHANGHAI) is None
