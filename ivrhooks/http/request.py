"""Turns what came in at either door into one plain data request.

The only place that knows the asking IVR: the fields it adds of its own, and the header
bytes it sends.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.basics.errors import ContractError
from ivrhooks.config.plan import Plan
from ivrhooks.http.bodies import NOTHING, read_body
from ivrhooks.http.forms import read_urlencoded

SECRET_FIELDS = frozenset({"token", "partnerId"})
"""Of the fields that Sobot's IVR adds by itself (partnerId, m, token, source, robotNo,
docId) those that nobody may see in a log or on a page."""

_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_random = random.Random()  # noqa: S311 - to tell requests apart, no secret
os.register_at_fork(after_in_child=_random.seed)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A data request that has come. ``problem``: why it is refused; ``closes``: the
    connection ends with its answer."""

    headers: dict[str, str]
    body: bytes
    problem: ContractError | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What came in, already cut into its parts, from either door. ``raw``: the bytes
    of its head as they came, and perhaps more."""

    method: str
    headers: Mapping[str, str]
    query: bytes
    body: bytes
    peer: str
    request_id: str
    raw: bytes = field(default=b"", repr=False)


def escaped_target(raw: bytes) -> bytes:
    """A request target, letters that came raw percent-encoded, what is no UTF-8 as
    U+FFFD: dialplans paste a caller's name as it is, and HTTP parsers refuse it."""
    if raw.isascii():
        return raw
    text = raw.decode("utf-8", "replace")
    return _BEYOND_ASCII.sub(lambda found: quote(found[0]), text).encode()


def read_headers(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name, values read as UTF-8. A repeated one counts once
    where its value is the same, else its values are joined; of repeated Content-Types
    the last counts."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name = raw_name.decode("latin-1").lower()
        try:
            value = raw_value.decode()
        except UnicodeDecodeError:  # no UTF-8: Latin-1, as HTTP has it
            value = raw_value.decode("latin-1")
        if name in headers and name != "content-type":
            value = join_values(headers[name], value)
        headers[name] = value
    return headers


def join_values(before: str, value: str) -> str:
    """Two values of one header as one."""
    known = before.split(", ")
    return before if value == before or value in known else f"{before}, {value}"


def request_id(headers: Mapping[str, str]) -> str:
    """The caller's X-Request-Id where it can be taken over, else a new one."""
    given = headers.get("x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return f"{_random.getrandbits(64):016x}"


def read_request(plan: Plan, message: Message) -> DataRequest:
    """The data request for ``plan``; what its body lacks is said, not raised."""
    label = message.headers.get("content-type", "")
    body = read_body(message.body, label) if message.body else NOTHING
    ignored = plan.method == "GET" and body.problem is not None
    return DataRequest(
        method=message.method,
        path=plan.path,
        request_id=message.request_id,
        headers=message.headers,
        query=read_urlencoded(message.query) if message.query else {},
        body=body.fields,
        body_kind=body.kind,
        body_problem=None if ignored else body.problem,
        warnings=("unreadable_body",) if ignored else (),
        peer=message.peer,
        secrets=SECRET_FIELDS,
    )
