"""The bridge from a request to a WSGI app."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import orjson
import pytest

from ivrhooks.http.request import HttpRequest
from ivrhooks.server.pages.bridge import REQUEST, PageThreads, Reply, call, environ_of

ADDRESS = ("127.0.0.1", 8080)


def make_request() -> HttpRequest:
    request = HttpRequest(
        "POST", b"/api/H%C3%A0%20N", b"tel=%2B84&m", peer="192.0.2.7", scheme="https"
    )
    request.body = b"{}"
    for name, value in (
        (b"Host", b"x"),
        (b"Content-Type", b"text/plain"),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", b"2"),
        (b"X-Flow", b"a"),
        (b"X-Flow", b"a"),
        (b"X-Flow", "Hà".encode()),
    ):
        request.add(name, value)
    return request


def test_a_request_becomes_a_wsgi_environ() -> None:
    request = make_request()
    environ = environ_of(request, ADDRESS)
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/api/Hà N"
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
    assert environ[REQUEST] is request


class Pieces(io.BytesIO):
    """A body that says whether it was closed."""


def test_a_reply_is_read_completely_and_its_body_closed() -> None:
    body = Pieces(b"a\nb")

    def app(environ: Any, start_response: Any) -> Any:
        start_response("201 Created", [("X-Request-Id", "é")])
        return body

    assert call(app, {}) == Reply(201, [(b"x-request-id", b"\xe9")], b"a\nb")
    assert body.closed


@pytest.mark.parametrize("begins", [True, False])
def test_a_failing_app_gives_an_internal_error(begins: bool) -> None:
    def app(environ: Any, start_response: Any) -> Any:
        if begins:
            raise OSError("secret 13800000001")
        return [b"no status"]

    reply = call(app, {})
    assert reply.status == 500
    assert orjson.loads(reply.body)["error"]["code"] == "internal_error"


def test_the_app_is_created_at_the_first_request() -> None:
    made: list[int] = []

    def make() -> Any:
        made.append(1)
        return lambda environ, start_response: (start_response("200 OK", []), [b"x"])[1]

    async def go() -> Reply:
        threads = PageThreads(make)
        assert made == []
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        threads.run(make_request(), ADDRESS, waiting.set_result)
        reply = await waiting
        threads.close()
        return reply

    assert asyncio.run(go()) == Reply(200, [], b"x")
