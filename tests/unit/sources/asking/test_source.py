"""A source answers by the deadline whatever happens, and asks no more than it must."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.resilience.awaited import Awaited, cancel_all
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import http_source
from ivrhooks.sources.asking.shared_resources import SharedResources
from ivrhooks.sources.asking.source import Source
from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.http.settings import HttpAuth, OAuth2
from ivrhooks.sources.interface import (
    BreakerSettings,
    CacheSettings,
    Outcome,
    Query,
    Request,
    Response,
    SourceSettings,
)
from ivrhooks.store.tokens import StoredToken

HEAD = b"HTTP/1.1 200 OK\r\n"
REFUSED = SourceUnavailable("refused", received=False)
Answer = Callable[[Request], Awaitable[Any]]


class Wire:
    """A transport that answers what the test says, as fast as it says."""

    def __init__(self) -> None:
        self.takes = 0.0
        self.gives: Any = {"id": 1}
        self.script: list[Any] = []
        self.sent: list[Request] = []
        self.under_way = self.ended = 0
        self.tasks: set[asyncio.Task[Any]] = set()

    def start(self, request: Request, on_done: Any, **how: Any) -> Awaited[Response]:
        return Awaited(self.exchange(request, **how), on_done, self.tasks)

    async def exchange(
        self,
        request: Request,
        *,
        deadline: float,
        limit: int,
        extra: bytes = b"",
        request_id: str = "",
    ) -> Response:
        self.sent.append(request)
        self.under_way += 1
        gives = self.script.pop(0) if self.script else self.gives
        try:
            left = deadline - asyncio.get_running_loop().time()
            await asyncio.sleep(min(self.takes, left))
            if left <= self.takes:
                raise SourceTimeout("no answer in time")
        finally:
            self.under_way -= 1
        self.ended += 1
        if isinstance(gives, BaseException):
            raise gives
        if isinstance(gives, Response):
            return gives
        if callable(gives):
            gives = gives(request)
            if isinstance(gives, Response):
                return gives
        return Response(200, {}, orjson.dumps(gives))

    async def close(self) -> None:
        await cancel_all(self.tasks)


class MemoryTokens:
    """A token store without files: threads know nothing of a clock that is turned."""

    def __init__(self) -> None:
        self.kept: dict[str, StoredToken] = {}
        self.lock = asyncio.Lock()

    async def read(self, key: str) -> StoredToken | None:
        return self.kept.get(key)

    async def write(self, key: str, token: StoredToken) -> None:
        self.kept[key] = token

    def locked(self, key: str) -> asyncio.Lock:
        return self.lock


class Stage:
    """One source over a scripted wire, on the running loop."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.loop = asyncio.get_running_loop()
        self.wire = Wire()
        self.folder = folder
        self.resources = SharedResources(
            clock=self.loop.time, now=lambda: self.loop.time() + 1e9, folder=folder
        )
        self.resources.tokens = MemoryTokens()  # type: ignore[assignment]
        self.source = self.another(**settings)

    def another(self, **settings: Any) -> Source:
        source_settings = SourceSettings("crm", "http", "http://crm", **settings)
        return http_source(
            source_settings,
            HttpClient(source_settings),
            self.wire,  # type: ignore[arg-type]
            self.resources,
            chance=lambda: 0.0,
        )

    def ask(self, tel: str = "1", within: float = 1.0, **query: Any) -> Any:
        params = {"method": "GET", "path": "/c", "query": {"tel": tel}}
        params |= query.pop("params", {})
        return self.source.ask(
            Query(OPERATIONS[0], params, **query),
            Deadline.after(within, self.loop.time),
        )

    async def statuses(self, count: int, **how: Any) -> list[str]:
        return [(await self.ask(**how)).status for _ in range(count)]

    @property
    def requests(self) -> int:
        return len(self.wire.sent)


Play = Callable[..., None]


