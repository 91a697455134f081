"""Caches parsed header lines: an IVR engine sends the same ones with each request.

A request is read here if it came in one piece, its header lines are cached and its
request line is plain. The parser has accepted the same bytes before, so no decision is
made here. Every other request goes to the parser.
"""

from __future__ import annotations

import re

from ivrhooks.http.request import Headers, HttpRequest

MAX_HEADS = 512
LONGEST_HEAD = 2048
LONGEST_LINE = 2048

_ENDS = b"\r\n\r\n"
_PLAIN = rb"[A-Za-z0-9/._~%+&=:@,;!*'()$-]"
_plain_line = re.compile(
    rb"(GET|POST|PUT|DELETE) (/%b*)(?:\?((?:%b|[?])*))? HTTP/1\.1" % (_PLAIN, _PLAIN)
).fullmatch
_METHODS = {name.encode(): name for name in ("GET", "POST", "PUT", "DELETE")}

_VARYING = frozenset({b"x-request-id", b"traceparent", b"tracestate"})
"""Header lines that differ from request to request."""

_FRAMING = frozenset(
    {b"transfer-encoding", b"expect", b"upgrade", b"http2-settings", b"te", b"trailer"}
)


class KnownHead:
    """Header lines by name, and the length of the body that follows them."""

    __slots__ = ("fields", "headers", "length")

    def __init__(self, fields: dict[bytes, bytes], length: int) -> None:
        self.fields = fields
        self.headers = Headers(fields)
        self.length = length


class KnownHeads:
    """The cached header lines of one worker, by their bytes."""

    def __init__(self) -> None:
        self._heads: dict[bytes, KnownHead] = {}

    def __len__(self) -> int:
        return len(self._heads)

    def clear(self) -> None:
        """Remove all entries: a line may hold a caller's number. Callable from any
        thread."""
        self._heads.clear()

    def remember(self, request: HttpRequest, lines: int) -> None:
        """Cache the ``lines`` header lines of a request that the parser has read.

        Nothing is cached if a line varies from request to request, or affects how the
        request or its connection ends; Content-Length alone may do so.
        """
        raw, fields = request.raw, request.fields
        if request.closes or request.version != "1.1":
            return
        if not (_VARYING.isdisjoint(fields) and _FRAMING.isdisjoint(fields)):
            return
        if fields.get(b"connection", b"keep-alive").lower() != b"keep-alive":
            return
        length = fields.get(b"content-length", b"0")
        begin, end = raw.find(b"\r\n"), raw.find(_ENDS)
        head = raw[begin:end]
        plain = head.count(b"\r\n") == head.count(b"\n") == lines
        if not plain or end - begin > LONGEST_HEAD or not length.isdigit():
            return
        if len(self._heads) >= MAX_HEADS:
            self._heads.clear()
        self._heads[head] = KnownHead(fields, int(length[:18]))

    def read(self, data: bytes, peer: str, scheme: str) -> HttpRequest | None:
        """Return the request in ``data``, or None where the parser has to read it.

        ``data`` must be one whole request under cached header lines, and nothing else.
        """
        begin, end = data.find(b"\r\n"), data.find(_ENDS)
        known = self._heads.get(data[begin:end])
        if known is None or begin > LONGEST_LINE:
            return None
        start = end + len(_ENDS)
        if len(data) != start + known.length:
            return None
        line = _plain_line(data, 0, begin)
        if line is None:
            return None
        method, target, query = line.groups(b"")
        request = HttpRequest(
            _METHODS[method],
            target,
            query,
            known.fields,
            peer,
            data[start:] if known.length else b"",
            scheme,
            known.headers,
        )
        request.raw = data
        return request
