"""Lists of days, and the files that hold some."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from ivrhooks.config.calendars.days import country_days, read_day_file, read_range


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


def test_what_no_library_knows_is_told() -> None:
    assert "did you mean" in country_days("cn", 2026, worked=False)[1]
    assert "no make-up working days of US" in country_days("US", 2026, worked=True)[1]


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert (
        "pip install 'ivrhooks[holidays]'" in country_days("CN", 2026, worked=False)[1]
    )


def test_a_country_whose_years_end_early_warns_of_none_by_itself() -> None:
    """holidays 0.109 warns on standard error of India's years after 2035."""
    days, problem = country_days("IN", 2026, worked=False)
    assert not problem and date(2026, 8, 15) in days
