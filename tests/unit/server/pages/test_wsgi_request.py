"""The request of a WSGI environ (bodies: ``test_app``, over Flask's client)."""

from __future__ import annotations

import io
from typing import Any

import pytest

from ivrhooks.http.request import HttpRequest
from ivrhooks.server.pages.bridge import REQUEST
from ivrhooks.server.pages.wsgi_request import request_of, target_of

ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/api/H\xc3\xa0",
    "QUERY_STRING": "tel=1",
    "SERVER_PROTOCOL": "HTTP/1.0",
    "REMOTE_ADDR": "192.0.2.7",
    "HTTP_X_API_KEY": "k\xe9",
    "HTTP_CONTENT_TYPE": "twice/as-some-servers-do",
    "CONTENT_TYPE": "text/plain",
    "CONTENT_LENGTH": "",
    "wsgi.url_scheme": "https",
    "wsgi.input": io.BytesIO(),
}


def test_an_environ_of_another_server_becomes_a_request() -> None:
    request = request_of(ENVIRON)
    assert (request.method, request.query, request.peer) == (
        "GET",
        b"tel=1",
        "192.0.2.7",
    )
    assert (request.path, request.scheme) == ("/api/Hà", "https")
    assert dict(request.headers) == {"x-api-key": "ké", "content-type": "text/plain"}
    lines = request.head().split(b"\r\n")
    assert lines[0] == b"GET /api/H%C3%A0?tel=1 HTTP/1.0"
    assert set(lines[1:]) == {b"X-Api-Key: k\xe9", b"Content-Type: text/plain", b""}


def test_the_raw_target_is_used_if_the_server_has_it() -> None:
    request = request_of({**ENVIRON, "RAW_URI": "/raw%20?x"})
    assert request.head().startswith(b"GET /raw%20?tel=1 ")
    assert request_of({**ENVIRON, "QUERY_STRING": ""}).query == b""


def test_a_request_of_the_own_server_is_not_read_again() -> None:
    request = HttpRequest()
    assert request_of({**ENVIRON, REQUEST: request}) is request


@pytest.mark.parametrize(
    ("raw", "target"),
    [("/api", b"/api"), ("/\xc3\xa0", b"/%C3%A0"), ("/a b", b"/a%20b")],
)
def test_a_path_keeps_its_percent_encoding(raw: str, target: bytes) -> None:
    assert target_of({"PATH_INFO": raw}) == target
    assert target_of({"PATH_INFO": "/x", "RAW_URI": "/a%2Fb?c=d"}) == b"/a%2Fb"
