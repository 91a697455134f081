"""The sandbox's call records: their times, filters and fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ivrhooks.basics.phone import same_number
from ivrhooks.sources.interface import Field

Record = Mapping[str, Any]
NEVER = datetime.min.replace(tzinfo=UTC)
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


def read_time(text: Any) -> datetime | None:
    """Parse an RFC 3339 time, UTC where it names no zone; None where it is none."""
    if not isinstance(text, str) or not _DATE_TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def shown(document: Mapping[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    """Return a document as the vendor answers it: the set fields, in the vendor's
    order.

    All texts are text; a data file may hold a number.
    """
    shown_fields = {}
    for field in fields:
        value = document.get(field.name)
        if value is not None:
            shown_fields[field.name] = str(value) if field.type == "string" else value
    return shown_fields


def started(record: Record) -> datetime:
    """Return when a call began, or a time long ago where that is unknown."""
    return read_time(record.get("start_time")) or NEVER


def fits(record: Record, filters: Mapping[str, Any]) -> bool:
    """Return whether a record matches every given filter; one value of a list is
    enough."""
    agents = [*(filters.get("agent_ids") or [])]
    if filters.get("agent_id") is not None:
        agents.append(filters["agent_id"])
    lists = {
        "agent_id": agents,
        "call_type": filters.get("call_types"),
        "states": _answered_words(filters.get("states")),
    }
    if any(words and record.get(name) not in words for name, words in lists.items()):
        return False
    wanted = filters.get("call_uuid")
    if wanted and str(record.get("call_uuid")) != wanted:
        return False
    return _fits_numbers(record, filters) and _fits_times(record, filters)


_ANSWERED = "接听"


def _answered_words(states: Any) -> Any:
    """Return the states of a filter.

    接通, the word in the vendor's filter examples, means answered calls, whose records
    say 接听.

    Reference: Meiqia, call centre, 5.2 (docs/vendors/meiqia.md)
    """
    if not isinstance(states, list):
        return states
    return [_ANSWERED if state == "接通" else state for state in states]


def _fits_numbers(record: Record, filters: Mapping[str, Any]) -> bool:
    return all(
        equal_numbers(record.get(name), filters[name])
        for name in ("customer_phone", "trunk_number")
        if filters.get(name)
    )


def _fits_times(record: Record, filters: Mapping[str, Any]) -> bool:
    """``start_time``: began then or later; ``end_time``: ended then or earlier."""
    begun, ended = (
        read_time(record.get("start_time")),
        read_time(record.get("end_time")),
    )
    first, last = (
        read_time(filters.get("start_time")),
        read_time(filters.get("end_time")),
    )
    if first is not None and (begun is None or begun < first):
        return False
    return last is None or (ended is not None and ended <= last)


def equal_numbers(number: Any, other: Any) -> bool:
    """Return whether two telephone numbers are the same, in any notation."""
    number, other = str(number or ""), str(other or "")
    if number == other:
        return bool(number)
    return same_number(number, other)
