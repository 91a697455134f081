"""Answers on their way out."""

from __future__ import annotations

import orjson
import pytest

from ivrhooks.answering.answer import Answer
from ivrhooks.http.response import json_body, raw_answer, raw_headers, refuse_bare


def test_headers_say_type_length_and_whatever_the_answer_has() -> None:
    headers = (("X-Ivrhooks-Degraded", "a=timeout"), ("X-Request-Id", "r"))
    assert raw_headers(Answer(200, b"{}", headers)) == [
        (b"content-type", b"application/json"),
        (b"content-length", b"2"),
        (b"x-ivrhooks-degraded", b"a=timeout"),
        (b"x-request-id", b"r"),
    ]


def test_an_answer_can_end_its_connection() -> None:
    answer = Answer(413, b"{}", (("Retry-After", "1"),))
    assert raw_headers(answer, close=True)[-2:] == [
        (b"retry-after", b"1"),
        (b"connection", b"close"),
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
    raw = raw_answer(refuse_bare(code, "no", "r-9"))
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == line
    assert b"content-length: %d" % len(body) in lines
    assert {b"x-request-id: r-9", b"connection: close"} <= set(lines)
    assert orjson.loads(body)["error"]["code"] == code


def test_json_is_one_line() -> None:
    assert json_body({"a": "ễ", "b": 1}) == '{"a":"ễ","b":1}'.encode()
