"""The service as an ASGI app, called as an ASGI server calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from ivrhooks.config.plan import Security
from ivrhooks.http import body_reader
from ivrhooks.server import service
from ivrhooks.server.asgi import AsgiApp, create_asgi_app

Event = dict[str, Any]
LAST = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}


def piece(body: bytes, more: bool = False) -> Event:
    return {"type": "http.request", "body": body, "more_body": more}


def scope_of(method: str, path: str, headers: list[tuple[bytes, bytes]]) -> Event:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }


class Asked:
    """What a app sent, and how much of what was offered it took."""

    def __init__(self, events: list[Event]) -> None:
        self.events = list(events)
        self.sent: list[Event] = []

    async def receive(self) -> Event:
        return self.events.pop(0) if self.events else GONE

    async def send(self, event: Event) -> None:
        self.sent.append(event)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def json(self) -> dict[str, Any]:
        body = b"".join(event.get("body", b"") for event in self.sent[1:])
        value = orjson.loads(body)
        assert isinstance(value, dict)
        return value


@pytest.fixture
def ask(make_config_store, make_plan) -> Callable[..., Asked]:
    """Asks an app with a POST and a GET endpoint."""

    def go(
        method: str,
        path: str,
        events: list[Event],
        headers: list[tuple[bytes, bytes]] | None = None,
    ) -> Asked:
        client = Asked(events)
        config_store = make_config_store(
            make_plan(security=Security(max_body=20)),
            make_plan(endpoint="get", path="/api/get", method="GET", format="query"),
        )

        async def run() -> None:
            app = AsgiApp(config_store)
            scope = scope_of(method, path, headers or [])
            await app(scope, client.receive, client.send)
            await app.close()

        asyncio.run(run())
        return client

    return go


def test_the_pieces_of_a_body_are_joined(ask) -> None:
    client = ask("POST", "/api/desk", [piece(b"te", True), piece(b"l=", True), LAST])
    assert (client.status, client.json) == (200, {"isVip": 1, "city": "Hà Nội"})
    assert client.headers[b"content-type"] == b"application/json"
    body = client.sent[1]["body"]
    assert client.headers[b"content-length"] == b"%d" % len(body)
    assert client.headers[b"x-request-id"]
    assert len(client.sent) == 2


@pytest.mark.parametrize("scheme", ["http", "https", "HTTP"])
def test_a_target_in_absolute_form_is_its_path(ask, scheme: str) -> None:
    host = f"{scheme}://ivr.example.com:8080"
    assert ask("POST", f"{host}/api/desk", [piece(b"tel=1")]).json["isVip"] == 1
    assert ask("GET", f"{host}/healthz", [LAST]).json == {"status": "ok"}
    assert ask("GET", host, [LAST]).status == 404


def test_other_paths_are_served_by_the_flask_app(ask) -> None:
    assert ask("GET", "/healthz", [LAST]).json == {"status": "ok"}
    missing = ask("POST", "/api/desk/x", [LAST])
    assert (missing.status, missing.json["error"]["code"]) == (404, "not_found")


def test_a_wrong_method_is_refused_before_the_body_is_read(ask) -> None:
    client = ask("PUT", "/api/desk", [piece(b"x", True)])
    assert (client.status, client.headers[b"allow"]) == (405, b"POST")
    assert len(client.events) == 1
    assert b"connection" not in client.headers


def length(value: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", value)]


def test_a_body_past_its_limit_is_drained_and_refused(ask) -> None:
    events = [piece(b"x" * 20, True), piece(b"x" * 20)]
    for headers in ([], length(b"40")):
        client = ask("POST", "/api/desk", events, headers)
        assert (client.status, client.events) == (413, [])
        assert client.headers[b"connection"] == b"close"
        assert client.json["isVip"] == 0


@pytest.mark.parametrize(
    "headers",
    [length(b"9000000000"), [*length(b"40"), (b"expect", b"100-continue")]],
)
def test_a_huge_or_unsent_body_is_refused_without_draining(ask, headers) -> None:
    client = ask("POST", "/api/desk", [piece(b"x", True)], headers)
    assert (client.status, len(client.events)) == (413, 1)


def test_draining_an_endless_body_stops_at_a_limit(ask, monkeypatch) -> None:
    monkeypatch.setattr(body_reader, "DRAINED", 100)
    client = ask("POST", "/api/desk", [piece(b"x" * 30, True)] * 50)
    assert client.status == 413
    assert len(client.events) > 40


def test_a_disconnected_client_gets_no_answer(ask) -> None:
    for headers in ([], length(b"40")):
        assert ask("POST", "/api/desk", [piece(b"x", True), GONE], headers).sent == []


def test_headers_are_read_and_the_request_id_is_used(ask) -> None:
    headers = [(b"x-request-id", b"mine")]
    client = ask("POST", "/api/desk", [piece(b"tel=1")], headers)
    assert client.headers[b"x-request-id"] == b"mine"


def test_the_lifespan_opens_and_closes_the_app(make_config_store) -> None:
    async def run() -> None:
        app = AsgiApp(make_config_store())
        come: asyncio.Queue[Event] = asyncio.Queue()
        sent: asyncio.Queue[Event] = asyncio.Queue()
        task = asyncio.create_task(app({"type": "lifespan"}, come.get, sent.put))
        await come.put({"type": "lifespan.startup"})
        assert await sent.get() == {"type": "lifespan.startup.complete"}
        await come.put({"type": "lifespan.shutdown"})
        assert await sent.get() == {"type": "lifespan.shutdown.complete"}
        await task

    asyncio.run(run())


def test_two_concurrent_first_requests_open_one_engine(make_config_store) -> None:
    async def run() -> None:
        app = AsgiApp(make_config_store())
        first, second = await asyncio.gather(app.open(), app.open())
        assert first is second
        await app.close()

    asyncio.run(run())


def test_a_failed_startup_is_reported_to_the_server(
    make_config_store, monkeypatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("no data folder")

    monkeypatch.setattr(service, "open_dispatcher", broken)
    client = Asked([{"type": "lifespan.startup"}])
    app = AsgiApp(make_config_store())
    with pytest.raises(OSError, match="no data folder"):
        asyncio.run(app({"type": "lifespan"}, client.receive, client.send))


def test_the_asgi_app_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n")
    assert isinstance(create_asgi_app(str(tmp_path)), AsgiApp)


def test_a_page_with_a_large_body_is_answered_and_closed(ask) -> None:
    client = ask("POST", "/nix", [piece(b"x", True)], length(b"99000000"))
    assert (client.status, client.headers[b"connection"]) == (404, b"close")
