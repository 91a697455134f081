"""One record of each HTTP request, made once, and the data request read from it.

Only this module knows the asking IVR: the fields that it adds and the header bytes that
it sends.
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
"""The secret ones of the fields that Sobot's IVR adds (partnerId, m, token, source,
robotNo, docId): nobody may see these in a log or on a page."""

_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_LAST_COUNTS = frozenset({b"content-type", b"host"})
_ALL_COUNT = frozenset({b"x-forwarded-for"})
"""Each hop adds an address, and the order shows which one a trusted proxy has seen."""

_NO_FIELDS: Mapping[str, str] = {}
_random = random.Random()  # noqa: S311 - ids of requests are not secret
os.register_at_fork(after_in_child=_random.seed)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class Headers(Mapping[str, str]):
    """Header lines by lower-case name; a value is decoded when it is read, as UTF-8,
    else as Latin-1."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[bytes, bytes]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return _text(self._fields[name.encode()])

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Return the value of ``name``, which must be in lower case."""
        raw = self._fields.get(name.encode())
        return default if raw is None else _text(raw)

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class HttpRequest:
    """One HTTP request, whichever server read it. It is filled while it is read, and
    not changed after that.

    - ``method``: as sent (``POST``);
    - ``target``: the path as received, with its escapes; ``query``: the bytes after its
      ``?``; ``path``: the target as text, its escapes decoded;
    - ``fields``: header lines as bytes by lower-case name, repeats already joined (add
      one by ``add``); ``headers``: the same as text, for ``request.headers.get(name)``;
    - ``body``: its bytes as received, chunks joined;
    - ``peer``: the address of the other side of the connection, "" where it has none;
    - ``raw``: the bytes of the head as received, perhaps followed by more; b"" where
      the server did not keep them (``head()`` rebuilds them);
    - ``problem``: why it is refused before it is judged; ``closes``: the connection is
      closed after its answer.
    """

    __slots__ = (
        "_request_id",
        "body",
        "closes",
        "fields",
        "headers",
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
        peer: str = "",
        body: bytes = b"",
        scheme: str = "http",
        headers: Headers | None = None,
    ) -> None:
        """``headers``: a view of the same ``fields``, where there is one."""
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
        self.headers = Headers(self.fields) if headers is None else headers

    def add(self, name: bytes, value: bytes) -> None:
        """Add one header line."""
        add_field(self.fields, name.lower(), value)

    @property
    def path(self) -> str:
        """Return the path as text, with U+FFFD for what is not UTF-8."""
        return unquote_to_bytes(self.target).decode("utf-8", "replace")

    @property
    def request_id(self) -> str:
        """Return the caller's X-Request-Id where it is acceptable, else a new one."""
        if not self._request_id:
            self._request_id = request_id(self.fields.get(b"x-request-id"))
        return self._request_id

    def head(self) -> bytes:
        """Return the bytes of the request line and headers, perhaps followed by more.

        Where the server did not keep them, they are rebuilt without the headers that it
        dropped.
        """
        if self.raw:
            return self.raw
        target = self.target + b"?" + self.query if self.query else self.target
        line = b"%s %s HTTP/%s" % (self.method.encode(), target, self.version.encode())
        lines = [b"%s: %s" % (name.title(), v) for name, v in self.fields.items()]
        return b"\r\n".join([line, *lines, b"", b""])


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:  # not UTF-8: Latin-1, as in HTTP
        return raw.decode("latin-1")


def escaped_target(raw: bytes) -> bytes:
    """Return a request target with raw non-ASCII characters percent-encoded.

    What is not UTF-8 becomes U+FFFD. Dialplans paste a caller's name unescaped, and
    HTTP parsers refuse it.
    """
    if raw.isascii():
        return raw
    text = raw.decode("utf-8", "replace")
    return _BEYOND_ASCII.sub(lambda match: quote(match[0]), text).encode()


def add_field(fields: dict[bytes, bytes], name: bytes, value: bytes) -> None:
    """Add one header line to the fields by lower-case name.

    A repeated line with the same value counts once; different values are joined. Of
    ``Content-Type`` and ``Host`` the last one counts, of ``X-Forwarded-For`` all of
    them.
    """
    before = fields.get(name)
    if before is not None and name in _ALL_COUNT:
        value = b"%s, %s" % (before, value)
    elif before is not None and name not in _LAST_COUNTS:
        value = join_values(_text(before), _text(value)).encode()
    fields[name] = value


def join_values(before: str, value: str) -> str:
    """Return two values of one header as one."""
    known = before.split(", ")
    return before if value == before or value in known else f"{before}, {value}"


def request_id(value: bytes | None = None) -> str:
    """Return the caller's own id where it is acceptable, else a new one."""
    if value is not None and _REQUEST_ID.fullmatch(value):
        return value.decode("ascii")
    return f"{_random.getrandbits(64):016x}"


def _body(plan: Plan, request: HttpRequest) -> Body:
    """Return what a body holds, decompressed where necessary."""
    data, fields = request.body, request.fields
    if b"content-encoding" in fields:
        encoding = request.headers["content-encoding"]
        try:
            data = unpack(data, encoding, plan.security.max_body) if encoding else data
        except ContractError as problem:
            return Body("other", problem=problem)
    label = fields.get(b"content-type")
    return read_body(data, "" if label is None else _text(label))


def read_request(plan: Plan, request: HttpRequest, key: Hashable = None) -> DataRequest:
    """Return the data request for ``plan``; a problem of its body is recorded, not
    raised.

    ``key``: the result of ``recall_key``, where an answer may be kept for it.
    """
    body, codec = NOTHING, None
    if request.body:
        body = _body(plan, request)
    if request.query and b"%" in request.query:
        codec = codec_of_label(request.headers.get("content-type") or "")
    problem = body.problem
    ignored = problem is not None and plan.method == "GET"
    return DataRequest(  # by position: keywords would cost 50 % more
        request.method,
        plan.path,
        request.request_id,
        request.headers,
        read_urlencoded(request.query, codec) if request.query else _NO_FIELDS,
        body.fields,
        body.kind,
        None if ignored else problem,
        ("unreadable_body",) if ignored else (),
        request.peer,
        SECRET_FIELDS,
        segment_values(plan.segments, request.target) if plan.segments else _NO_FIELDS,
        key,
    )


def recall_key(request: HttpRequest) -> Hashable:
    """Return the bytes that the parameters are read from; None where there is a body.

    This holds for an endpoint that reads none from headers or its path.
    """
    if request.body:
        return None
    label = request.fields.get(b"content-type")  # its charset matters
    return request.query if label is None else (request.query, label)
