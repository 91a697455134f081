"""An index over a table's rows, whose speed does not depend on their number.

SQLite holds the rows in memory, outside Python's objects. A million rows therefore cost
the garbage collector nothing.
"""

from __future__ import annotations

import re
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
import phonenumbers
from phonenumbers import PhoneMetadata

from ivrhooks.basics.phone import PhoneNumber, format_phone, read_phone, same_number
from ivrhooks.basics.values import to_text
from ivrhooks.sources.table.rows import Row, TableError

TAIL = 7  # last digits by which telephone numbers are looked up
BATCH = 10_000  # rows written at a time
FEW = 200  # matching rows of one key, above which another key is used first
LONGEST_PREFIX = 64

_PLAIN = re.compile(r"\+?[0-9 ()]*[0-9]")
_WITH_HYPHENS = re.compile(r"\+?[0-9 ()-]*[0-9]")
_NO_DIGITS = re.compile("[^0-9]")
_PREFIX = re.compile(r"\+[0-9 ()-]+")


@dataclass(frozen=True, slots=True)
class _SearchValue:
    """One condition: the number of the key, how it matches, and the values that match.

    ``written``: the most common notations of a telephone number.
    """

    key: int
    how: str
    values: tuple[str, ...]
    value: Any
    written: frozenset[str] = frozenset()


