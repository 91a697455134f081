"""The Flask app in an event loop (what it answers: ``test_express``, both doors)."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from flask import request

from ivrhooks.server.asgi import request_of
from ivrhooks.server.flask_app import app_of
from ivrhooks.server.wsgi import Reply, WsgiApp, environ_of

SCOPE: dict[str, Any] = {
    "type": "http",
    "http_version": "1.1",
    "method": "POST",
    "path": "/api/Hà Nội",
    "query_string": b"tel=%2B84&m",
    "headers": [
        (b"host", b"x"),
        (b"content-type", b"text/plain"),
        (b"content-type", b"application/json"),
        (b"content-length", b"2"),
        (b"x-flow", b"a"),
        (b"x-flow", b"a"),
        (b"x-flow", "Hà".encode()),
    ],
    "client": ("192.0.2.7", 5),
    "server": ("127.0.0.1", 8080),
    "scheme": "https",
}


def test_a_request_as_wsgi_has_it() -> None:
    request = request_of(SCOPE)
    request.body = b"{}"
    environ = environ_of(SCOPE, request)
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/api/Hà Nội"
    assert environ["QUERY_STRING"] == "tel=%2B84&m"
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == (
        "application/json",
        "2",
    )
    assert environ["HTTP_X_FLOW"].encode("latin-1").decode() == "a, Hà"
    assert environ["REMOTE_ADDR"] == "192.0.2.7"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", "8080")
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["wsgi.input"].read() == b"{}"


def test_a_socket_in_a_file_has_no_addresses() -> None:
    scope = {**SCOPE, "client": None, "server": ("/run/x.sock", None)}
    environ = environ_of(scope, request_of(scope))
    assert (environ["REMOTE_ADDR"], environ["SERVER_PORT"]) == ("", "0")


def test_views_of_endpoints_run_in_the_loop_and_pages_do_not(make_config_store) -> None:
    app = app_of(make_config_store())
    threads: dict[str, int] = {}

    @app.before_request
    def note() -> None:
        threads[request.path] = threading.get_ident()

    app.before_request_funcs[None].reverse()  # before the view of the endpoints

    async def ask(door: WsgiApp, method: str, path: str) -> int:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"tel=1", "more_body": False}

        async def send(event: dict[str, Any]) -> None:
            sent.append(event)

        scope = {**SCOPE, "method": method, "path": path, "headers": []}
        await door({**scope, "query_string": b""}, receive, send)
        return int(sent[0]["status"])

    async def go() -> None:
        door = WsgiApp(app)
        assert await ask(door, "POST", "/api/desk") == 200
        assert await ask(door, "GET", "/healthz") == 200
        assert await ask(door, "GET", "/nix") == 404
        await door._config_watcher.close()  # type: ignore[union-attr]
        door.recorder.close()

    asyncio.run(go())
    here = threading.get_ident()
    assert threads["/api/desk"] == here
    assert here not in (threads["/healthz"], threads["/nix"])
    assert "ivrhooks-engine" not in [one.name for one in threading.enumerate()]


def test_a_reply_before_anything_was_said_is_a_mistake_of_ours() -> None:
    reply = Reply()
    assert reply.status == 500
    reply.begin("200 OK", [("X-Request-Id", "é")])
    assert (reply.status, reply.headers) == (200, [(b"x-request-id", b"\xe9")])
