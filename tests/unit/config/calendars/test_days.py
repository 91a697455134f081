# ruff: noqa: E501 - a case stands on one line
"""Lists of days, and the files that hold some."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from ivrhooks.config.calendars.calendar import DaySet
from ivrhooks.config.calendars.days import (
    DayReader,
    country_days,
    read_day_file,
    read_range,
)
from ivrhooks.config.reading.report import Location


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-10-01", (date(2026, 10, 1), date(2026, 10, 1))),
        ("2026-10-01..2026-10-07", (date(2026, 10, 1), date(2026, 10, 7))),
        ("2026-12-31 .. 2027-01-02", (date(2026, 12, 31), date(2027, 1, 2))),
        ("2026-02-30", None),
        ("2026-10-07..2026-10-01", None),
        ("2026-10-01..", None),
        ("1.10.2026", None),
        ("2000-01-01..2026-01-01", None),
    ],
)
def test_a_range(text: str, days: tuple[date, date] | None) -> None:
    assert read_range(text) == days


@pytest.mark.parametrize(
    ("name", "data", "days"),
    [
        ("a.csv", "date,what\n2026-10-01,National Day\n\n", {date(2026, 10, 1)}),
        ("a.csv", "\ufeffwhat;Date\nx;2026-10-01..2026-10-02\n", None),
        ("a.yaml", "- 2026-10-01\n- 2026-10-02\n", None),
        ("a.yml", "[2026-10-01..2026-10-02]", None),
    ],
)
def test_a_file_of_days(name: str, data: str, days: set[date] | None) -> None:
    wanted = days or {date(2026, 10, 1), date(2026, 10, 2)}
    assert read_day_file(name, data.encode()) == (wanted, set(), "")


def test_a_file_may_hold_days_of_each_year() -> None:
    assert read_day_file("a.yaml", b'- "01-01"\n') == (set(), {(1, 1)}, "")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"day\n2026-10-01\n"),
        ("a.csv", b"date\n1.10.2026\n"),
        ("a.yaml", b"days: [2026-10-01]\n"),
        ("a.yaml", b"- {a: 1}\n"),
        ("a.yaml", b"[\n"),
        ("a.ics", b"no calendar"),
        ("a.txt", b"2026-10-01"),
        ("a.csv", b"date\n\xff\n"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(name: str, data: bytes) -> None:
    days, yearly, problem = read_day_file(name, data)
    assert (days, yearly) == (set(), set())
    assert problem


def test_the_days_of_china_in_2026() -> None:
    worked, problem = country_days("CN", 2026, worked=True)
    assert problem == ""
    assert sorted(day for day in worked if day.year == 2026) == [
        *(date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28)),
        *(date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)),
    ]
    closed, problem = country_days("CN", 2026, worked=False)
    assert problem == ""
    assert date(2026, 10, 7) in closed
    assert date(2026, 10, 8) not in closed


def test_unknown_countries_are_reported() -> None:
    assert "did you mean" in country_days("cn", 2026, worked=False)[1]
    assert "no make-up working days of US" in country_days("US", 2026, worked=True)[1]


def test_without_the_extra_the_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert (
        "pip install 'ivrhooks[holidays]'" in country_days("CN", 2026, worked=False)[1]
    )


def test_a_country_with_few_years_warns_only_near_its_end() -> None:
    """holidays 0.109 warns on standard error of India's years after 2035."""
    days, problem = country_days("IN", 2026, worked=False)
    assert not problem and date(2026, 8, 15) in days


TODAY = date(2026, 11, 20)


def read(
    value: object, location: Location, *, worked: bool = False, **files: str
) -> DaySet:
    def read_file(name: str) -> bytes | None:
        text = files.get(name.partition(".")[0])
        return None if text is None else text.encode()

    return DayReader(read_file, TODAY, worked).read(value, location)


def reported(location: Location) -> list[str]:
    return [
        f"{problem.severity} {problem.path}: {problem.message}"
        for problem in location.report.problems()
    ]


def test_a_list_of_days_ranges_and_yearly_days(location: Location) -> None:
    """docs/calendars.md."""
    days = read(["2026-10-01", "2026-12-30..2027-01-01", "02-29", " 01-01 "], location)
    assert days.days == {
        date(2026, 10, 1), date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1),
    }  # fmt: skip
    assert days.yearly == {(2, 29), (1, 1)}
    assert reported(location) == []
    assert read(None, location) == DaySet()