class TableIndex:
    """The index of one state of a file. It may be built in any thread; use one to
    query."""

    def __init__(
        self, key: Mapping[str, str], columns: Sequence[str], region: str | None
    ) -> None:
        self.columns = tuple(columns)
        self.count = 0
        self._key = tuple(key.items())
        self._numbers = {name: number for number, name in enumerate(key)}
        self._region = region
        code = phonenumbers.country_code_for_region(region) if region else 0
        metadata = PhoneMetadata.metadata_for_region(region) if region else None
        self._home = str(code) if code else ""
        self._trunk = (metadata.national_prefix if metadata else "") or ""
        self._database = sqlite3.connect(
            ":memory:", check_same_thread=False, isolation_level=None
        )
        # A connection is in a reference cycle of its own: without this the rows of a
        # file that has been read again stay until the garbage collector finds them.
        weakref.finalize(self, self._database.close)
        self._longest = [0] * len(key)

    def close(self) -> None:
        """Release the rows."""
        self._database.close()

    # ------------------------------------------------------------------ filling

    def fill(self, rows: Iterable[Row]) -> None:
        """Insert the rows in their order. Raises TableError where there are none."""
        run = self._database.execute
        run("create table data (number integer primary key, cells blob) strict")
        for number in range(len(self._key)):
            run(f"create table key{number} (value text, number integer) strict")
        run("begin")
        remaining = iter(rows)
        while batch := list(islice(remaining, BATCH)):
            self._take(batch)
        for number in range(len(self._key)):
            run(f"create index find{number} on key{number} (value, number)")
        run("commit")
        if not self.count:
            raise TableError("no rows; write at least one")

    def _take(self, batch: list[Row]) -> None:
        write = self._database.executemany
        numbers = range(self.count, self.count + len(batch))
        self.count += len(batch)
        write(
            "insert into data values (?, ?)",
            zip(numbers, map(_cells, batch), strict=True),
        )
        for key, (column, how) in enumerate(self._key):
            at = self.columns.index(column)
            cells = [row[at] if at < len(row) else "" for row in batch]
            texts = [
                cell.strip() if type(cell) is str else _text(cell).strip()
                for cell in cells
            ]
            indexed = zip(texts, numbers, strict=True)
            if how == "phone":
                values = self._phones(indexed)
            elif how == "prefix":
                values = self._prefixes(indexed, key)
            else:
                values = [pair for pair in indexed if pair[0]]
            write(f"insert into key{key} values (?, ?)", values)  # noqa: S608

    def _prefixes(
        self, indexed: Iterable[tuple[str, int]], key: int
    ) -> list[tuple[str, int]]:
        pairs = [
            (_NO_DIGITS.sub("", text) if _PREFIX.fullmatch(text) else text, number)
            for text, number in indexed
            if text
        ]
        longest = max((len(text) for text, _ in pairs), default=0)
        self._longest[key] = max(self._longest[key], longest)
        return pairs

    def _phones(self, indexed: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        pairs = []
        for text, number in indexed:
            if text.isdigit() and text.isascii():  # the common case
                pairs.append((text[-TAIL:], number))
            elif text:
                pairs += [(bucket, number) for bucket in self._buckets(text)]
        return pairs

    def _buckets(self, text: str) -> tuple[str, ...]:
        """Return the keys under which a cell's number is stored.

        Digits after a hyphen may be an extension, which is judged when the number is
        compared.
        """
        if _PLAIN.fullmatch(text):
            return (_tail(_NO_DIGITS.sub("", text)),)
        if _WITH_HYPHENS.fullmatch(text):
            before = text.rpartition("-")[0]
            both = (_NO_DIGITS.sub("", text), _NO_DIGITS.sub("", before))
            return tuple({_tail(digits) for digits in both if digits})
        number = read_phone(text, self._region)
        return () if number.withheld else (_tail(str(number)),)

    # ------------------------------------------------------------------- asking

    def find(self, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the first row that matches all ``params``, with the longest prefix, or
        None."""
        number = next(self._fitting(self._conditions(params)), None)
        return None if number is None else self._row(number)

    def find_all(self, params: Mapping[str, Any], most: int) -> list[Mapping[str, Any]]:
        """Return all matching rows, at most ``most``."""
        if not params:
            numbers: Iterable[int] = range(self.count)
        else:
            numbers = self._fitting(self._conditions(params))
        return [self._row(number) for number in islice(numbers, most)]

    def _row(self, number: int) -> Mapping[str, Any]:
        (cells,) = self._database.execute(
            "select cells from data where number = ?", (number,)
        ).fetchone()
        return dict(zip(self.columns, orjson.loads(cells), strict=False))

    def _conditions(self, params: Mapping[str, Any]) -> list[_SearchValue]:
        return [
            self._condition(self._numbers[name], value)
            for name, value in params.items()
            if name in self._numbers
        ]

    def _condition(self, key: int, value: Any) -> _SearchValue:
        how = self._key[key][1]
        if how == "phone":
            number = value
            if not isinstance(value, PhoneNumber):
                number = read_phone(to_text(value) or "", self._region)
            values = () if number.withheld else (_tail(str(number)),)
            return _SearchValue(
                key, how, values, number, self._common_notations(number)
            )
        if how == "text":
            text = (to_text(value) or "").strip()
            return _SearchValue(key, how, (text,) if text else (), text)
        text = self._prefixed(value)
        longest = min(len(text), self._longest[key], LONGEST_PREFIX)
        prefixes = tuple(text[:length] for length in range(longest, 0, -1))
        return _SearchValue(key, how, prefixes, text)

    def _common_notations(self, number: PhoneNumber) -> frozenset[str]:
        """Return the most common notations: as received, and without the country
        code."""
        digits = str(number)
        if not number.plus:
            return frozenset((digits,))
        if not self._home or not digits.startswith(self._home):
            return frozenset((f"+{digits}",))
        home = digits.removeprefix(self._home)
        return frozenset((f"+{digits}", home, self._trunk + home))

    def _prefixed(self, value: Any) -> str:
        """Return a number as E.164 digits, any other text unchanged."""
        text = (to_text(value) or "").strip()
        if isinstance(value, PhoneNumber) or _PREFIX.fullmatch(text):
            written = format_phone(value, "e164", self._region)
            return _NO_DIGITS.sub("", written or text)
        return text

    def _fitting(self, conditions: list[_SearchValue]) -> Iterator[int]:
        """Yield matching rows in order; with a prefix, those of the longest first."""
        if not conditions or not all(condition.values for condition in conditions):
            return
        if len(conditions) > 1:
            conditions.sort(
                key=lambda value: (value.how != "prefix", self._size(value))
            )
        first, others = conditions[0], conditions[1:]
        if first.how == "prefix" and others and self._size(others[0]) < FEW:
            rows = list(self._joined(others[0], others[1:]))
            for prefix in first.values:
                yield from (row for row in rows if self._holds(first, prefix, row))
        else:
            yield from self._joined(first, others)

    def _joined(self, first: _SearchValue, others: list[_SearchValue]) -> Iterator[int]:
        """Yield the rows that match ``first``, by its index, and all others."""
        for number in self._matching(first):
            if self._fits_all(number, others):
                yield number

    def _size(self, search_value: _SearchValue) -> int:
        """Return how many rows match a condition, counted up to ``FEW``."""
        (count,) = self._database.execute(
            f"select count(*) from (select 1 from key{search_value.key} "  # noqa: S608
            "where value = ? limit ?)",
            (search_value.values[-1], FEW),
        ).fetchone()
        return int(count)

    def _matching(self, search_value: _SearchValue) -> Iterator[int]:
        for value in search_value.values:
            rows = self._database.execute(
                f"select number from key{search_value.key} where value = ? "  # noqa: S608
                "order by number",
                (value,),
            )
            for (number,) in rows:
                if search_value.how != "phone" or self._is_number(search_value, number):
                    yield number

    def _fits_all(self, number: int, conditions: list[_SearchValue]) -> bool:
        return all(
            any(
                self._holds(search_value, value, number)
                for value in search_value.values
            )
            and (search_value.how != "phone" or self._is_number(search_value, number))
            for search_value in conditions
        )

    def _holds(self, search_value: _SearchValue, value: str, number: int) -> bool:
        row = self._database.execute(
            f"select 1 from key{search_value.key} where value = ? and number = ?",  # noqa: S608
            (value, number),
        ).fetchone()
        return row is not None

    def _is_number(self, search_value: _SearchValue, number: int) -> bool:
        """Return whether the cell of a row holds the subscriber that is searched."""
        cell = _text(self._row(number).get(self._key[search_value.key][0])).strip()
        if cell in search_value.written:  # a common notation, found ten times faster
            return True
        known = read_phone(cell, self._region)
        if known.withheld:
            return False
        if known == search_value.value and known.plus == search_value.value.plus:
            return True
        forms = {
            format_phone(each, "e164", self._region)
            for each in (known, search_value.value)
        }
        if None not in forms:
            return len(forms) == 1
        return known == search_value.value or same_number(
            known, search_value.value, self._region
        )


def _tail(digits: str) -> str:
    return digits[-TAIL:]


def _text(cell: Any) -> str:
    return to_text(cell) or ""


def _cells(row: Row) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:  # integers of more than 64 bits
        return orjson.dumps([_plain(value) for value in row])


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value
