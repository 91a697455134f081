"""Answers on their way out: the same status, headers and bytes at both doors."""

from __future__ import annotations

import http
from typing import Any

import orjson

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.error_body import refuse
from ivrhooks.basics.errors import ContractError

JSON_TYPE = "application/json"

Header = tuple[bytes, bytes]

_TYPE: Header = (b"content-type", JSON_TYPE.encode())
CLOSE: Header = (b"connection", b"close")
_RAW_NAMES = {
    "X-Request-Id": b"x-request-id",
    "X-Ivrhooks-Degraded": b"x-ivrhooks-degraded",
}


def raw_headers(answer: Answer, *, close: bool = False) -> list[Header]:
    """The headers of an answer as bytes, ready for the express door."""
    headers = [_TYPE, (b"content-length", b"%d" % len(answer.body))]
    for name, value in answer.headers:
        raw = _RAW_NAMES.get(name) or name.lower().encode("latin-1")
        headers.append((raw, value.encode("latin-1", "replace")))
    if close:
        headers.append(CLOSE)
    return headers


def refuse_bare(code: str, message: str, request_id: str) -> Answer:
    """A refusal that belongs to no endpoint: the body holds ``error`` alone."""
    return refuse(None, ContractError(code, message), request_id)


def raw_answer(answer: Answer) -> bytes:
    """A whole HTTP answer, after which the connection ends: for what a server refuses
    before anybody has read a request."""
    phrase = http.HTTPStatus(answer.status).phrase
    lines = [b"HTTP/1.1 %d %s" % (answer.status, phrase.encode("ascii"))]
    lines += [b"%s: %s" % header for header in raw_headers(answer, close=True)]
    return b"\r\n".join([*lines, b"", answer.body])


def json_body(value: Any) -> bytes:
    """``value`` as JSON on one line."""
    return orjson.dumps(value)
