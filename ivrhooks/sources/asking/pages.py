"""Reads all pages of a paged operation and returns them as one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from ivrhooks.basics.values import to_int
from ivrhooks.sources.interface import Operation, Query, Reply

MAX_PAGES = 20

AskPage = Callable[[Query], Awaitable[Reply]]


async def walk(query: Query, ask: AskPage) -> Reply:
    """Return the first page's block with the entries of all pages, at most 20 pages.

    The last page is the first one that is shorter than the page size. A page that
    repeats the one before also ends the walk: a system without paging answers so each
    time.
    """
    first = await ask(query)
    paging = query.operation.paging
    entries = _entries(query.operation, first.record)
    if paging is None or not entries:
        return first
    size = to_int(query.params.get(paging.size_param or "")) or paging.default_size
    number = to_int(query.params.get(paging.page_param)) or paging.first
    collected, page = list(entries), entries
    for step in range(1, MAX_PAGES):
        if len(page) < size:
            break
        params = {**query.params, paging.page_param: number + step}
        reply = await ask(replace(query, params=params))
        following = _entries(query.operation, reply.record)
        if not following or following == page:
            break
        page = following
        collected += page
    return Reply(_with_entries(query.operation, first.record, collected), first.found)


def _entries(operation: Operation, record: Any) -> list[Any]:
    if operation.entries and isinstance(record, Mapping):
        record = record.get(operation.entries)
    return record if isinstance(record, list) else []


def _with_entries(operation: Operation, record: Any, entries: list[Any]) -> Any:
    return {**record, operation.entries: entries} if operation.entries else entries
