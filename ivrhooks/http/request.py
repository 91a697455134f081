"""One record of what came in, made once, and the data request that is read from it.

The only place that knows the asking IVR: the fields it adds of its own, and the header
bytes it sends.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Hashable, Iterator, Mapping
from urllib.parse import quote, unquote_to_bytes

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.basics.charsets import codec_of_label
from ivrhooks.basics.errors import ContractError
from ivrhooks.config.plan import Plan
from ivrhooks.http.bodies import NOTHING, Body, read_body
from ivrhooks.http.content_encoding import unpack
from ivrhooks.http.forms import read_urlencoded
from ivrhooks.http.paths import segment_values

SECRET_FIELDS = frozenset({"token", "partnerId"})
"""Of the fields that Sobot's IVR adds by itself (partnerId, m, token, source, robotNo,
docId) those that nobody may see in a log or on a page."""

_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_LAST_COUNTS = frozenset({b"content-type", b"host"})
_ALL_COUNT = frozenset({b"x-forwarded-for"})
"""Each hop adds an address, and the order says which one a proxy of ours has seen."""

_random = random.Random()  # noqa: S311 - to tell requests apart, no secret
os.register_at_fork(after_in_child=_random.seed)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class Headers(Mapping[str, str]):
    """Header lines by lower-case name, each value decoded when it is asked for: as
    UTF-8, else as Latin-1."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[bytes, bytes]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return _text(self._fields[name.encode()])

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """The value of ``name``, which is in lower case."""
        raw = self._fields.get(name.encode())
        return default if raw is None else _text(raw)

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class HttpRequest:
    """One HTTP request, whichever server read it. Filled while it is read, and not
    changed once it is complete.

    - ``method``: as sent (``POST``);
    - ``target``: the path as it came, escapes and all; ``query``: the bytes behind its
      ``?``; ``path``: the target as text, its escapes decoded;
    - ``fields``: header lines as bytes by lower-case name, repeats already joined (add
      one by ``add``); ``headers``: the same as text, for ``request.headers.get(name)``;
    - ``body``: its bytes as they came, chunks joined;
    - ``peer``: the address of the other side of the connection, "" where it has none;
    - ``raw``: the bytes of the head as they came, and perhaps more; b"" where the
      server did not keep them (``head()`` puts them together again);
    - ``problem``: why it is refused before it is judged; ``closes``: the connection
      ends with its answer.
    """

    __slots__ = (
        "_headers",
        "_request_id",
        "body",
        "closes",
        "fields",
        "method",
        "peer",
        "problem",
        "query",
        "raw",
        "scheme",
        "target",
        "version",
    )

    def __init__(
        self,
        method: str = "GET",
        target: bytes = b"/",
        query: bytes = b"",
        fields: dict[bytes, bytes] | None = None,
        *,
        peer: str = "",
        body: bytes = b"",
        scheme: str = "http",
    ) -> None:
        self.method = method
        self.target = target
        self.query = query
        self.fields: dict[bytes, bytes] = {} if fields is None else fields
        self.body = body
        self.peer = peer
        self.scheme = scheme
        self.version = "1.1"
        self.raw = b""
        self.problem: ContractError | None = None
        self.closes = False
        self._request_id = ""
        self._headers: Headers | None = None

    def add(self, name: bytes, value: bytes) -> None:
        """Takes one header line."""
        add_field(self.fields, name.lower(), value)

    def share_headers(self, headers: Headers) -> None:
        """Takes a view of the same ``fields`` that is there already."""
        self._headers = headers

    @property
    def headers(self) -> Headers:
        """The header lines as text."""
        headers = self._headers
        if headers is None:
            headers = self._headers = Headers(self.fields)
        return headers

    @property
    def path(self) -> str:
        """The path as text; what is no UTF-8 in it is U+FFFD."""
        return unquote_to_bytes(self.target).decode("utf-8", "replace")

    @property
    def request_id(self) -> str:
        """The caller's X-Request-Id where it can be taken over, else a new one."""
        if not self._request_id:
            self._request_id = request_id(self.fields.get(b"x-request-id"))
        return self._request_id

    def head(self) -> bytes:
        """The request line and the headers, and perhaps more: as they came, or put
        together again without the headers that the server dropped."""
        if self.raw:
            return self.raw
        target = self.target + b"?" + self.query if self.query else self.target
        line = b"%s %s HTTP/%s" % (self.method.encode(), target, self.version.encode())
        lines = [b"%s: %s" % (name.title(), v) for name, v in self.fields.items()]
        return b"\r\n".join([line, *lines, b"", b""])


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:  # no UTF-8: Latin-1, as HTTP has it
        return raw.decode("latin-1")


def escaped_target(raw: bytes) -> bytes:
    """A request target, letters that came raw percent-encoded, what is no UTF-8 as
    U+FFFD: dialplans paste a caller's name as it is, and HTTP parsers refuse it."""
    if raw.isascii():
        return raw
    text = raw.decode("utf-8", "replace")
    return _BEYOND_ASCII.sub(lambda found: quote(found[0]), text).encode()


def add_field(fields: dict[bytes, bytes], name: bytes, value: bytes) -> None:
    """Adds one header line to those by lower-case name. A repeated one counts once
    where its value is the same, else the values are joined; of ``Content-Type`` and
    ``Host`` the last counts, of ``X-Forwarded-For`` all do."""
    before = fields.get(name)
    if before is not None and name in _ALL_COUNT:
        value = b"%s, %s" % (before, value)
    elif before is not None and name not in _LAST_COUNTS:
        value = join_values(_text(before), _text(value)).encode()
    fields[name] = value


def join_values(before: str, value: str) -> str:
    """Two values of one header as one."""
    known = before.split(", ")
    return before if value == before or value in known else f"{before}, {value}"


def request_id(given: bytes | None = None) -> str:
    """The caller's own id where it can be taken over, else a new one."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return f"{_random.getrandbits(64):016x}"


def _body(plan: Plan, request: HttpRequest) -> Body:
    """What a body holds, unpacked where it came packed."""
    data, fields = request.body, request.fields
    if b"content-encoding" in fields:
        encoding = request.headers["content-encoding"]
        try:
            data = unpack(data, encoding, plan.security.max_body) if encoding else data
        except ContractError as problem:
            return Body("other", problem=problem)
    label = fields.get(b"content-type")
    return read_body(data, "" if label is None else _text(label))


def read_request(
    plan: Plan, request: HttpRequest, wire: Hashable = None
) -> DataRequest:
    """The data request for ``plan``; what its body lacks is said, not raised. ``wire``:
    what ``wire_of`` gives, where an answer may be kept for it."""
    body, codec = NOTHING, None
    if request.body:
        body = _body(plan, request)
    if request.query and b"%" in request.query:
        codec = codec_of_label(request.headers.get("content-type") or "")
    problem = body.problem
    ignored = problem is not None and plan.method == "GET"
    return DataRequest(  # by position: by name it costs half as much again
        request.method,
        plan.path,
        request.request_id,
        request.headers,
        read_urlencoded(request.query, codec) if request.query else {},
        body.fields,
        body.kind,
        None if ignored else problem,
        ("unreadable_body",) if ignored else (),
        request.peer,
        SECRET_FIELDS,
        segment_values(plan.segments, request.target) if plan.segments else {},
        wire,
    )


def wire_of(plan: Plan, request: HttpRequest) -> Hashable:
    """The bytes that the parameters of ``plan`` are read from, where the query string
    holds all of them; else None."""
    if request.body or plan.headers or plan.segments:
        return None
    label = request.fields.get(b"content-type")  # whose charset counts
    return request.query if label is None else (request.query, label)
