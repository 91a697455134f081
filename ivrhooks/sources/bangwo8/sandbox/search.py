"""The sandbox's search language, and the filters, order and pages of its lists.

Reference: "Bangwo8 companies v1", GET companies.json and search.json;
docs/vendors/bangwo8.md, 4.1 and 4.6. No value contains a blank, so each word is one
condition; all must hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ivrhooks.basics.values import to_text
from ivrhooks.sources.bangwo8.operations import PAGE_SIZE
from ivrhooks.sources.bangwo8.sandbox.companies import (
    UNSET_DATE,
    Company,
    RefusedError,
    custom_fields,
    is_deleted,
    number_of,
    read_day,
    text_of,
)

_DAY_WORD = re.compile("(createDT|updateDT)(<=|>=|<|>|:)(.*)")
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = MappingProxyType(
    {
        "<": lambda day, limit: day < limit,
        ">": lambda day, limit: day > limit,
        ":": lambda day, limit: day == limit,
        "<=": lambda day, limit: day <= limit,
        ">=": lambda day, limit: day >= limit,
    }
)
_NUMBER = re.compile(r"\+?[0-9]{7,}")
_SEPARATORS = re.compile(r"[-().]")


@dataclass(frozen=True, slots=True)
class Word:
    """``field:value``; a word alone searches the name."""

    field: str
    value: str

    @property
    def is_custom(self) -> bool:
        """Whether it asks for a custom field."""
        return self.field not in ("companyName", "serviceaccount")

    def holds(self, company: Company) -> bool:
        """Return whether a company matches; an empty value matches none.

        Otherwise an empty telephone number would match everybody.
        """
        if not self.value:
            return False
        if self.field == "serviceaccount":
            return text_of(company, "serviceaccount") == self.value
        if self.field == "companyName":
            return contains(text_of(company, "companyName"), self.value)
        return any(
            field["key"] == self.field and contains(field["value"], self.value)
            for field in custom_fields(company)
        )


@dataclass(frozen=True, slots=True)
class DayWord:
    """``createDT>=2017-07-01``: a condition on whole days."""

    field: str
    operator: str
    day: str

    def holds(self, company: Company) -> bool:
        """Return whether a company matches; one without that date never does."""
        day = text_of(company, self.field)[:10]
        return day not in ("", UNSET_DATE) and _OPERATORS[self.operator](day, self.day)


Condition = Word | DayWord


def contains(value: Any, part: str) -> bool:
    """Return whether a text, or any element of a list, contains ``part``, ignoring
    case."""
    if isinstance(value, list):
        return any(contains(element, part) for element in value)
    return part.casefold() in (to_text(value) or "").casefold()


def read_query(text: str) -> tuple[Condition, ...]:
    """Return the conditions in a search's ``query``. Raises RefusedError."""
    words = tuple(map(_read_word, text.split()))
    if not words:
        raise RefusedError("query must have a value")
    names = [word for word in words if isinstance(word, Word)]
    if any(word.field == "" for word in names[1:]):
        raise RefusedError("query: a value may not contain blanks")
    return tuple(
        Word("companyName", word.value)
        if isinstance(word, Word) and not word.field
        else word
        for word in words
    )


def _read_word(word: str) -> Condition:
    about_day = _DAY_WORD.fullmatch(word)
    if about_day:
        field, operator, day = about_day.groups()
        return DayWord(field, operator, read_day(f"query: {field}", day))
    field, colon, value = word.partition(":")
    return Word(field or ":", value) if colon else Word("", word)


def requested_numbers(
    conditions: Iterable[Condition], companies: Sequence[Company]
) -> list[str]:
    """Return the numbers for which a custom field was searched and that no company
    has."""
    return [
        word.value
        for word in conditions
        if isinstance(word, Word)
        and word.is_custom
        and _NUMBER.fullmatch(_SEPARATORS.sub("", word.value))
        and not any(_holds_number(company, word.value) for company in companies)
    ]


def _holds_number(company: Company, number: str) -> bool:
    return any(contains(field["value"], number) for field in custom_fields(company))


# ------------------------------------------------------------- parameters of lists


def read_positive_int(args: Mapping[str, str], name: str, default: int) -> int:
    """Return an integer of at least 1; absent or empty gives the default."""
    text = args.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise RefusedError(f"{name} must be a whole number from 1 on")
    return int(text)


def read_choice(
    args: Mapping[str, str], name: str, values: Sequence[str], default: str = ""
) -> str:
    """Return one of the words that the document names; absent or empty gives the
    default."""
    text = args.get(name, "").strip()
    if text and text not in values:
        raise RefusedError(f"{name} must be one of {', '.join(values)}")
    return text or default


def undeleted(companies: Iterable[Company], args: Mapping[str, str]) -> list[Company]:
    """Return the companies without deleted ones, unless ``deStat`` asks for all."""
    everything = read_choice(args, "deStat", ("0", "1"), "0") == "1"
    return [company for company in companies if everything or not is_deleted(company)]


def listed(companies: Iterable[Company], args: Mapping[str, str]) -> list[Company]:
    """Return the companies of a list, in its order. Raises RefusedError."""
    ranges = tuple(_ranges(args))
    matching = [
        company
        for company in undeleted(companies, args)
        if all(range_.holds(company) for range_ in ranges)
    ]
    matching.sort(key=number_of)
    for name, field in (("updated_order", "updateDT"), ("created_order", "createDT")):
        order = read_choice(args, name, ("asc", "desc"))
        if order:
            _sort_by_date(matching, field, order)
    return matching


def _ranges(args: Mapping[str, str]) -> Iterable[DayWord]:
    for prefix, field in (("created", "createDT"), ("updated", "updateDT")):
        for end, operator in (("start", ">="), ("end", "<=")):
            name = f"{prefix}_{end}"
            text = args.get(name, "").strip()
            if text:
                yield DayWord(field, operator, read_day(name, text))


def matching(
    companies: Iterable[Company],
    conditions: Sequence[Condition],
    args: Mapping[str, str],
) -> list[Company]:
    """Return the companies of a search, in its order. Raises RefusedError."""
    hits = [
        company
        for company in undeleted(companies, args)
        if all(condition.holds(company) for condition in conditions)
    ]
    hits.sort(key=number_of)
    _sort_by_date(hits, *search_order(args))
    return hits


def search_order(args: Mapping[str, str]) -> tuple[str, str]:
    """Return ``sort_by`` and ``sort_order`` of a search. Raises RefusedError."""
    by = read_choice(args, "sort_by", ("createDT", "updateDT"), "createDT")
    return by, read_choice(args, "sort_order", ("asc", "desc"), "desc")


def _sort_by_date(companies: list[Company], field: str, order: str) -> None:
    """Sort by date; companies with the same date keep the order of their ids."""
    companies.sort(key=lambda entry: text_of(entry, field), reverse=order == "desc")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``next`` and ``previous`` are page numbers or None."""

    entries: list[Company]
    count: int
    next: int | None
    previous: int | None


def cut(companies: list[Company], number: int, size: int = PAGE_SIZE) -> Page:
    """Return page ``number`` of all matches."""
    start = (number - 1) * size
    more = start + size < len(companies)
    return Page(
        entries=companies[start : start + size],
        count=len(companies),
        next=number + 1 if more else None,
        previous=number - 1 if number > 1 else None,
    )