@pytest.fixture
def play(in_no_time: Any, tmp_path: Path) -> Play:
    """Runs a story with a stage, and looks afterwards that nothing is left over."""

    def run(story: Callable[[Stage], Awaitable[None]], **settings: Any) -> None:
        async def on_stage() -> None:
            stage = Stage(tmp_path, **settings)
            await story(stage)
            await stage.source.close()
            assert stage.wire.under_way == 0
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert stage.source.state.asking == 0

        in_no_time(on_stage())

    return run


# ------------------------------------------------------------------ the deadline


def test_an_answer_is_an_answer(play: Play) -> None:
    async def story(stage: Stage) -> None:
        assert await stage.ask() == Outcome("ok", {"id": 1}, tries=1, http=200)

    play(story)


def test_a_source_is_deprioritised_from_failure_to_next_answer(
    play: Play,
) -> None:
    async def story(stage: Stage) -> None:
        due = []
        for gives, takes in (({}, 0), (SourceMalformed("x"), 0), ({}, 0), ({}, 9)):
            stage.wire.gives, stage.wire.takes = gives, takes
            await stage.ask()
            due.append(stage.resources.scheduler.is_deprioritised({"crm"}))
        assert due == [False, True, False, True]

    play(story)


@pytest.mark.parametrize(
    ("gives", "status", "code", "http"),
    [
        (SourceUnavailable("x"), "error", "unavailable", None),
        (SourceMalformed("x"), "error", "malformed", None),
        (Response(500, {}, b""), "error", "unavailable", 500),
        (Response(401, {}, b""), "error", "rejected", 401),
        (Response(404, {}, b"{}"), "not_found", None, 404),
        (Response(200, {}, b"<html>"), "error", "malformed", 200),
    ],
)
def test_every_end_has_its_status(
    play: Play, gives: Any, status: str, code: str | None, http: int | None
) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.gives = gives
        outcome = await stage.ask()
        assert (outcome.status, outcome.code, outcome.http) == (status, code, http)

    play(story)


