"""A paged operation is walked to its end, and never for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceUnavailable
from ivrhooks.sources.asking.pages import walk
from ivrhooks.sources.interface import Operation, Paging, Query, Reply

OPERATION = Operation(
    kind="omicrm",
    name="list_contacts",
    method="POST",
    path="/list",
    summary="",
    reference="",
    entries="items",
    paging=Paging("page", "size", 1, 3),
)


class System:
    """So many entries, in pages."""

    def __init__(self, total: int, *, bare: bool = False) -> None:
        self.entries = [{"id": number} for number in range(total)]
        self.bare = bare
        self.queries: list[Any] = []

    async def ask(self, query: Query) -> Reply:
        page, size = query.params.get("page", 1), int(query.params.get("size", 3))
        self.queries.append(query.params)
        entries = self.entries[(page - 1) * size : page * size]
        record = entries if self.bare else {"items": entries, "page": page}
        return Reply(record, bool(entries))


def walked(system: Any, operation: Operation = OPERATION, **params: Any) -> Reply:
    return asyncio.run(walk(Query(operation, params, all_pages=True), system.ask))


@pytest.mark.parametrize(
    ("total", "pages"), [(2, 1), (3, 2), (7, 3), (9, 4), (60, 20), (500, 20)]
)
def test_it_stops_at_a_short_page_and_at_twenty(total: int, pages: int) -> None:
    system = System(total)
    reply = walked(system)
    assert reply.record["items"] == system.entries[:60]
    assert reply.record["page"] == 1
    assert reply.found
    assert len(system.queries) == pages


def test_the_size_that_is_asked_counts() -> None:
    system = System(25)
    assert len(walked(system, size="10").record["items"]) == 25
    assert [params.get("page") for params in system.queries] == [None, 2, 3]


def test_it_goes_on_from_the_page_that_is_asked() -> None:
    system = System(10)
    assert len(walked(system, page=3).record["items"]) == 4
    assert [params["page"] for params in system.queries] == [3, 4]


def test_a_bare_list_is_walked_too() -> None:
    system = System(7, bare=True)
    assert walked(system, replace(OPERATION, entries="")).record == system.entries


def test_nothing_found_is_one_page() -> None:
    system = System(0)
    reply = walked(system)
    assert (reply.found, reply.record["items"], len(system.queries)) == (False, [], 1)


def test_an_operation_without_pages_is_asked_once() -> None:
    system = System(9)
    walked(system, replace(OPERATION, paging=None))
    assert len(system.queries) == 1


def test_a_system_that_knows_no_pages_is_not_asked_twenty_times() -> None:
    class Same(System):
        async def ask(self, query: Query) -> Reply:
            self.queries.append(query.params)
            return Reply({"items": self.entries})

    system = Same(3)
    assert walked(system).record["items"] == system.entries
    assert len(system.queries) == 2


def test_a_page_that_fails_fails_the_walk() -> None:
    class Failing(System):
        async def ask(self, query: Query) -> Reply:
            if query.params.get("page") == 2:
                raise SourceUnavailable("503")
            return await super().ask(query)

    with pytest.raises(SourceUnavailable):
        walked(Failing(9))
