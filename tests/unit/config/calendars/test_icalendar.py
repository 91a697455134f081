"""All-day events of an iCalendar file."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ivrhooks.config.calendars.icalendar import read_icalendar


def calendar(*events: str) -> str:
    inside = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n"


def test_days_of_events() -> None:
    text = calendar(
        "DTSTART;VALUE=DATE:20261001\r\nDTEND;VALUE=DATE:2026\r\n 1004\r\nSUMMARY:x",
        "DTSTART;VALUE=DATE:20261224",
        "DTSTART;VALUE=DATE:20260216\r\nDURATION:P1W",
        "DTSTART:20261105T090000Z\r\nDTEND:20261105T100000Z",
        "DTSTART;VALUE=DATE:20261111\r\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=YEARLY",
        "DTSTART;VALUE=DATE:20261225\r\nBEGIN:VALARM\r\nDTSTART:20200101\r\n"
        "DURATION:P5D\r\nSTATUS:CANCELLED\r\nEND:VALARM",
    )
    days, yearly, problem = read_icalendar(text)
    assert problem == ""
    october = {date(2026, 10, day) for day in (1, 2, 3)}
    february = {date(2026, 2, day) for day in range(16, 23)}
    assert days == {*october, *february, date(2026, 12, 24), date(2026, 12, 25)}
    assert yearly == {(1, 1)}


@pytest.mark.parametrize(
    "properties",
    [
        "DTSTART;VALUE=DATE:20261001\r\nDURATION:P2DT0H0M0S",
        "DTSTART;VALUE=DATE:20261001\r\nDURATION:+P2D",
        'DTSTART;X-NOTE="a:b";VALUE=DATE:20261001\r\nDTEND;VALUE=DATE:20261003',
        "DTSTART;TZID=Asia/Shanghai:20261001T000000\r\n"
        "DTEND;TZID=Asia/Shanghai:20261003T000000\r\n"
        "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
    ],
)
def test_two_days_in_words_that_are_seldom_used(properties: str) -> None:
    october = {date(2026, 10, 1), date(2026, 10, 2)}
    assert read_icalendar(calendar(properties)) == (october, set(), "")


def test_an_event_with_the_days_of_its_other_years() -> None:
    text = calendar(
        "DTSTART;VALUE=DATE:20260216\r\nDTEND;VALUE=DATE:20260218\r\nUID:tet\r\n"
        "RDATE;VALUE=DATE:20270206,20280125\r\nRDATE;VALUE=DATE:20290213\r\n"
        "EXDATE;VALUE=DATE:20280125"
    )
    days, yearly, problem = read_icalendar(text)
    assert (problem, yearly) == ("", set())
    begins = [date(2026, 2, 16), date(2027, 2, 6), date(2029, 2, 13)]
    assert days == {begin + timedelta(days=more) for begin in begins for more in (0, 1)}


def new_years(*properties: str) -> str:
    return calendar("\r\n".join(("DTSTART;VALUE=DATE:20260101", "UID:n", *properties)))


@pytest.mark.parametrize(
    ("rule", "years"),
    [
        ("FREQ=YEARLY;UNTIL=20280101", {2026, 2027, 2028}),
        ("FREQ=YEARLY;UNTIL=20271231T230000Z", {2026, 2027}),
        ("FREQ=YEARLY;COUNT=2", {2026, 2027}),
        ("FREQ=YEARLY;COUNT=1;BYMONTH=1;BYMONTHDAY=1", {2026}),
    ],
)
def test_a_yearly_event_that_ends(rule: str, years: set[int]) -> None:
    days, yearly, problem = read_icalendar(new_years(f"RRULE:{rule}"))
    assert (problem, yearly) == ("", set())
    assert days == {date(year, 1, 1) for year in years}


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1",
        "FREQ=YEARLY;INTERVAL=1;BYMONTHDAY=01;BYMONTH=01;WKST=MO",
    ],
)
def test_a_rule_may_name_the_day_again(rule: str) -> None:
    """As Outlook and Nextcloud write it."""
    assert read_icalendar(new_years(f"RRULE:{rule}")) == (set(), {(1, 1)}, "")


def test_a_year_that_is_left_out_or_moved() -> None:
    text = new_years(
        "RRULE:FREQ=YEARLY;UNTIL=20310101",
        "EXDATE;VALUE=DATE:20270101,20280101",
        "EXDATE;VALUE=DATE:20290101",
    )
    moved = "UID:n\r\nRECURRENCE-ID;VALUE=DATE:20300101\r\nDTSTART;VALUE=DATE:20300102"
    text = text.replace("END:VCALENDAR", "") + calendar(moved)
    days, _, _ = read_icalendar(text)
    assert days == {date(2026, 1, 1), date(2030, 1, 2), date(2031, 1, 1)}


def test_each_day_of_a_longer_event_is_repeated() -> None:
    event = "DTSTART;VALUE=DATE:20261231\r\nDURATION:P2DT\r\nRRULE:FREQ=YEARLY;COUNT=2"
    days, _, _ = read_icalendar(calendar(event))
    first = {date(2026, 12, 31), date(2027, 1, 1)}
    assert days == {*first, date(2027, 12, 31), date(2028, 1, 1)}


def test_the_29th_of_february_is_repeated_in_leap_years() -> None:
    event = "DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY;COUNT=2"
    assert read_icalendar(calendar(event))[0] == {date(2024, 2, 29), date(2028, 2, 29)}


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=YEARLY;INTERVAL=2",
        "FREQ=YEARLY;BYMONTH=1;BYDAY=1MO",
        "FREQ=YEARLY;BYMONTHDAY=1,2",
        "COUNT=2",
    ],
)
def test_another_rule_is_refused(rule: str) -> None:
    assert "repeats" in read_icalendar(new_years(f"RRULE:{rule}"))[2]


def test_skipped_events_are_reported() -> None:
    weekly = calendar("DTSTART;VALUE=DATE:20260105\r\nRRULE:FREQ=WEEKLY")
    assert "repeats" in read_icalendar(weekly)[2]
    assert "no iCalendar" in read_icalendar("BEGIN:VEVENT")[2]
    assert read_icalendar(calendar("DTSTART;VALUE=DATE:20261399"))[0] == set()


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("", 1),
        ("DURATION:P3D", 3),
        ("DURATION:P2W", 14),
        ("DURATION:P1W2D", 9),
        ("DURATION:PT5H", 1),
        ("DTEND;VALUE=DATE:20261001", 1),  # the end is excluded: no day at all is one
        ("DTEND;VALUE=DATE:20260901", 1),
        ("DTEND;VALUE=DATE:20261003", 2),
        ("DTEND;VALUE=DATE:20300101", 366),
    ],
)
def test_how_many_days_an_event_has(event: str, days: int) -> None:
    first = date(2026, 10, 1)
    text = calendar(f"DTSTART;VALUE=DATE:20261001\r\n{event}")
    expected = {first + timedelta(days=number) for number in range(days)}
    assert read_icalendar(text) == (expected, set(), "")


@pytest.mark.parametrize(
    ("rule", "yearly"),
    [
        ("FREQ=YEARLY", True),
        ("freq=yearly", True),
        ("FREQ=YEARLY;INTERVAL=2", False),
        ("FREQ=YEARLY;BYDAY=1MO", False),
        ("FREQ=YEARLY;BYMONTH=5", False),
        ("FREQ=MONTHLY", False),
    ],
)
def test_only_yearly_rules_are_supported(rule: str, yearly: bool) -> None:
    text = calendar(f"DTSTART;VALUE=DATE:20261001\r\nRRULE:{rule}")
    days, each_year, problem = read_icalendar(text)
    assert days == set()
    assert each_year == ({(10, 1)} if yearly else set())
    assert problem == ("" if yearly else "an event repeats otherwise than each year")


def test_a_truncated_file_keeps_its_complete_events() -> None:
    text = calendar("DTSTART;VALUE=DATE:20261001", "DTSTART;VALUE=DATE:20261002")
    cut = text[: text.rindex("END:VEVENT") + len("END:VEVENT")]
    assert len(read_icalendar(cut)[0]) == 2
    assert len(read_icalendar(cut.removesuffix("END:VEVENT"))[0]) == 1
