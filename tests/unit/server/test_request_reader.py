"""Requests read from bytes (limits and order: ``test_protocol``)."""

from __future__ import annotations

import pytest

from ivrhooks.http.request import HttpRequest
from ivrhooks.server.known_heads import KnownHeads
from ivrhooks.server.request_reader import BODY, IDLE, Refused, RequestReader


class Reader(RequestReader):
    """Keeps what it reads."""

    def __init__(self) -> None:
        super().__init__(KnownHeads())
        self.requests: list[HttpRequest] = []
        self.complete = 0

    def head_read(self, request: HttpRequest) -> None:
        self.requests.append(request)

    def on_body(self, piece: bytes) -> None:
        self.requests[-1].body += piece

    def on_message_complete(self) -> None:
        if self.reading == BODY:
            self.reading = IDLE
            self.complete += 1


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize(
    ("url", "target", "query"),
    [
        (b"/api/get?tel=1&x=?", b"/api/get", b"tel=1&x=?"),
        (b"/api/get", b"/api/get", b""),
        (b"/api/get?", b"/api/get", b""),
        (b"/%67et?tel=%2B1", b"/%67et", b"tel=%2B1"),
        (b"http://x.example:80/api/get?tel=1", b"/api/get", b"tel=1"),
        (b"/api/get?tel=1#there", b"/api/get", b"tel=1"),
    ],
)
def test_a_url_is_a_path_and_a_query(
    reader: Reader, url: bytes, target: bytes, query: bytes
) -> None:
    reader.feed(b"GET " + url + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    request = reader.requests[0]
    assert (request.target, request.query, reader.complete) == (target, query, 1)


@pytest.mark.parametrize("url", [b"http://x", b"x"])
def test_a_url_without_a_path_is_refused(reader: Reader, url: bytes) -> None:
    with pytest.raises(Refused) as refused:
        reader.feed(b"OPTIONS " + url + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert refused.value.code == "bad_request"


@pytest.mark.parametrize("method", ["FOO", "post", "Purge"])
@pytest.mark.parametrize("size", [1, 99])
def test_any_token_is_a_method(reader: Reader, method: str, size: int) -> None:
    sent = f"{method} /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
    for data in (sent, sent, sent.replace(method, "POST")):
        for start in range(0, len(data), size):
            reader.feed(data[start : start + size].encode())
    assert [request.method for request in reader.requests] == [method, method, "POST"]
    assert {(request.target, request.body) for request in reader.requests} == {
        (b"/a", b"hi")
    }


@pytest.mark.parametrize("line", ["FOO  /a HTTP/1.1", "FOO /a", "FOO /a HTTP/2.0"])
def test_a_malformed_request_line_is_refused(reader: Reader, line: str) -> None:
    with pytest.raises(Refused) as refused:
        reader.feed(f"{line}\r\n".encode())
    assert refused.value.code == "bad_request"


@pytest.mark.parametrize(
    ("version", "header", "closes"),
    [
        (b"1.1", b"Host: x", False),
        (b"1.1", b"Connection: close", True),
        (b"1.0", b"Host: x", True),
        (b"1.0", b"Connection: keep-alive", True),
    ],
)
def test_a_request_has_its_closes_flag(
    reader: Reader, version: bytes, header: bytes, closes: bool
) -> None:
    reader.feed(b"GET / HTTP/" + version + b"\r\n" + header + b"\r\n\r\n")
    assert reader.requests[0].closes is closes
    assert reader.requests[0].version == version.decode()


def test_repeated_headers_are_joined(reader: Reader) -> None:
    lines = (b"X-A: 1", b"x-a: 2", b"X-A: 1", b"Host: a", b"HOST: b")
    reader.feed(b"\r\n".join((b"GET / HTTP/1.1", *lines, b"", b"")))
    assert reader.requests[0].fields == {b"x-a": b"1, 2", b"host": b"b"}


def test_whitespace_around_a_header_value_is_stripped(reader: Reader) -> None:
    reader.feed(b"GET / HTTP/1.1\r\nX-A: \t a b \t\r\nX-B: \r\n\r\n")
    assert reader.requests[0].fields == {b"x-a": b"a b", b"x-b": b""}


def test_an_exception_in_the_reader_is_logged_and_refused(
    reader: Reader, caplog
) -> None:
    def fail(_: HttpRequest) -> None:
        raise KeyError("ours")

    reader.head_read = fail  # type: ignore[method-assign]
    with pytest.raises(Refused) as refused:
        reader.feed(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert refused.value.code == "bad_request"
    assert "KeyError: 'ours'" in caplog.text


@pytest.mark.parametrize("bytes_", [b"G\xc9T", b"CONNECT x:1 HTTP/1.1\r\n\r\n"])
def test_what_a_caller_sends_is_no_mistake_of_ours(
    reader: Reader, caplog, bytes_: bytes
) -> None:
    with pytest.raises(Refused):
        reader.feed(bytes_)
    assert caplog.text == ""
