"""Questions to what is no HTTP API: in time, and known by what they ask."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Hashable
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceTimeout
from ivrhooks.resilience.awaited import outcome_of
from ivrhooks.sources.asking.direct import DirectAttempts
from ivrhooks.sources.interface import Operation, Query, Reply
from ivrhooks.sources.kind import Asker

FIND = Operation("table", "find", "GET", "", "", "")


class SlowAsker(Asker):
    """Says how many seconds it was given, after a while."""

    def __init__(self, takes: float = 0.0) -> None:
        self.takes = takes
        self.closed = False

    def key(self, query: Query) -> Hashable:
        return tuple(query.params.items())

    async def ask(self, query: Query, seconds: Callable[[], float]) -> Reply:
        await asyncio.sleep(self.takes)
        return Reply(seconds())

    async def close(self) -> None:
        self.closed = True


def test_without_a_timeout_a_query_has_the_callers_time(in_no_time: Any) -> None:
    async def story() -> None:
        attempts = DirectAttempts(SlowAsker(), None)
        query = Query(FIND, {"tel": "1"})
        attempt = attempts.attempt(query, attempts.prepared(query), lambda: 7.0)
        assert (await outcome_of(attempt.start)).record == 7.0
        assert attempt.http is None

    in_no_time(story())


def test_a_timeout_ends_the_try(in_no_time: Any) -> None:
    async def story() -> None:
        quick = DirectAttempts(SlowAsker(0.3), 0.5)
        query = Query(FIND, {})
        request = quick.prepared(query)
        reply = await outcome_of(quick.attempt(query, request, lambda: math.inf).start)
        assert reply.record == pytest.approx(0.2)
        slow = DirectAttempts(SlowAsker(0.7), 0.5)
        with pytest.raises(SourceTimeout):
            await outcome_of(slow.attempt(query, request, lambda: math.inf).start)

    in_no_time(story())


def test_a_question_is_known_by_operation_rows_and_values(in_no_time: Any) -> None:
    async def story() -> None:
        asker = SlowAsker()
        attempts = DirectAttempts(asker, None)
        first, same, all_of_it = (
            Query(FIND, {"tel": "1"}),
            Query(FIND, {"tel": "1"}),
            Query(FIND, {"tel": "1"}, all_rows=True),
        )
        request = attempts.prepared(first)
        assert request.repeatable
        assert attempts.key(first, request) == attempts.key(same, request)
        assert attempts.key(first, request) != attempts.key(all_of_it, request)
        assert attempts.picked(first, {"a": 1}) == {"a": 1}
        await attempts.close()
        assert asker.closed

    in_no_time(story())
