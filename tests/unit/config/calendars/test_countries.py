"""Public holidays and make-up working days by country."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from ivrhooks.config.calendars.countries import country_days


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
