"""The head of a data request as it came over the wire."""

from __future__ import annotations

from ivrhooks.http.raw_head import HEAD, head_of_scope, raw_head

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/api/get",
    "QUERY_STRING": "tel=1",
    "SERVER_PROTOCOL": "HTTP/1.0",
    "HTTP_X_API_KEY": "k\xe9",
    "CONTENT_TYPE": "text/plain",
    "CONTENT_LENGTH": "",
    "wsgi.input": None,
}


def test_a_door_hands_over_the_bytes_that_it_kept() -> None:
    assert raw_head({**ENVIRON, "asgi.scope": {HEAD: b"GET /y"}}) == b"GET /y"


def test_elsewhere_it_is_put_together_again() -> None:
    lines = raw_head(ENVIRON).split(b"\r\n")
    assert lines[0] == b"GET /api/get?tel=1 HTTP/1.0"
    assert set(lines[1:]) == {b"X-Api-Key: k\xe9", b"Content-Type: text/plain", b""}
    assert raw_head({**ENVIRON, "RAW_URI": "/raw?x"}).startswith(b"GET /raw?x ")
    assert raw_head({**ENVIRON, "QUERY_STRING": ""}).startswith(b"GET /api/get HTTP")


def test_an_asgi_request_has_one_too() -> None:
    scope = {
        "method": "GET",
        "path": "/api/get",
        "query_string": b"tel=1",
        "headers": [(b"x-api-key", b"k")],
    }
    assert (
        head_of_scope(scope) == b"GET /api/get?tel=1 HTTP/1.1\r\nx-api-key: k\r\n\r\n"
    )
    assert head_of_scope({**scope, HEAD: b"GET /kept"}) == b"GET /kept"
