"""Whatever the wire brings: a JSON answer or a closed connection, never a 5xx."""

from __future__ import annotations

import http.client
import json
import random

import pytest

CONFIG = {
    "ivrhooks.yaml": "version: 1\n",
    "endpoints/form.yaml": """\
endpoint: form
path: /form
format: form
inputs: {tel: {type: string}}
outputs: {tel: {type: string, value: "{{ inputs.tel }}", default: ""}}
""",
    "endpoints/get.yaml": """\
endpoint: get
path: /get
format: query
inputs: {tel: {type: string}}
outputs: {tel: {type: string, value: "{{ inputs.tel }}", default: ""}}
""",
}

GET = b"GET /get?tel=1 HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

BAD_REQUESTS = {
    "words": b"hello\r\n\r\n",
    "header without a colon": GET + b"NoColon\r\n\r\n",
    "header name with a blank": GET + b"Custom Header1: x\r\n\r\n",
    "header name in Chinese": GET + "标题: x\r\n\r\n".encode(),
    "NUL in a header": GET + b"X-A: \0\r\n\r\n",
    "folded header": GET + b"X-A: 1\r\n 2\r\n\r\n",
    "raw blank in the target": b"GET /get?tel=+84 90 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no target": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "target without a slash": b"GET get HTTP/1.1\r\nHost: x\r\n\r\n",
    "another version": b"GET / HTTP/3.0\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "length and chunks": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntel=1\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\ntel=12",
    "negative length": POST + b"Content-Length: -5\r\n\r\n",
    "length in words": POST + b"Content-Length: five\r\n\r\n",
    "length with a plus": POST + b"Content-Length: +5\r\n\r\ntel=1",
    "another transfer coding": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "bad chunk size": CHUNKED + b"zz\r\ntel=1\r\n0\r\n\r\n",
    "chunk without its end": CHUNKED + b"5\r\ntel=1XX0\r\n\r\n",
    "no HTTP in lines of its own": b"\x16\x03\x01\x00\xa5\x01\r\n\r\n\r\n",
    "raw letters in the method": b"G\xc9T /get?tel=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw letters and a blank": b"GET /get?tel=\xe9 1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "control byte in the target": b"GET /get?tel=\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_a_request_that_cannot_be_read_is_a_json_400_and_the_end(
    server, name: str
) -> None:
    with server.wire() as wire:
        wire.send(BAD_REQUESTS[name])
        reply = wire.reply("POST")
        assert (reply.status, reply.code) == (400, "bad_request")
        assert reply.header("X-Request-Id")
        assert wire.closed()


def test_a_method_in_small_letters_is_an_unknown_one(server) -> None:
    reply = server.send(b"post /form HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert reply.json["tel"] == ""


TOO_LARGE = {
    "101 headers": GET + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n",
    "one header of 17 KB": GET + b"X-A: " + b"a" * 17_000 + b"\r\n\r\n",
    "17 KB in two headers": GET
    + b"X-A: %s\r\nX-B: %s\r\n\r\n" % (b"a" * 8500, b"b" * 8500),
    "one header of 1 MB": GET + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_headers_past_their_limits_are_a_json_431(server, name: str) -> None:
    with server.wire() as wire:
        wire.send(TOO_LARGE[name])
        reply = wire.reply()
        assert (reply.status, reply.code) == (431, "request_header_fields_too_large")
        assert wire.closed()


@pytest.mark.parametrize("size", [8200, 100_000, 1_000_000])
def test_a_request_line_past_8_kb_is_a_json_414(server, size: int) -> None:
    with server.wire() as wire:
        wire.send(b"GET /get?tel=" + b"1" * size + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        reply = wire.reply()
        assert (reply.status, reply.code) == (414, "uri_too_long")
        assert wire.closed()


def test_within_the_limits_everything_is_taken(server) -> None:
    line = b"GET /get?tel=" + b"1" * 8100 + b" HTTP/1.1\r\nHost: x\r\n"
    assert server.send(line + b"\r\n").status == 200
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(99))
    assert server.send(GET + many + b"\r\n").status == 200
    large = b"X-A: %s\r\nX-B: %s\r\n" % (b"a" * 7500, b"b" * 7500)
    assert server.send(GET + large + b"\r\n").status == 200


ODD = {
    "TRACE": b"TRACE /get HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "OPTIONS *": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method of its own": b"BREW /get HTTP/1.1\r\nHost: x\r\n\r\n",
    "two slashes": b"GET //get HTTP/1.1\r\nHost: x\r\n\r\n",
    "dots": b"GET /x/../get HTTP/1.1\r\nHost: x\r\n\r\n",
    "escaped dots": b"GET /x/%2e%2e/get HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in the path": b"GET /get%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes that are no UTF-8 in the path": b"GET /%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
    "host alone as the target": b"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/0.9": b"GET /get\r\n\r\n",
    "two hosts": b"GET /get HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a host that is none": b"GET /nix HTTP/1.1\r\nHost: a..b<>:999999\r\n\r\n",
    "another expectation": POST + b"Expect: wonders\r\nContent-Length: 5\r\n\r\ntel=1",
    "two content types": POST + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n",
    "stacked transfer codings": POST
    + b"Transfer-Encoding: x, chunked\r\n\r\n5\r\ntel=1\r\n0\r\n\r\n",
    "websocket": GET
    + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_requests_get_some_json_and_no_5xx(server, name: str) -> None:
    reply = server.send(ODD[name], "POST")
    assert reply.status in (200, 400, 404, 405)
    assert reply.json


@pytest.mark.parametrize(
    "header", [b"SCRIPT_NAME: /x", b"PATH_INFO: /x", b"Script-Name: /x"]
)
def test_headers_never_change_the_path(server, header: bytes) -> None:
    assert server.send(GET + header + b"\r\n\r\n").json == {"tel": "1"}


def test_a_target_in_absolute_form_is_its_path(server) -> None:
    line = b"GET http://other.example.com/get?tel=5 HTTP/1.1\r\nHost: x\r\n\r\n"
    assert server.send(line).json == {"tel": "5"}


def test_escapes_in_the_path_are_the_letters_they_stand_for(server) -> None:
    assert server.send(b"GET /%67et?tel=5 HTTP/1.1\r\nHost: x\r\n\r\n").status == 200


@pytest.mark.parametrize(
    "data",
    [
        POST + b"Content-Length: 50\r\n\r\ntel=1",
        CHUNKED + b"5\r\ntel=1\r\n",
        GET,
        b"GE",
    ],
)
def test_a_caller_who_leaves_midway_disturbs_no_other(server, data: bytes) -> None:
    with server.wire() as wire:
        wire.send(data)
    assert server.get("/get?tel=2").json == {"tel": "2"}


def test_a_body_that_ends_early_is_a_json_400(server) -> None:
    with server.wire() as wire:
        wire.send(POST + b"Content-Length: 50\r\n\r\ntel=1")
        wire.socket.shutdown(1)
        reply = wire.reply("POST")
        assert (reply.status, reply.code) == (400, "bad_request")
        assert reply.json["tel"] == ""
        assert wire.closed()


def test_a_half_closed_caller_is_still_answered(server) -> None:
    with server.wire() as wire:
        wire.send(POST + b"Content-Length: 5\r\n\r\ntel=1")
        wire.socket.shutdown(1)
        assert wire.reply("POST").json == {"tel": "1"}
        assert wire.closed()


def test_a_good_request_is_answered_before_the_garbage_behind_it(server) -> None:
    with server.wire() as wire:
        wire.send(GET + b"\r\nGARBAGE\r\n\r\n")
        assert wire.reply().json == {"tel": "1"}


def test_many_random_bytes_never_make_a_5xx(server) -> None:
    chance = random.Random(4711)
    good = POST + b"Content-Length: 5\r\nX-A: b\r\n\r\ntel=1"
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with server.wire() as wire:
            wire.send(bytes(data))
            wire.socket.shutdown(1)
            try:
                reply = wire.reply("POST")
            except (http.client.HTTPException, OSError):
                continue  # closed without a word: nobody was asked anything
            assert reply.status < 500, bytes(data)
            if reply.body:
                assert json.loads(reply.body), bytes(data)
    assert server.get("/get?tel=3").json == {"tel": "3"}
