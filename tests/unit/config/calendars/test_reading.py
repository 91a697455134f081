# ruff: noqa: E501 - a case stands on one line
"""What calendars may say, and what is wrong with others."""

from __future__ import annotations

from datetime import date

import pytest

from ivrhooks.config.calendars.reading import read_calendars
from ivrhooks.config.reading.report import Location

EVENT = b"BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nEND:VEVENT\n"
ICS = b"BEGIN:VCALENDAR\n" + EVENT + b"END:VCALENDAR\n"
FILES = {"closed.ics": ICS, "closed.csv": b"date\n2026-12-24\n", "bad.csv": b"day\n1\n"}
FILES |= {"odd.csv": b"date\n2026-10-01\n1.1.\n"}
FILES |= {"days.txt": b"2026-10-01", "binary.csv": b"\xff"}


HOURS = 'are no hours; write "09:00-18:00", in quotes'
CLOSED = "are no hours; a closed day is []"
LIST = 'write a list of hours: ["09:00-12:00", "13:00-18:00"]'
EACH = "write each day by itself: mon: […], tue: […]"
ONE_DAY = 'write it as 2026-10-01 or as "2026-10-01..2026-10-07"'
DAY = 'is no day; write it as 2026-10-01, as "2026-10-01..2026-10-07" or, for each year, as "01-01"'
NO_FILE = "beside ivrhooks.yaml; write one that is there, relative to it"
END = 'a day ends at 24:00; write "18:00-24:00"'


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        (["mon"], "", 'write a mapping of days: {mon: ["09:00-18:00"]}'),
        ({"mon": 9}, ".mon", LIST),
        ({"mon": False}, ".mon", LIST),
        ({"mon": [9]}, ".mon[0]", f"'9' {HOURS}"),
        ({"mon": ["09:00"]}, ".mon[0]", f"'09:00' {HOURS}"),
        ({"mon": ["09:00-12:00", "9-17"]}, ".mon[1]", f"'9-17' {HOURS}"),
        ({"mon": ["09:00-25:00"]}, ".mon[0]", f"'09:00-25:00' {HOURS}"),
        ({"mon": ["09:60-12:00"]}, ".mon[0]", f"'09:60-12:00' {HOURS}"),
        ({"mon": "open"}, ".mon", f"'open' {HOURS}"),
        ({"mon": "tue"}, ".mon", f"'tue' {HOURS}"),
        ({"mon": "monday"}, ".mon", f"'monday' {HOURS}"),
        *(
            ({"mon": word}, ".mon", f"'{word}' {CLOSED}")
            for word in ("closed", "close", "none", "no", "off", "-", "false", "Closed")
        ),
        ({"mon": ["24:00-24:00"]}, ".mon[0]", END),
        ({"mon": ["10:00-24:30"]}, ".mon[0]", END),
        ({"mon": ["09:00-09:00"]}, ".mon[0]", "the end is the beginning; write two times, or 00:00-24:00 for a whole day"),
        ({"mom": []}, ".mom", "unknown day `mom`; did you mean `mon`?"),
        ({"monday": []}, ".monday", "unknown day `monday`; did you mean `mon`?"),
        *(
            ({word: []}, f".{word}", f"unknown day `{word}`; {EACH}")
            for word in ("mon-fri", "Mon-Fri", "mon,tue", "mon to fri", "weekdays", "weekend", "daily", "every day")
        ),
        ({"zzz": []}, ".zzz", "unknown day `zzz`; write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, `timezone`, `holidays`, `exceptions`, `workdays`"),
        ({"timezone": "Asia/Hanoi"}, ".timezone", "'Asia/Hanoi' is no time zone; write Asia/Ho_Chi_Minh"),
        ({"holidays": "2026-10-01"}, ".holidays", "write a list of days: [2026-10-01, 2026-10-02]"),
        ({"holidays": {"country": "CN"}}, ".holidays", "write a list of days: [2026-10-01, 2026-10-02]"),
        *(
            ({"holidays": [day]}, ".holidays[0]", f"'{day}' {DAY}")
            for day in ("01.10.2026", "2026-02-30", "13-01", "02-30", "2026-10-07..2026-10-01", "2026-10-01..2036-10-01", "2026-10-01..")
        ),
        ({"holidays": [{"country": "XX"}]}, ".holidays[0].country", "'XX' is no country that is known here; write CN or VN"),
        ({"holidays": [{"country": "cn"}]}, ".holidays[0].country", "'cn' is no country that is known here (did you mean `CN`?); write CN or VN"),
        ({"holidays": [{"contry": "CN"}]}, ".holidays[0].contry", "unknown key `contry`; did you mean `country`?"),
        ({"holidays": [{"zzz": "CN"}]}, ".holidays[0].zzz", "unknown key `zzz`; write `country`, `file`"),
        ({"holidays": [{"file": "none.ics"}]}, ".holidays[0].file", f"there is no file 'none.ics' {NO_FILE}"),
        ({"holidays": [{"file": 5}]}, ".holidays[0].file", f"there is no file '5' {NO_FILE}"),
        ({"holidays": [{"file": "bad.csv"}]}, ".holidays[0].file", "the file holds no column `date` with days as 2026-10-01; see `bad.csv`"),
        ({"holidays": [{"file": "odd.csv"}]}, ".holidays[0].file", "entry 2 is no day; write a column `date` with days as 2026-10-01; see `odd.csv`"),
        ({"holidays": [{"file": "days.txt"}]}, ".holidays[0].file", "a holiday file is .ics, .csv or .yaml; see `days.txt`"),
        ({"holidays": [{"file": "binary.csv"}]}, ".holidays[0].file", "the file is no UTF-8 text; see `binary.csv`"),
        ({"workdays": {"country": "US"}}, ".workdays.country", "no make-up working days of US are known; write the days"),
        ({"exceptions": ["2026-10-01"]}, ".exceptions", 'write a mapping: {2026-12-24: ["09:00-12:00"], 2026-10-10: mon}'),
        ({"exceptions": {"10-01": []}}, ".exceptions.10-01", f"'10-01' is no day; {ONE_DAY}"),
        ({"exceptions": {"2026-10-07..2026-10-01": []}}, ".exceptions['2026-10-07..2026-10-01']", f"'2026-10-07..2026-10-01' ends before it begins; {ONE_DAY}"),
        ({"exceptions": {"2026-10-01": "monday"}}, ".exceptions.2026-10-01", "'monday' are no hours; write mon"),
        ({"exceptions": {"2026-10-01": ["mon"]}}, ".exceptions.2026-10-01[0]", "'mon' are no hours; write mon, without brackets"),
    ],
)  # fmt: skip
def test_a_typo_is_reported_once(
    location: Location, entry: object, path: str, message: str
) -> None:
    read_calendars({"office": entry}, location, FILES.get, date(2026, 1, 1))
    assert [
        (problem.path, problem.message)
        for problem in location.report.problems()
        if problem.severity == "error"
    ] == [(f"office{path}", message)]


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        (["09:00-12:00", "13:00-18:00"], ((540, 720), (780, 1080))),
        ("9:00 - 12:00", ((540, 720),)),
        (["00:00-24:00"], ((0, 1440),)),
        (["22:00-06:00"], ((1320, 1800),)),
        (["18:00-0:00"], ((1080, 1440),)),
        ([], ()),
        (None, ()),
    ],
)
def test_the_hours_of_a_day(location: Location, hours: object, spans: object) -> None:
    made = read_calendars({"office": {"mon": hours}}, location)["office"]
    assert location.report.problems() == ()
    assert made.days[0] == spans


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
def test_a_year_that_is_not_known_within_twelve_months_is_reported(
    location: Location, today: date, entry: object, year: str
) -> None:
    read_calendars({"a": entry}, location, FILES.get, today)
    problems = location.report.problems()
    assert {problem.severity for problem in problems} == {"warning"}
    assert any(f"no day of {year} in " in problem.message for problem in problems)