WRITE = (
    'write it as 2026-10-01, as "2026-10-01..2026-10-07" or, for each year, as "01-01"'
)


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("2026-10-01", ["error : write a list of days: [2026-10-01, 2026-10-02]"]),
        ({"country": "CN"}, ["error : write a list of days: [2026-10-01, 2026-10-02]"]),
        (["02-30"], [f"error [0]: '02-30' is no day; {WRITE}"]),
        (["13-01"], [f"error [0]: '13-01' is no day; {WRITE}"]),
        ([20261001], [f"error [0]: '20261001' is no day; {WRITE}"]),
        ([None], [f"error [0]: 'null' is no day; {WRITE}"]),
        ([{"contry": "CN"}], ["error [0].contry: unknown key `contry`; did you mean `country`?"]),
        ([{"zzz": 1}], ["error [0].zzz: unknown key `zzz`; write `country`, `file`"]),
        ([{"file": "no.csv"}], ["error [0].file: there is no file 'no.csv' beside ivrhooks.yaml; write one that is there, relative to it"]),
        ([{"file": 5}], ["error [0].file: there is no file '5' beside ivrhooks.yaml; write one that is there, relative to it"]),
        ([{"file": "bad.csv"}], ["error [0].file: the file holds no column `date` with days as 2026-10-01; see `bad.csv`"]),
        ([{"file": "worse.csv"}], ["error [0].file: entry 2 is no day; write a column `date` with days as 2026-10-01; see `worse.csv`"]),
        ([{"file": "bad.txt"}], ["error [0].file: a holiday file is .ics, .csv or .yaml; see `bad.txt`"]),
        ([{"country": "Atlantis"}], ["error [0].country: 'Atlantis' is no country that is known here; write CN or VN"]),
    ],
)  # fmt: skip
def test_invalid_lists_of_days(
    location: Location, value: object, messages: list[str]
) -> None:
    read(value, location, bad="day\n", worse="date\n2026-10-01\n1.10.\n")
    assert reported(location) == messages


def test_a_year_that_a_file_does_not_know_is_a_warning(location: Location) -> None:
    """docs/calendars.md: of a year within the next twelve months."""
    made = read([{"file": "a.csv"}], location, a="date\n2026-10-01\n")
    assert date(2026, 10, 1) in made
    assert reported(location) == [
        "warning [0].file: no day of 2027 in `a.csv`; write its days here, or in a file"
    ]


def test_a_file_with_days_of_each_year_has_every_year(location: Location) -> None:
    made = read([{"file": "a.csv"}], location, a="date\n01-01\n")
    assert date(2031, 1, 1) in made
    assert reported(location) == []


def test_working_days_of_a_country_may_stand_without_a_list(location: Location) -> None:
    made = read({"country": "CN"}, location, worked=True)
    assert date(2026, 10, 10) in made and date(2026, 10, 1) not in made
    (warning,) = reported(location)
    assert warning.startswith("warning country: no day of 2027 in the make-up working")
    assert date(2026, 10, 1) in read([{"country": "CN"}], location)


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("a.csv", b"date\n\xff\n", "the file is no UTF-8 text"),
        ("a.csv", b"day\n2026-10-01\n", "the file holds no column `date` with days as 2026-10-01"),
        ("a.csv", b"date\n2026-10-01\n1.10.2026\n", "entry 2 is no day; write a column `date` with days as 2026-10-01"),
        ("a.yml", b"days: [2026-10-01]\n", "the file holds no list of days as 2026-10-01"),
        ("a.yaml", b"- 2026-10-01\n- {a: 1}\n", "entry 2 is no day; write a list of days as 2026-10-01"),
        ("a.txt", b"2026-10-01", "a holiday file is .ics, .csv or .yaml"),
    ],
)  # fmt: skip
def test_why_a_file_of_days_cannot_be_read(
    name: str, data: bytes, problem: str
) -> None:
    assert read_day_file(name, data) == (set(), set(), problem)


def test_a_column_is_found_by_any_case_and_separator() -> None:
    for text in ("what\t DATE \nx\t2026-10-01\n", "DATE;what\n2026-10-01;a,b\n;x\n"):
        days, _, problem = read_day_file("A.CSV", text.encode())
        assert (days, problem) == ({date(2026, 10, 1)}, "")


def test_a_range_has_at_most_three_years() -> None:
    assert read_range("2024-01-01..2027-01-02") is not None
    assert read_range("2024-01-01..2027-01-03") is None
    assert read_range("2024-01-01..2024-02-30") is None


def test_years_around_today_are_known() -> None:
    closed, _ = country_days("VN", 2026, worked=False)
    assert {day.year for day in closed} >= {2016, 2026, 2036}
    assert not {day.year for day in closed} & {2014, 2038}
