"""Writes answers as HTTP: the same status, headers and bytes from both servers."""

from __future__ import annotations

import http
from collections.abc import Sequence
from typing import Any

import orjson

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.error_body import refuse
from ivrhooks.basics.errors import ContractError
from ivrhooks.languages.catalogue import Reason

JSON_TYPE = "application/json"

Header = tuple[bytes, bytes]

STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode("ascii"))
    for status in http.HTTPStatus
}
"""The status lines by status, each with its line end."""

_TYPE: Header = (b"content-type", JSON_TYPE.encode())
CLOSE: Header = (b"connection", b"close")
_RAW_NAMES = {
    "X-Request-Id": b"x-request-id",
    "X-Ivrhooks-Degraded": b"x-ivrhooks-degraded",
}


def raw_headers(answer: Answer) -> list[Header]:
    """Return the headers of an answer as bytes, in the form of ASGI."""
    headers = [_TYPE, (b"content-length", b"%d" % len(answer.body))]
    for name, value in answer.headers:
        raw = _RAW_NAMES.get(name) or name.lower().encode("latin-1")
        headers.append((raw, value.encode("latin-1", "replace")))
    return headers


def refuse_bare(code: str, reason: Reason, request_id: str) -> Answer:
    """Return a refusal that belongs to no endpoint: its body holds ``error`` only."""
    return refuse(None, ContractError(code, reason), request_id)


def answer_bytes(
    answer: Answer, date: bytes, closes: bool = False, with_body: bool = True
) -> bytes:
    """Return a whole HTTP answer.

    ``date``: the line of that header, or nothing; ``closes``: the connection is closed
    after the answer; ``with_body``: false for HEAD.
    """
    body, lines = answer.body, b""
    for name, value in answer.headers:
        raw = _RAW_NAMES.get(name) or name.lower().encode("latin-1")
        lines += b"%b: %b\r\n" % (raw, value.encode("latin-1", "replace"))
    return b"%b%bcontent-type: application/json\r\ncontent-length: %d\r\n%b%b%b" % (
        STATUS_LINES[answer.status],
        date,
        len(body),
        lines,
        b"connection: close\r\n\r\n" if closes else b"\r\n",
        body if with_body else b"",
    )


def reply_bytes(
    status: int,
    headers: Sequence[Header],
    body: bytes,
    date: bytes,
    closes: bool = False,
    with_body: bool = True,
) -> bytes:
    """Return a whole HTTP answer with the given headers; a missing Content-Length is
    added."""
    parts = [STATUS_LINES[status], date]
    bodiless = status in (204, 304)
    measured = bodiless
    for name, value in headers:
        if name == b"content-length":
            measured = True
        elif name == b"connection":
            continue
        parts += (name, b": ", value, b"\r\n")
    if not measured:
        parts.append(b"content-length: %d\r\n" % len(body))
    parts.append(b"connection: close\r\n\r\n" if closes else b"\r\n")
    if with_body and not bodiless:
        parts.append(body)
    return b"".join(parts)


def json_body(value: Any) -> bytes:
    """Return ``value`` as JSON on one line."""
    return orjson.dumps(value)
