"""One try asks with a token, walks pages, and ends within the source's timeout."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceTimeout
from ivrhooks.resilience.awaited import Awaited, outcome_of
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.sources.asking.attempts import (
    LARGE,
    LONGEST_RETRY_AFTER,
    Attempt,
    Attempts,
    retry_after,
    with_key,
)
from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.interface import Query, Request, Response, SourceSettings

REQUEST = Request("GET", "http://crm/c")
QUERY = Query(OPERATIONS[0], {"path": "/c"})


class Wire:
    def __init__(self) -> None:
        self.ends: list[float] = []
        self.body = b"{}"

    def start(self, request: Request, on_done: Any, **how: Any) -> Awaited[Response]:
        return Awaited(self.exchange(request, **how), on_done)

    async def exchange(
        self,
        request: Request,
        *,
        deadline: float,
        limit: int,
        extra: bytes = b"",
        request_id: str = "",
    ) -> Response:
        self.ends.append(deadline)
        assert limit == 77
        return Response(203, {}, self.body)


class SlowTokens:
    def cached(self) -> None:
        return None

    async def token(self, refused: str | None = None) -> str:
        await asyncio.sleep(60)
        raise AssertionError("too late")


def attempts(timeout: float | None) -> tuple[Attempts, Wire]:
    wire = Wire()
    settings = SourceSettings(
        "crm", "http", "http://crm", timeout=timeout, max_response=77
    )
    loop = asyncio.get_running_loop()
    transport: Any = wire
    return Attempts(
        HttpClient(settings),
        transport,
        clock=loop.time,
        now=loop.time,
        cpu_budget=CpuBudget(),
    ), wire


def test_a_try_has_the_sources_timeout_and_nothing_else(in_no_time: Any) -> None:
    async def story() -> None:
        for timeout, end in ((0.8, 1000.8), (None, math.inf)):
            made, wire = attempts(timeout)
            attempt = Attempt(made, QUERY, REQUEST)
            assert (await outcome_of(attempt.start)).record == {}
            assert attempt.http == 203
            assert wire.ends == [end]

    in_no_time(story())


def test_a_token_that_does_not_come_is_a_timeout(in_no_time: Any) -> None:
    async def story() -> None:
        made, wire = attempts(0.8)
        made.tokens = SlowTokens()  # type: ignore[assignment]
        with pytest.raises(SourceTimeout) as failed:
            await outcome_of(Attempt(made, QUERY, REQUEST).start)
        assert failed.value.code == "no_token"
        assert asyncio.get_running_loop().time() == 1000.8
        assert wire.ends == []

    in_no_time(story())


def test_a_large_answer_is_read_when_its_turn_has_come(in_no_time: Any) -> None:
    async def story() -> None:
        order: list[object] = []

        async def ask(body: bytes) -> None:
            made, wire = attempts(None)
            wire.body = body
            order.append((await outcome_of(Attempt(made, QUERY, REQUEST).start)).record)

        await asyncio.gather(ask(b'"' + b"x" * LARGE + b'"'), ask(b"{}"))
        assert order == [{}, "x" * LARGE]

    in_no_time(story())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("99999999999", LONGEST_RETRY_AFTER),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST_RETRY_AFTER),
        ("", None),
        ("soon", None),
        ("-1", None),
    ],
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert retry_after(text) == seconds


def test_an_action_carries_its_key_and_is_never_joined() -> None:
    client = HttpClient(SourceSettings("crm", "http", "http://crm"))
    query = Query(OPERATIONS[0], {"path": "/c"}, idempotency_key="a-1")
    sent = with_key(client, REQUEST, query)
    assert sent.headers == (("Idempotency-Key", "a-1"),)
    assert not sent.repeatable
    assert with_key(client, sent, query).headers == sent.headers
    own = Request("POST", "http://crm/c", (("idempotency-key", "mine"),))
    assert with_key(client, own, query).headers == own.headers
    assert with_key(client, REQUEST, QUERY) is REQUEST
