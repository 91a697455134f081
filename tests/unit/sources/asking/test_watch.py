"""What is noted of one question: each try, and none of a kept answer's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import build_sources
from ivrhooks.sources.asking.watch import Watch, WatchedSource
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.interface import Outcome, Query, SourceSettings
from support.stub_system import Answer as Sent
from support.stub_system import ReceivedRequest, stub_system

LOGIN = """
    kind: http
    base_url: "{url}"
    auth:
      login:
        request: {{path: /login, json: {{password: "${{S}}"}}}}
        token: "{{{{ response.json.token }}}}"
        header: {{name: X-Token, value: "{{{{ token }}}}"}}
"""


def put(settings: SourceSettings, folder: Path, times: int = 1) -> Any:
    """The outcomes of a question, and what was noted of each."""

    async def go() -> Any:
        clock = asyncio.get_running_loop().time
        sources = build_sources({settings.name: settings}, data_folder=folder)
        watches: dict[int, Watch] = {}
        watched = WatchedSource(sources[settings.name], settings, watches)
        query = Query(settings.operations[0], {"method": "GET", "path": "/o"})
        outcomes = []
        for _ in range(times):
            outcome: Outcome = await watched.ask(query, Deadline.after(5.0, clock))
            outcomes.append((outcome, watches[id(query)]))
        await watched.close()
        return outcomes

    return asyncio.run(go())


def http(compiled: Any, url: str, more: str = "") -> SourceSettings:
    settings: SourceSettings = compiled.source(LOGIN.format(url=url) + more)
    return replace(settings, operations=OPERATIONS)


def test_a_token_that_is_renewed_makes_two_exchanges(compiled, tmp_path) -> None:
    tokens = iter(("old-token", "new-token"))

    def answered(seen: ReceivedRequest) -> Sent:
        if seen.path == "/login":
            return 200, {}, f'{{"token": "{next(tokens)}"}}'.encode()
        good = seen.headers.get("x-token") == "new-token"
        return (200, {}, b'{"a": 1}') if good else (401, {}, b"{}")

    with stub_system(answered) as system:
        [(outcome, watch)] = put(http(compiled, system.url), tmp_path)
    assert outcome.status == "ok"
    assert [
        exchange.response and exchange.response.status for exchange in watch.seen
    ] == [401, 200]
    assert watch.secrets == ["old-token", "new-token"]
    assert all("total" in exchange.milliseconds for exchange in watch.seen)


def test_an_exchange_that_fails_is_noted_without_an_answer(compiled, tmp_path) -> None:
    with stub_system(lambda seen: (200, {}, b'{"token": "t-1"}')) as system:
        url = system.url
    [(outcome, watch)] = put(http(compiled, url), tmp_path)
    assert outcome.status == "error"
    assert all(exchange.response is None for exchange in watch.seen)
