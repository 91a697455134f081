"""A question under way leaves no reference cycle, however it ends."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceError, SourceRejected, SourceUnavailable
from ivrhooks.resilience.awaited import Awaited
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import http_source
from ivrhooks.sources.asking.request_in_flight import failure, internal
from ivrhooks.sources.asking.shared_resources import SharedResources
from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.interface import (
    BreakerSettings,
    CacheSettings,
    Outcome,
    Query,
    Request,
    Response,
    SourceSettings,
)

ROUNDS = 20


class Wire:
    def __init__(self) -> None:
        self.gives: Any = Response(200, {}, b'{"id": 1}')
        self.takes = 0.0

    def start(self, request: Request, on_done: Any, **how: Any) -> Awaited[Response]:
        return Awaited(self.exchange(request, **how), on_done)

    async def exchange(self, request: Request, **_: Any) -> Response:
        await asyncio.sleep(self.takes)
        if isinstance(self.gives, SourceError):
            raise self.gives.with_traceback(None)
        answer: Response = self.gives
        return answer

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("cache", [None, CacheSettings(0.1, 60)])
@pytest.mark.parametrize(
    ("gives", "takes"),
    [
        (Response(200, {}, b'{"id": 1}'), 0.0),
        (Response(404, {}, b""), 0.0),
        (Response(500, {}, b""), 0.0),
        (SourceUnavailable("refused", received=False), 0.0),
        (Response(200, {}, b"<html>"), 0.2),
        (Response(200, {}, b""), 60.0),
    ],
)
def test_nothing_is_left_for_the_garbage_collector(
    in_no_time: Any,
    tmp_path: Path,
    no_collector: None,
    cache: CacheSettings | None,
    gives: Any,
    takes: float,
) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        resources = SharedResources(clock=loop.time, now=loop.time, folder=tmp_path)
        wire = Wire()
        settings = SourceSettings(
            "crm",
            "http",
            "http://crm",
            cache=cache,
            retries=1,
            timeout=0.5,
            breaker=BreakerSettings(4, 5.0),
        )
        client, transport = HttpClient(settings), wire
        source = http_source(
            settings,
            client,
            transport,  # type: ignore[arg-type]
            resources,
            chance=lambda: 0.0,
        )
        wire.gives, wire.takes = gives, takes
        query = Query(OPERATIONS[0], {"path": "/c"})
        for _ in range(2):  # what the first rounds make once is no garbage
            await asyncio.sleep(1)
            gc.collect()
            for _ in range(ROUNDS):
                await source.ask(query, Deadline.after(0.3, loop.time))
            await asyncio.sleep(1)
            garbage = gc.collect()
        assert garbage == 0
        await source.close()

    in_no_time(story())


def test_a_failure_says_its_reason() -> None:
    problem = SourceRejected("no", code="no_success")
    expected = Outcome("error", code="no_success", message="no", tries=2, http=200)
    assert failure(problem, 2, 200) == expected


def test_a_mistake_of_ours_names_no_data(caplog: pytest.LogCaptureFixture) -> None:
    outcome = internal("crm", KeyError("13800000001"))
    assert outcome == Outcome(
        "error", code="internal", message="internal error: KeyError"
    )
    assert "KeyError" in caplog.text
