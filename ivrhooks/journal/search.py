"""Finds data requests by what a person remembers of them.

A whole number, an e-mail address, an id and a data request's id have marks and are
found however old they are. The last digits of a number and any other text have no
marks. They are searched in the newest entries alone, since each entry must be
decrypted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

import orjson

from ivrhooks.journal.entry import EntryFilter
from ivrhooks.journal.query import Journal
from ivrhooks.store.people import Person

MAX_BY_DIGITS = 20_000
MAX_BY_TEXT = 2_000
"""The number of entries that are searched."""

_LAST_DIGITS = re.compile(r"[*.…]*([0-9]{2,6})")
_NO_DIGIT = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The rows, newest first. ``through``: how many entries were searched at most; 0
    where marks were used."""

    rows: list[dict[str, Any]]
    through: int = 0


def search(
    journal: Journal, chosen: EntryFilter, text: str, region: str | None, limit: int
) -> SearchResult:
    """Return the entries of ``chosen`` that match ``text``."""
    text = text.strip()
    marked = replace(chosen, caller=Person(text, region), request_id=text)
    rows = journal.recent(marked, limit=limit)
    digits = _LAST_DIGITS.fullmatch(text)
    if digits is not None:
        ending = digits[1]
        entries = journal.newest(chosen, most=MAX_BY_DIGITS)
        ends = (entry for entry in entries if _ends(entry, ending))
        known = {row["id"] for row in rows}
        more = [entry for entry in islice(ends, limit) if entry["id"] not in known]
        hits = sorted([*rows, *more], key=lambda entry: -entry["id"])[:limit]
        if hits:
            return SearchResult(hits, MAX_BY_DIGITS)
    elif rows:
        return SearchResult(rows)
    needle = text.casefold()
    entries = journal.newest(chosen, most=MAX_BY_TEXT, whole=True)
    holding = (entry for entry in entries if _holds(entry, needle))
    return SearchResult(list(islice(holding, limit)), MAX_BY_TEXT)


def _ends(row: Mapping[str, Any], digits: str) -> bool:
    """Return whether a caller's number ends with these digits."""
    return any(_NO_DIGIT.sub("", caller).endswith(digits) for caller in row["callers"])


def _holds(row: Mapping[str, Any], needle: str) -> bool:
    """Return whether a text occurs anywhere in what was sent or answered."""
    return any(needle in text.casefold() for text in _texts(row))


def _texts(row: Mapping[str, Any]) -> list[str]:
    sent = f"{_text(row['head'])}\n{_text(row['body'])}"
    records = [answer["record"] for answer in row["answers"]]
    values = [value for value, _ in row["outputs"].values()]
    answered = orjson.dumps([records, values], default=str).decode()
    reasons = " ".join(map(str, row["reasons"]))
    summary = f"{row['endpoint']} {row['code']} {row['degraded']} {reasons}"
    return [sent, unquote_plus(sent), answered, summary, row["request_id"], row["path"]]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
