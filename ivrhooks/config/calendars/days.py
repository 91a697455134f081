"""Reads lists of days: single days, ranges, yearly days, public holidays, day files."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from ivrhooks.config.calendars.calendar import DaySet
from ivrhooks.config.calendars.icalendar import read_icalendar
from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.reading.report import Location, closest, listed, nearest
from ivrhooks.config.reading.yaml_reader import plain, read_yaml

ReadFile = Callable[[str], bytes | None]
"""Gives the bytes of a file beside the root file, or None where there is none."""

_LONGEST_RANGE = 366 * 3
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARLY = re.compile(r"([0-9]{2})-([0-9]{2})")
_LEAP_YEAR = 2000


@dataclass(slots=True)
class DayReader:
    """Reads one list of days.

    ``worked``: read a country's make-up working days, not its holidays. ``today``: the
    day from which on missing years are reported.
    """

    read_file: ReadFile
    today: date
    worked: bool = False
    days: set[date] = field(default_factory=set)
    yearly: set[tuple[int, int]] = field(default_factory=set)

    def read(self, value: Any, location: Location) -> DaySet:
        """Return the days of a list and report its problems."""
        if value is None:
            return DaySet()
        entries = [value] if isinstance(value, Mapping) and self.worked else value
        if not isinstance(entries, list):
            location.error("write a list of days: [2026-10-01, 2026-10-02]")
            return DaySet()
        for index, entry in enumerate(entries):
            at = location if entries is not value else location.at(index)
            self._entry(entry, at)
        return DaySet(frozenset(self.days), frozenset(self.yearly))

    def _entry(self, entry: Any, location: Location) -> None:
        if isinstance(entry, Mapping):
            self._read_mapping(entry, location)
        elif not self._read_text(str(entry) if isinstance(entry, str) else ""):
            location.error(
                f"{as_written(entry)!r} is no day; write it as 2026-10-01, as "
                '"2026-10-01..2026-10-07" or, for each year, as "01-01"'
            )

    def _read_text(self, text: str) -> bool:
        """Take a day, a range or a yearly day. Return False for anything else."""
        yearly = _YEARLY.fullmatch(text.strip())
        if yearly is not None:
            try:
                date(_LEAP_YEAR, int(yearly[1]), int(yearly[2]))
            except ValueError:
                return False
            self.yearly.add((int(yearly[1]), int(yearly[2])))
            return True
        days = read_range(text)
        if days is None:
            return False
        self.days.update(days_between(*days))
        return True

    def _read_mapping(self, entry: Mapping[str, Any], location: Location) -> None:
        """Take ``{country: CN}`` or ``{file: closed.ics}``."""
        known = ("country", "file")
        for key in entry:
            if key not in known:
                near = closest(str(key), known)
                hint = f"did you mean `{near}`?" if near else f"write {listed(known)}"
                location.at(key).error(f"unknown key `{key}`; {hint}", key=True)
        if "country" in entry:
            self._country(entry["country"], location.at("country"))
        elif "file" in entry:
            self._file(entry["file"], location.at("file"))

    def _country(self, code: Any, location: Location) -> None:
        days, problem = country_days(str(code), self.today.year, worked=self.worked)
        if problem:
            location.error(problem)
            return
        self.days.update(days)
        what = "make-up working days" if self.worked else "public holidays"
        self._check_years(days, f"the {what} of {code}", location)

    def _file(self, name: Any, location: Location) -> None:
        data = self.read_file(name) if isinstance(name, str) else None
        if data is None:
            location.error(
                f"there is no file {as_written(name)!r} beside ivrhooks.yaml; write "
                "one that is there, relative to it"
            )
            return
        days, yearly, problem = read_day_file(str(name), data)
        if problem:
            location.error(f"{problem}; see `{name}`")
            return
        self.days.update(days)
        self.yearly.update(yearly)
        if not yearly:
            self._check_years(days, f"`{name}`", location)

    def _check_years(self, days: set[date], what: str, location: Location) -> None:
        """Warn of a year within the next twelve months for which ``days`` has no
        data."""
        for year in sorted({self.today.year, (self.today + timedelta(364)).year}):
            if not any(day.year == year for day in days):
                location.warning(
                    f"no day of {year} in {what}; write its days here, or in a file"
                )


def read_range(text: str) -> tuple[date, date] | None:
    """Return the first and last day of ``2026-10-01`` or ``2026-10-01..2026-10-07``.

    Return None where the text is neither.
    """
    first, dots, last = (part.strip() for part in text.partition(".."))
    if not _DAY.fullmatch(first) or (dots and not _DAY.fullmatch(last)):
        return None
    try:
        begin = date.fromisoformat(first)
        end = date.fromisoformat(last) if dots else begin
    except ValueError:
        return None
    return (begin, end) if 0 <= (end - begin).days < _LONGEST_RANGE else None


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every day from ``first`` to ``last``, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def read_day_file(
    name: str, data: bytes
) -> tuple[set[date], set[tuple[int, int]], str]:
    """Return the days of a file, its yearly days, and why it cannot be read."""
    suffix = name.rpartition(".")[2].lower()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return set(), set(), "the file is no UTF-8 text"
    if suffix == "ics":
        return read_icalendar(text)
    if suffix == "csv":
        return _of_texts(_csv_column(text), "a column `date` with days as 2026-10-01")
    if suffix in ("yaml", "yml"):
        return _of_texts(_yaml_list(data), "a list of days as 2026-10-01")
    return set(), set(), "a holiday file is .ics, .csv or .yaml"


def _of_texts(
    texts: list[str] | None, form: str
) -> tuple[set[date], set[tuple[int, int]], str]:
    if texts is None:
        return set(), set(), f"the file holds no {form.removeprefix('a ')}"
    reader = DayReader(lambda name: None, date.min)
    for number, text in enumerate(texts, 1):
        if not reader._read_text(text):
            return set(), set(), f"entry {number} is no day; write {form}"
    return reader.days, reader.yearly, ""


def _csv_column(text: str) -> list[str] | None:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = {str(name).strip().lower(): name for name in rows.fieldnames or ()}
    if "date" not in names:
        return None
    values = ((row.get(names["date"]) or "").strip() for row in rows)
    return [value for value in values if value]


def _yaml_list(data: bytes) -> list[str] | None:
    root, problems = read_yaml(data)
    value = None if root is None or problems else plain(root)
    if not isinstance(value, list):
        return None
    return [item if isinstance(item, str) else "" for item in value]


YEARS_BEFORE, YEARS_AFTER = 10, 10


def country_days(code: str, year: int, *, worked: bool) -> tuple[set[date], str]:
    """Return the public holidays of a country around ``year``, or with ``worked`` its
    make-up working days; or the reason why there are none.

    The library ``holidays`` is an extra, needed only by a configuration that names a
    country. It knows make-up working days for the few countries and years whose
    government has announced them (docs/calendars.md compares two libraries).
    """
    try:
        library: Any = import_module("holidays")
    except ImportError:
        return set(), (
            "holidays by country need the extra `holidays`; run pip install "
            "'ivrhooks[holidays]', or write the days"
        )
    known = library.list_supported_countries()
    if code not in known:
        near = nearest(code.upper(), known)
        return set(), f"{code!r} is no country that is known here{near}; write CN or VN"
    years = range(year - YEARS_BEFORE, year + YEARS_AFTER + 1)
    with warnings.catch_warnings():  # of years, which _check_years reports
        warnings.simplefilter("ignore", UserWarning)
        country = library.country_holidays(code, years=years)
    if not worked:
        return set(country), ""
    days = getattr(country, "weekend_workdays", None)
    if not days:
        return set(), f"no make-up working days of {code} are known; write the days"
    return {day for day in days if day.year in years}, ""
