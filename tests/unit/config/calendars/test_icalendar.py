"""All-day events of an iCalendar file."""

from __future__ import annotations

from datetime import date

from ivrhooks.config.calendars.icalendar import read_icalendar


def calendar(*events: str) -> str:
    inside = "".join(f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT\r\n" for one in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n"


def test_days_of_events() -> None:
    text = calendar(
        "DTSTART;VALUE=DATE:20261001\r\nDTEND;VALUE=DATE:2026\r\n 1004\r\nSUMMARY:x",
        "DTSTART;VALUE=DATE:20261224",
        "DTSTART;VALUE=DATE:20260216\r\nDURATION:P1W",
        "DTSTART:20261105T090000Z\r\nDTEND:20261105T100000Z",
        "DTSTART;VALUE=DATE:20261111\r\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=YEARLY",
        "DTSTART;VALUE=DATE:20261225\r\nBEGIN:VALARM\r\nDTSTART:20200101\r\nEND:VALARM",
    )
    days, yearly, problem = read_icalendar(text)
    assert problem == ""
    october = {date(2026, 10, day) for day in (1, 2, 3)}
    february = {date(2026, 2, day) for day in range(16, 23)}
    assert days == {*october, *february, date(2026, 12, 24), date(2026, 12, 25)}
    assert yearly == {(1, 1)}


def test_what_is_not_read_is_told() -> None:
    weekly = calendar("DTSTART;VALUE=DATE:20260105\r\nRRULE:FREQ=WEEKLY")
    assert "repeats" in read_icalendar(weekly)[2]
    assert "no iCalendar" in read_icalendar("BEGIN:VEVENT")[2]
    assert read_icalendar(calendar("DTSTART;VALUE=DATE:20261399"))[0] == set()
