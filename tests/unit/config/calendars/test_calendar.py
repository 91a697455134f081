"""Opening hours."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ivrhooks.config.calendars.calendar import read_calendars
from ivrhooks.config.reading.report import Location

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-16T09:00+08:00", True),  # a Monday
        ("2026-11-16T08:59+08:00", False),
        ("2026-11-16T11:59+08:00", True),
        ("2026-11-16T12:00+08:00", False),
        ("2026-11-16T17:59+08:00", True),
        ("2026-11-16T01:00+00:00", True),  # nine in Shanghai
        ("2026-11-17T23:59+08:00", True),
        ("2026-11-18T00:00+08:00", False),
        ("2026-11-23T10:00+08:00", False),  # a holiday
    ],
)
def test_in_hours(location: Location, moment: str, is_open: bool) -> None:
    office = {
        "mon": ["09:00-12:00", "13:00-18:00"],
        "tue": "00:00-24:00",
        "wed": None,
        "holidays": ["2026-11-23"],
    }
    calendar = read_calendars({"office": office}, location)["office"]
    assert location.report.problems() == ()
    assert calendar.open_at(datetime.fromisoformat(moment), SHANGHAI) is is_open


def test_a_calendar_without_days_is_always_closed(location: Location) -> None:
    calendar = read_calendars({"none": None}, location)["none"]
    assert not calendar.open_at(datetime(2026, 11, 16, 10, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    "entry",
    [
        ["mon"],
        {"mon": 9},
        {"mon": [9]},
        {"mon": ["09:00"]},
        {"mon": ["09:00-25:00"]},
        {"mon": ["24:00-24:00"]},
        {"mon": ["10:00-24:30"]},
        {"mon": ["18:00-09:00"]},
        {"mom": []},
        {"holidays": "2026-10-01"},
        {"holidays": ["01.10.2026"]},
    ],
)
def test_what_is_refused(location: Location, entry: object) -> None:
    read_calendars({"office": entry}, location)
    assert len(location.report.problems()) == 1
