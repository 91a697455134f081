"""An alert goes by the outbox: once an hour for a cause, until it is taken."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ivrhooks.actions.alerting import (
    POST,
    RECEIVER,
    AlertReceiver,
    alert_draft,
    store_soon,
)
from ivrhooks.actions.delivery import Delivery
from ivrhooks.config.plan import Configuration, ConsoleSettings
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome, Query

BODY = {"cause": "breaker_open", "source": "crm", "message": "Đang lỗi", "at": "now"}


class Listener(ThreadingHTTPServer):
    """Whoever is told; ``status``: what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[tuple[dict[str, str], Any]] = []
        self.statuses = [204]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=s3cret"


class Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), json.loads(body)))
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.send_header("Retry-After", "7")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"well")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def configured(url: str) -> Configuration:
    return Configuration("", "abc", "sobot", {}, {}, ConsoleSettings(), alerts=url)


def ask(url: str, seconds: float = 30.0) -> Outcome:
    async def deliver() -> Outcome:
        loop = asyncio.get_running_loop()
        query = Query(POST, BODY, idempotency_key="id-1")
        return await AlertReceiver(url).ask(query, Deadline.after(seconds, loop.time))

    return asyncio.run(deliver())


def test_it_is_one_post_of_json(listener: Listener) -> None:
    assert ask(listener.url) == Outcome("ok", http=204)
    ((headers, body),) = listener.heard
    assert body == BODY
    assert headers["Content-Type"] == "application/json"
    assert headers["Idempotency-Key"] == "id-1"


@pytest.mark.parametrize("status", [302, 404, 500, 503])
def test_another_status_is_named_in_the_error(listener: Listener, status: int) -> None:
    listener.statuses = [status]
    outcome = ask(listener.url)
    assert (outcome.status, outcome.http, outcome.retry_after) == ("error", status, 7.0)
    assert outcome.answer == b"well"


def test_an_unreachable_receiver_is_an_error_without_its_address(
    free_port: Any,
) -> None:
    outcome = ask(f"http://127.0.0.1:{free_port()}/hook?key=s3cret")
    assert outcome.status == "error"
    assert "s3cret" not in outcome.message
    assert ask("http://127.0.0.1:9/", seconds=0.0).status == "timeout"


def test_a_cause_is_stored_once_an_hour_by_all_processes(store: Any) -> None:
    async def story() -> None:
        here, there = store.outbox(), store.outbox()
        for minutes in (0, 30, 59, 61, 90):
            for outbox in (here, there):
                store.clock.now = 1_800_000_000.0 + minutes * 60
                await outbox.store([alert_draft("a", BODY), alert_draft("b", BODY)])

    asyncio.run(story())
    assert len(store.rows()) == 4


def test_keys_of_different_lives_go_in_one_transaction(store: Any, draft: Any) -> None:
    async def story() -> list[list[bool]]:
        outbox, outcome = store.outbox(), []
        for hours in (0, 2):
            store.clock.now += hours * 3600
            drafts = [draft(key="k"), alert_draft("a", BODY), draft(key="k2")]
            outcome.append([action.repeated for action in await outbox.store(drafts)])
        return outcome

    assert asyncio.run(story()) == [[False] * 3, [True, False, True]]


def test_after_a_change_of_key_the_hour_is_still_one(file_store: Any) -> None:
    from ivrhooks.store.cipher import Cipher

    changed = Cipher([b"n" * 32, b"k" * 32])

    async def story() -> None:
        await file_store.outbox().store([alert_draft("a", BODY)])
        newer = file_store.outbox()
        newer._open_cipher = lambda: changed
        file_store.clock.now += 3000
        assert (await newer.store([alert_draft("a", BODY)]))[0].repeated
        file_store.clock.now += 601
        assert not (await newer.store([alert_draft("a", BODY)]))[0].repeated

    asyncio.run(story())


def test_it_is_tried_until_it_is_taken(
    store: Any, listener: Listener, until_async: Any
) -> None:
    listener.statuses = [503, 204]

    async def story() -> None:
        outbox = store.outbox()
        delivery = Delivery(outbox, chance=lambda: 0.0)
        delivery.follow(configured(listener.url), {})
        delivery.start()
        done: list[bool] = []
        loop = asyncio.get_running_loop()
        store_soon(outbox, loop, alert_draft("a", BODY), done.append)
        await until_async(lambda: len(listener.heard) == 1)
        assert done == [True]
        await until_async(lambda: store.rows()[0].tries == 1)
        store.clock.now += 60
        await until_async(lambda: store.states() == ["delivered"])
        await delivery.stop(1.0)

    asyncio.run(story())
    assert [body for _, body in listener.heard] == [BODY, BODY]
    assert len({headers["Idempotency-Key"] for headers, _ in listener.heard}) == 1
    assert b"s3cret" not in store.rows()[0].payload


def test_a_refused_alert_is_dead_and_raises_no_alert(
    file_store: Any, listener: Listener, until_async: Any, caplog: Any
) -> None:
    listener.statuses = [404]
    outcome: list[Any] = []

    async def story() -> None:
        outbox = file_store.outbox()
        delivery = Delivery(outbox, on_dead=outcome.append)
        delivery.follow(configured(listener.url), {})
        delivery.start()
        await outbox.store([alert_draft("a", BODY)])
        await until_async(lambda: file_store.states() == ["dead"])
        await delivery.stop(1.0)

    asyncio.run(story())
    assert outcome == []
    assert "an alert is given up" in caplog.text


def test_without_an_address_it_waits(file_store: Any, listener: Listener) -> None:
    async def story() -> None:
        outbox = file_store.outbox()
        await outbox.store([alert_draft("a", BODY)])
        delivery = Delivery(outbox)
        delivery.follow(replace(configured(listener.url), alerts=""), {})
        await delivery._take(0.0)
        await delivery.stop(1.0)

    asyncio.run(story())
    assert file_store.states() == ["waiting"]
    assert listener.heard == []
    assert file_store.rows()[0].source == RECEIVER


def test_where_nothing_can_be_stored_that_is_reported(file_store: Any) -> None:
    done: list[bool] = []

    async def story() -> None:
        outbox = file_store.outbox()
        outbox._trouble = "the disk is full"
        loop = asyncio.get_running_loop()
        store_soon(outbox, loop, alert_draft("a", BODY), done.append)
        while not done:
            await asyncio.sleep(0)

    asyncio.run(story())
    store_soon(file_store.outbox(), ended_loop(), alert_draft("a", BODY), done.append)
    assert done == [False, False]


def ended_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.close()
    return loop
