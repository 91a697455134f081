"""Answers on their way out."""

from __future__ import annotations

import orjson
import pytest

from ivrhooks.answering.answer import Answer
from ivrhooks.http.response import (
    answer_bytes,
    json_body,
    raw_headers,
    refuse_bare,
    reply_bytes,
)
from ivrhooks.languages.catalogue import because


def test_headers_say_type_length_and_whatever_the_answer_has() -> None:
    headers = (("X-Ivrhooks-Degraded", "a=timeout"), ("X-Request-Id", "r"))
    assert raw_headers(Answer(200, b"{}", headers)) == [
        (b"content-type", b"application/json"),
        (b"content-length", b"2"),
        (b"x-ivrhooks-degraded", b"a=timeout"),
        (b"x-request-id", b"r"),
    ]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("bad_request", b"HTTP/1.1 400 Bad Request"),
        ("uri_too_long", b"HTTP/1.1 414 Request-URI Too Long"),
        ("request_timeout", b"HTTP/1.1 408 Request Timeout"),
    ],
)
def test_a_raw_answer_is_whole_http(code: str, line: bytes) -> None:
    raw = answer_bytes(
        refuse_bare(code, because("as_said", text="no"), "r-9"), b"", closes=True
    )
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == line
    assert b"content-length: %d" % len(body) in lines
    assert {b"x-request-id: r-9", b"connection: close"} <= set(lines)
    assert orjson.loads(body)["error"]["code"] == code


def test_an_answer_has_a_date_and_keeps_the_connection() -> None:
    answer = Answer(200, b"{}", (("Retry-After", "1"), ("X-Request-Id", "é")))
    assert answer_bytes(answer, b"date: now\r\n") == (
        b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-type: application/json\r\n"
        b"content-length: 2\r\nretry-after: 1\r\nx-request-id: \xe9\r\n\r\n{}"
    )
    assert answer_bytes(answer, b"", with_body=False).endswith(b"\xe9\r\n\r\n")


def test_a_reply_has_its_own_headers_and_a_length() -> None:
    headers = [(b"content-type", b"text/html"), (b"connection", b"keep-alive")]
    assert reply_bytes(200, headers, b"hi", b"date: now\r\n", closes=True) == (
        b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-type: text/html\r\n"
        b"content-length: 2\r\nconnection: close\r\n\r\nhi"
    )
    measured = reply_bytes(
        200, [(b"content-length", b"2")], b"hi", b"", with_body=False
    )
    assert measured == b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


@pytest.mark.parametrize("status", [204, 304])
def test_a_reply_without_a_body_has_no_length(status: int) -> None:
    raw = reply_bytes(status, [], b"", b"")
    assert raw.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-length" not in raw


def test_json_is_one_line() -> None:
    assert json_body({"a": "ễ", "b": 1}) == '{"a":"ễ","b":1}'.encode()
