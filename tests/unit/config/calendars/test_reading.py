"""What calendars may say, and what is wrong with others."""

from __future__ import annotations

from datetime import date

import pytest

from ivrhooks.config.calendars.reading import read_calendars
from ivrhooks.config.reading.report import Location

EVENT = b"BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nEND:VEVENT\n"
ICS = b"BEGIN:VCALENDAR\n" + EVENT + b"END:VCALENDAR\n"
FILES = {"closed.ics": ICS, "closed.csv": b"date\n2026-12-24\n", "bad.csv": b"day\n1\n"}


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
        {"mon": ["09:00-09:00"]},
        {"mom": []},
        {"holidays": "2026-10-01"},
        {"holidays": ["01.10.2026"]},
        {"holidays": ["2026-10-07..2026-10-01"]},
        {"holidays": ["13-01"]},
        {"holidays": [{"country": "XX"}]},
        {"holidays": [{"contry": "CN"}]},
        {"holidays": [{"file": "none.ics"}]},
        {"holidays": [{"file": "bad.csv"}]},
        {"workdays": {"country": "US"}},
        {"timezone": "Asia/Hanoi"},
        {"exceptions": ["2026-10-01"]},
        {"exceptions": {"10-01": []}},
        {"exceptions": {"2026-10-01": "monday"}},
    ],
)
def test_what_is_refused(location: Location, entry: object) -> None:
    read_calendars({"office": entry}, location, FILES.get, date(2026, 1, 1))
    problems = [
        problem for problem in location.report.problems() if problem.severity == "error"
    ]
    assert len(problems) == 1


def test_workdays_is_no_holidays_written_wrong(location: Location) -> None:
    read_calendars({"office": {"workdays": ["2026-10-10"]}}, location)
    assert location.report.problems() == ()


@pytest.mark.parametrize("name", ["closed.ics", "closed.csv"])
def test_the_days_of_a_file_are_closed(location: Location, name: str) -> None:
    entry = {"thu": "09:00-18:00", "holidays": [{"file": name}]}
    made = read_calendars({"a": entry}, location, FILES.get, date(2026, 1, 1))["a"]
    assert made.spans_of(date(2026, 12, 24)) == ()
    assert made.spans_of(date(2026, 12, 17)) != ()


def test_holidays_and_make_up_days_of_a_country(location: Location) -> None:
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-18:00")
    entry = {
        **week,
        "holidays": [{"country": "CN"}],
        "workdays": {"country": "CN"},
    }
    made = read_calendars({"a": entry}, location, today=date(2026, 1, 1))["a"]
    assert location.report.problems() == ()
    assert made.spans_of(date(2026, 10, 1)) == ()
    assert made.spans_of(date(2026, 10, 10)) == ((540, 1080),)  # a Saturday
    assert made.spans_of(date(2026, 10, 17)) == ()


@pytest.mark.parametrize(
    ("today", "entry", "year"),
    [
        (date(2026, 3, 1), {"workdays": {"country": "CN"}}, "2027"),
        (date(2026, 3, 1), {"holidays": [{"file": "closed.csv"}]}, "2027"),
        (date(2027, 3, 1), {"holidays": [{"file": "closed.csv"}]}, "2028"),
    ],
)
def test_a_year_that_is_not_known_within_twelve_months_is_told(
    location: Location, today: date, entry: object, year: str
) -> None:
    read_calendars({"a": entry}, location, FILES.get, today)
    problems = location.report.problems()
    assert {problem.severity for problem in problems} == {"warning"}
    assert any(f"hold no day of {year}" in problem.message for problem in problems)