def test_it_answers_by_the_deadline_and_ends_the_exchange(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 60
        start = stage.loop.time()
        outcome = await stage.ask(within=0.3)
        assert (outcome.status, outcome.tries) == ("timeout", 1)
        assert round(stage.loop.time() - start, 3) == 0.3
        await asyncio.sleep(0)
        assert stage.wire.under_way == 0

    play(story)


def test_the_sources_own_timeout_is_for_one_try(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 60
        start = stage.loop.time()
        assert (await stage.ask(within=5)).status == "timeout"
        assert round(stage.loop.time() - start, 3) == 0.8
        assert stage.requests == 1  # a timeout is never asked again

    play(story, timeout=0.8, retries=3)


def test_a_deadline_that_has_passed_is_kept_too(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 60
        assert (await stage.ask(within=0)).status == "timeout"

    play(story)


def test_a_mistake_of_ours_costs_the_lookup_and_nothing_else(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.gives = KeyError("programmer")
        outcome = await stage.ask()
        assert (outcome.status, outcome.code) == ("error", "internal")
        assert (await stage.ask(params={"path": "/../x"})).status == "error"
        assert (await stage.ask(params={"headers": {"X": "a\nb"}})).status == "error"

    play(story)
    assert "KeyError" in caplog.text


# ------------------------------------------------------------------ single-flight


def test_a_hundred_callers_asking_the_same_make_one_request(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 0.1
        outcomes = await asyncio.gather(*(stage.ask() for _ in range(100)))
        assert {outcome.status for outcome in outcomes} == {"ok"}
        assert stage.requests == 1
        await stage.ask()
        assert stage.requests == 2  # nothing is kept

    play(story)


def test_joiners_leave_at_their_own_deadlines(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 1.0
        outcomes = await asyncio.gather(
            stage.ask(within=0.2), stage.ask(within=0.5), stage.ask(within=1.5)
        )
        assert [outcome.status for outcome in outcomes] == ["timeout", "timeout", "ok"]
        assert stage.requests == 1

    play(story)


@pytest.mark.parametrize(
    "other",
    [
        {"tel": "2"},
        {"params": {"headers": {"X-A": "1"}}},
        {"params": {"method": "HEAD"}},
        {"params": {"path": "/d"}},
        {"params": {"json": {"a": 1}}},
        {"all_pages": True},
    ],
)
def test_only_the_very_same_request_is_joined(play: Play, other: Any) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 0.1
        await asyncio.gather(stage.ask(), stage.ask(**other))
        assert stage.requests == 2

    play(story)


@pytest.mark.parametrize(
    ("params", "requests"),
    [
        ({"method": "POST"}, 2),
        ({"method": "DELETE"}, 2),
        ({"method": "POST", "idempotent": True}, 1),
        ({"method": "HEAD"}, 1),
    ],
)
def test_writes_are_neither_joined_nor_kept(
    play: Play, params: Any, requests: int
) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 0.1
        await asyncio.gather(stage.ask(params=params), stage.ask(params=params))
        assert stage.requests == requests
        await stage.ask(params=params)
        assert stage.requests == (3 if requests == 2 else 1)

    play(story, cache=CacheSettings(30, 60), retries=2)


# ------------------------------------------------------------------ the cache


def test_fresh_results_are_answered_at_once(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.ask()
        await asyncio.sleep(29)
        outcome = await stage.ask()
        assert (outcome.status, outcome.record) == ("ok", {"id": 1})
        assert round(outcome.age or 0) == 29
        assert stage.requests == 1

    play(story, cache=CacheSettings(30, 600))


def test_a_stale_reply_is_refreshed_once_behind_the_answer(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.ask()
        await asyncio.sleep(31)
        stage.wire.takes, stage.wire.gives = 0.5, {"id": 2}
        start = stage.loop.time()
        outcomes = await asyncio.gather(*(stage.ask() for _ in range(10)))
        assert stage.loop.time() == start
        assert {
            (each_outcome.status, each_outcome.record["id"])
            for each_outcome in outcomes
        } == {("ok", 1)}
        assert stage.requests <= 2
        await asyncio.sleep(1)
        assert stage.requests == 2
        outcome = await stage.ask()
        assert (outcome.status, outcome.record["id"]) == ("ok", 2)
        assert round(outcome.age or 0, 1) == 0.5

    play(story, cache=CacheSettings(30, 600))


def test_once_a_refresh_has_failed_the_answer_is_stale(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.ask()
        await asyncio.sleep(31)
        stage.wire.gives = Response(503, {}, b"")
        assert (await stage.ask()).status == "ok"
        await asyncio.sleep(0.1)
        outcome = await stage.ask()
        assert (outcome.status, outcome.record) == ("stale", {"id": 1})
        stage.wire.gives = {"id": 2}
        await asyncio.sleep(0.1)
        await stage.ask()
        await asyncio.sleep(0.1)
        assert (await stage.ask()).status == "ok"
        assert (await stage.ask()).record == {"id": 2}

    play(story, cache=CacheSettings(30, 600))


def test_a_refresh_that_hangs_has_failed_at_its_end(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.ask()
        await asyncio.sleep(31)
        stage.wire.takes = 60
        assert (await stage.ask(within=1)).status == "ok"
        await asyncio.sleep(1.1)
        assert stage.wire.under_way == 0
        assert (await stage.ask()).status == "stale"

    play(story, cache=CacheSettings(30, 600))


def test_an_open_breaker_is_a_refresh_that_failed(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.ask()
        stage.wire.gives = REFUSED
        assert (await stage.ask(tel="2")).status == "error"
        assert stage.source.state.breaker == "open"
        await asyncio.sleep(5)
        count = stage.requests
        assert (await stage.ask()).status == "stale"
        assert stage.requests == count

    play(story, cache=CacheSettings(4, 600), breaker=BreakerSettings(1, 100))


def test_past_stale_nothing_is_answered_from_the_cache(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.ask()
        await asyncio.sleep(60)
        stage.wire.gives = REFUSED
        assert (await stage.ask()).status == "error"

    play(story, cache=CacheSettings(30, 60))


def test_not_found_is_kept_for_half_of_fresh_and_replaces(play: Play) -> None:
    async def story(stage: Stage) -> None:
        await stage.ask()
        await asyncio.sleep(31)
        stage.wire.gives = Response(404, {}, b"")
        assert (await stage.ask()).status == "ok"
        await asyncio.sleep(1)
        outcome = await stage.ask()
        assert (outcome.status, outcome.record) == ("not_found", None)
        assert stage.requests == 2
        await asyncio.sleep(13)
        assert (await stage.ask()).status == "not_found"
        assert stage.requests == 2
        await asyncio.sleep(2)
        stage.wire.gives = REFUSED
        assert (await stage.ask()).status == "error"  # never answered stale

    play(story, cache=CacheSettings(30, 600))


def test_a_failure_is_never_kept(play: Play) -> None:
    async def story(stage: Stage) -> None:
        for gives in (REFUSED, Response(500, {}, b""), Response(401, {}, b"")):
            stage.wire.gives = gives
            assert (await stage.ask()).status == "error"
        stage.wire.gives = {"id": 1}
        assert (await stage.ask()).status == "ok"
        assert stage.requests == 4

    play(story, cache=CacheSettings(30, 600))


def test_with_a_cache_it_goes_on_after_the_answer_up_to_its_timeout(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 2.0
        assert (await stage.ask(within=0.5)).status == "timeout"
        await asyncio.sleep(2)
        outcome = await stage.ask(within=0.5)
        assert (outcome.status, stage.requests) == ("ok", 1)
        stage.wire.takes = 60
        assert (await stage.ask(tel="2", within=0.5)).status == "timeout"
        assert stage.wire.under_way == 1
        await asyncio.sleep(2.4)
        assert stage.wire.under_way == 1
        await asyncio.sleep(0.2)
        assert stage.wire.under_way == 0

    play(story, cache=CacheSettings(30, 60), timeout=3.0)


def test_without_a_timeout_it_ends_with_the_answer(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 2.0
        assert (await stage.ask(within=0.5)).status == "timeout"
        await asyncio.sleep(0)
        assert stage.wire.under_way == 0

    play(story, cache=CacheSettings(30, 60))


def test_a_lookup_can_have_a_cache_of_its_own(play: Play) -> None:
    async def story(stage: Stage) -> None:
        short = CacheSettings(5, 5)
        await stage.ask(cache=short)
        await stage.ask(cache=short)
        assert stage.requests == 1
        await asyncio.sleep(6)
        await stage.ask(cache=short)
        assert stage.requests == 2
        await stage.ask()
        assert stage.requests == 3  # this one has none

    play(story)


def test_a_cached_lookup_may_join_an_uncached_one(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 0.1
        keeps = stage.ask(cache=CacheSettings(5, 5))
        await asyncio.gather(stage.ask(), keeps)
        assert (await stage.ask(cache=CacheSettings(5, 5))).age is not None
        assert stage.requests == 1

    play(story)


def test_sources_do_not_share_cached_replies(play: Play) -> None:
    async def story(stage: Stage) -> None:
        settings = SourceSettings(
            "other", "http", "http://crm", cache=CacheSettings(30, 60)
        )
        other = http_source(
            settings,
            HttpClient(settings),
            stage.wire,  # type: ignore[arg-type]
            SharedResources(clock=stage.loop.time, now=stage.loop.time),
            chance=lambda: 0.0,
        )
        other.replies._cache = stage.resources.cache
        await stage.ask()
        query = Query(OPERATIONS[0], {"path": "/c", "query": {"tel": "1"}})
        await other.ask(query, Deadline.after(1, stage.loop.time))
        assert stage.requests == 2
        await other.close()

    play(story, cache=CacheSettings(30, 60))


# ------------------------------------------------------------------ the breaker


def test_after_the_first_timeouts_an_outage_costs_no_wait(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 60
        statuses = [
            (await stage.ask(tel=str(tel), within=0.3)).status for tel in range(8)
        ]
        assert statuses == ["timeout"] * 5 + ["open"] * 3
        assert stage.source.state.breaker == "open"
        await asyncio.sleep(10)
        stage.wire.takes = 0.1
        both = await asyncio.gather(stage.ask(tel="a"), stage.ask(tel="b"))
        assert [outcome.status for outcome in both] == ["ok", "open"]
        assert await stage.statuses(2) == ["ok", "ok"]

    play(story)
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "source crm: its breaker opens after 5 failures in a row: "
        "no answer by the deadline",
        "source crm answers again, its breaker closes",
    ]


def test_callers_who_hang_up_do_not_open_the_breaker(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 60
        for tel in range(10):
            task = asyncio.create_task(stage.ask(tel=str(tel)))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)
        assert stage.source.state.breaker == "closed"
        assert stage.wire.under_way == 0

    play(story, breaker=BreakerSettings(1, 10))


def test_a_no_of_the_system_opens_nothing(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.gives = Response(403, {}, b"")
        assert await stage.statuses(9) == ["error"] * 9
        stage.wire.gives = Response(429, {}, b"")
        assert await stage.statuses(6) == ["error"] * 5 + ["open"]

    play(story)


# ------------------------------------------------------------------ the limit


def test_max_concurrent_waits_fifty_milliseconds_and_is_then_busy(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 0.5
        start = stage.loop.time()
        ended: dict[str, float] = {}

        async def ask(tel: str) -> str:
            outcome = await stage.ask(tel=tel)
            ended[tel] = round(stage.loop.time() - start, 3)
            return outcome.status

        statuses = await asyncio.gather(ask("1"), ask("2"), ask("3"))
        assert statuses == ["ok", "ok", "busy"]
        assert ended["3"] == 0.05
        assert stage.source.state.breaker == "closed"

    play(story, max_concurrent=2)


def test_a_place_that_comes_free_is_taken(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.takes = 0.04
        both = await asyncio.gather(stage.ask(tel="1"), stage.ask(tel="2"))
        assert [outcome.status for outcome in both] == ["ok", "ok"]

    play(story, max_concurrent=1)


# ------------------------------------------------------------------ retries


def test_a_refused_read_is_asked_again(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.script = [REFUSED]
        outcome = await stage.ask()
        assert (outcome.status, outcome.tries) == ("ok", 2)

    play(story, retries=1)


@pytest.mark.parametrize(
    ("settings", "params", "problem"),
    [
        ({"retries": 0}, {}, REFUSED),
        ({"retries": 3}, {"method": "POST"}, REFUSED),
        ({"retries": 3}, {}, SourceUnavailable("reset in the body")),
        ({"retries": 3}, {}, Response(503, {"retry-after": "0"}, b"")),
    ],
)
def test_nothing_else_is_asked_again(
    play: Play, settings: Any, params: Any, problem: Any
) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.gives = problem
        assert (await stage.ask(params=params)).status == "error"
        assert stage.requests == 1

    play(story, **settings)


def test_a_retry_needs_room(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.gives = REFUSED
        await stage.ask(within=0.01)
        assert stage.requests == 1

    play(story, retries=3)


# ------------------------------------------------------------------ tokens

OAUTH = HttpAuth(oauth2=OAuth2("http://crm/token", "me", "secret"))


class Bank:
    """A system with tokens: each new one voids the one before."""

    def __init__(self, stage: Stage) -> None:
        self.issued = 0
        self.valid = ""
        self.stage = stage
        self.life = 3600
        stage.wire.gives = self

    def __call__(self, request: Request) -> Any:
        if request.url.endswith("/token"):
            self.issued += 1
            self.valid = f"t{self.issued}"
            return {"access_token": self.valid, "expires_in": self.life}
        if dict(request.headers)["Authorization"] != f"Bearer {self.valid}":
            return Response(401, {}, b"")
        return {"id": 1}


def test_a_token_is_fetched_once_and_shared(play: Play) -> None:
    async def story(stage: Stage) -> None:
        bank = Bank(stage)
        stage.wire.takes = 0.01
        asks = (stage.ask(tel=str(tel)) for tel in range(60))
        assert {outcome.status for outcome in await asyncio.gather(*asks)} == {"ok"}
        assert bank.issued == 1
        again = stage.another(auth=OAUTH)  # another process on this machine
        query = Query(OPERATIONS[0], {"path": "/c"})
        outcome = await again.ask(query, Deadline.after(1, stage.loop.time))
        assert (outcome.status, bank.issued) == ("ok", 1)
        stage.resources._users += 1
        await again.close()

    play(story, auth=OAUTH)


def test_a_storm_with_an_expired_token_makes_one_renewal(play: Play) -> None:
    async def story(stage: Stage) -> None:
        bank = Bank(stage)
        await stage.ask()
        bank.valid = "voided"
        stage.wire.takes = 0.01
        asks = (stage.ask(tel=str(tel)) for tel in range(60))
        outcomes = await asyncio.gather(*asks)
        assert {outcome.status for outcome in outcomes} == {"ok"}
        assert bank.issued == 2

    play(story, auth=OAUTH)


def test_a_token_is_renewed_a_little_before_its_end(play: Play) -> None:
    async def story(stage: Stage) -> None:
        bank = Bank(stage)
        bank.life = 100
        await stage.ask()
        await asyncio.sleep(89)
        await stage.ask()
        assert bank.issued == 1
        await asyncio.sleep(2)
        await stage.ask()
        assert bank.issued == 2

    play(story, auth=OAUTH)


def test_a_token_refused_twice_is_a_failed_lookup(play: Play) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.gives = lambda request: (
            {"access_token": "t"}
            if request.url.endswith("/token")
            else Response(401, {}, b"")
        )
        outcome = await stage.ask()
        assert (outcome.status, outcome.code) == ("error", "token_rejected")
        assert stage.requests == 4  # token, asked, token, asked

    play(story, auth=OAUTH)


@pytest.mark.parametrize(
    ("gives", "status"),
    [(Response(500, {}, b""), "error"), (SourceTimeout("late"), "timeout")],
)
def test_without_a_token_the_lookup_fails_and_says_so(
    play: Play, gives: Any, status: str
) -> None:
    async def story(stage: Stage) -> None:
        stage.wire.gives = gives
        outcome = await stage.ask()
        assert (outcome.status, outcome.code) == (status, "no_token")
        assert "token" in outcome.message
        assert "secret" not in outcome.message

    play(story, auth=OAUTH)


def test_a_hanging_token_is_over_at_the_deadline(play: Play) -> None:
    async def story(stage: Stage) -> None:
        Bank(stage)
        stage.wire.takes = 60
        start = stage.loop.time()
        assert (await stage.ask(within=0.3)).status == "timeout"
        assert round(stage.loop.time() - start, 3) == 0.3

    play(story, auth=OAUTH)


# ------------------------------------------------------------------ for real


def test_an_error_of_the_tree_never_comes_out(play: Play) -> None:
    async def story(stage: Stage) -> None:
        for kind in (SourceError, *SourceError.__subclasses__()):
            stage.wire.gives = kind("x")
            assert (await stage.ask()).status in ("error", "timeout", "busy")

    play(story, breaker=BreakerSettings(100, 10))
