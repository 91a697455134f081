"""Heads read before: the requests that skip the parser, and those that do not."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.http.request import HttpRequest, add_field
from ivrhooks.server.known_heads import LONGEST_LINE, MAX_HEADS, KnownHeads
from ivrhooks.server.request_reader import BODY, Refused, RequestReader

LINES = b"Host: ivr\r\nX-Shop: 7\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n"


class Reader(RequestReader):
    """What the parser makes of the same bytes."""

    def __init__(self, heads: KnownHeads) -> None:
        super().__init__(heads)
        self.peer = "127.0.0.1"
        self.requests: list[HttpRequest] = []

    def head_read(self, request: HttpRequest) -> None:
        self.requests.append(request)

    def on_body(self, piece: bytes) -> None:
        if self.reading == BODY:
            self.requests[-1].body += piece

    def on_message_complete(self) -> None:
        self.reading = 0


def parsed(data: bytes, heads: KnownHeads) -> HttpRequest:
    reader = Reader(heads)
    reader.feed(data)
    (request,) = reader.requests
    return request


def known(*heads: bytes) -> KnownHeads:
    made = KnownHeads()
    for head in heads:
        parsed(head, made)
    return made


def read(heads: KnownHeads, data: bytes) -> HttpRequest | None:
    return heads.read(data, "127.0.0.1", "http")


def get(target: bytes, lines: bytes = LINES) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + lines + b"\r\n"


def post(body: bytes, lines: bytes = FORM) -> bytes:
    return b"POST /vip HTTP/1.1\r\n" + lines + b"\r\n" + body


@pytest.mark.parametrize(
    "data",
    [
        get(b"/vip?tel=13800000001"),
        get(b"/"),
        get(b"/vip?"),
        get(b"/vip?a=%E5%8C%97&b=(1)+~.*'!$,;:@&c=?"),
        get(b"//vip//13800000001/"),
        get(b"/vip", LINES + b"Connection: keep-alive\r\n"),
        get(b"/vip", LINES + b"X-Shop: 8\r\n"),
        get(b"/vip", b""),
        post(b"level=3"),
        post(b"level=3").replace(b"POST", b"PUT"),
        post(b"level=3").replace(b"POST", b"DELETE"),
    ],
)
def test_a_remembered_head_gives_the_same_request_as_the_parser(data: bytes) -> None:
    heads = KnownHeads()
    slow = parsed(data, heads)
    fast = read(heads, data)
    assert fast is not None
    for name in ("method", "target", "query", "fields", "body", "raw", "version"):
        assert getattr(fast, name) == getattr(slow, name), name
    assert (fast.peer, fast.scheme, fast.closes) == ("127.0.0.1", "http", slow.closes)
    assert dict(fast.headers) == dict(slow.headers)


@pytest.mark.parametrize(
    "lines",
    [
        LINES + b"Connection: close\r\n",
        LINES + b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
        LINES + b"Expect: 100-continue\r\nContent-Length: 0\r\n",
        LINES + b"Transfer-Encoding: chunked\r\n",
        LINES + b"X-Request-Id: 7\r\n",
        LINES + b"traceparent: 00-1-2-01\r\n",
        LINES + b"X-Long: " + b"x" * 2048 + b"\r\n",
    ],
)
def test_heads_with_special_headers_are_not_remembered(lines: bytes) -> None:
    heads = KnownHeads()
    reader = Reader(heads)
    with contextlib.suppress(Refused):
        reader.feed(get(b"/vip", lines) + b"0\r\n\r\n")
    assert len(heads) == 0


def test_the_head_of_a_closing_request_is_not_remembered() -> None:
    heads = KnownHeads()
    parsed(get(b"/vip").replace(b"HTTP/1.1", b"HTTP/1.0"), heads)
    assert len(heads) == 0


@pytest.mark.parametrize(
    "data",
    [
        get(b"/vip", b"Host: ivr\r\nX-Shop: 8\r\n"),
        get(b"/vip") + b"GET",
        get(b"/vip")[:-1],
        get(b"/vip").replace(b"HTTP/1.1", b"HTTP/1.0"),
        get(b"/vip").replace(b"GET", b"HEAD"),
        get(b"/vip").replace(b"GET", b"get"),
        get(b"/vip").replace(b"GET ", b"GET  "),
        get(b"/vip#there"),
        get(b"http://ivr/vip"),
        get(b"*"),
        get(b'/vip?name="x"'),
        get(b"/vip?name=\xe5\x8c\x97"),
        get(b"/vip?name=a b"),
        get(b"/" + b"x" * LONGEST_LINE),
        b"\r\n" + get(b"/vip"),
        b"GET /vip HTTP/1.1\n" + LINES + b"\r\n",
        post(b"level="),
        post(b"level=33"),
        post(b"level=3", b"Content-Length: 7\r\n"),
        b"",
        b"\r\n\r\n",
    ],
)
def test_other_bytes_are_left_to_the_parser(data: bytes) -> None:
    heads = known(get(b"/vip"), post(b"level=3"))
    assert len(heads) == 2
    assert read(heads, data) is None


def test_heads_with_bare_lf_are_not_remembered() -> None:
    heads = KnownHeads()
    request = HttpRequest("GET", b"/vip", fields={b"host": b"ivr"})
    request.raw = b"GET /vip HTTP/1.1\r\nHost: ivr\nX: y\r\n\r\n"
    heads.remember(request, 2)
    assert len(heads) == 0


def test_clear_forgets_all_heads() -> None:
    heads = known(get(b"/vip", b"X-Caller: 13800000001\r\n"))
    heads.clear()
    assert len(heads) == 0
    assert read(heads, get(b"/vip", b"X-Caller: 13800000001\r\n")) is None


def test_the_number_of_heads_is_bounded() -> None:
    heads = KnownHeads()
    for number in range(MAX_HEADS + 10):
        parsed(get(b"/vip", b"X-Shop: %d\r\n" % number), heads)
    assert 0 < len(heads) <= MAX_HEADS


def test_a_later_request_does_not_change_an_earlier_one() -> None:
    """The lines are shared by all requests that had them: nobody adds to them."""
    heads = known(get(b"/vip"))
    first, second = read(heads, get(b"/vip")), read(heads, get(b"/desk"))
    assert first is not None
    assert second is not None
    assert first.fields is second.fields
    other = dict(first.fields)
    add_field(other, b"x-shop", b"9")
    assert second.fields[b"x-shop"] == b"7"


@given(
    method=st.sampled_from([b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"PATCH"]),
    target=st.binary(max_size=40)
    | st.text("/?#%+=&:;,@.~ \"'<>[]{}|^`a7").map(str.encode),
    form=st.booleans(),
)
def test_the_quick_path_agrees_with_the_parser_on_any_bytes(
    method: bytes, target: bytes, form: bool
) -> None:
    heads = known(get(b"/vip"), post(b"level=3"))
    lines, body = (FORM, b"level=3") if form else (LINES, b"")
    data = method + b" /" + target + b" HTTP/1.1\r\n" + lines + b"\r\n" + body
    fast = read(heads, data)
    if fast is not None:
        slow = parsed(data, KnownHeads())
        for name in ("method", "target", "query", "fields", "body", "closes"):
            assert getattr(fast, name) == getattr(slow, name), name
