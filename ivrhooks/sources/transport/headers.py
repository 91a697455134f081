"""The heads of requests and responses: checked before sending, readable after
receiving.

Most systems send the same header lines with each answer. A head is cached where its
answer came in one piece and was read by the parser, and where none of its lines can
hold a person's data. An answer under the same bytes is then read without the parser,
which has accepted them before.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import httptools

import ivrhooks
from ivrhooks.basics.errors import SourceRejected

USER_AGENT = f"ivrhooks/{ivrhooks.__version__}"

Headers = tuple[tuple[str, str], ...]
RawHeaders = list[tuple[bytes, bytes]]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE = re.compile("[\r\n\x00\ud800-\udfff]")
_FRAMING = frozenset({"content-length", "transfer-encoding"})
MAX_HEADS = 512
LONGEST_HEAD = 2048

_ENDS = b"\r\n\r\n"
_WITHOUT_BODY = frozenset({204, 304})
_PLAIN_LINES = frozenset(
    {
        b"age",
        b"allow",
        b"access-control-allow-credentials",
        b"access-control-allow-headers",
        b"access-control-allow-methods",
        b"access-control-allow-origin",
        b"access-control-expose-headers",
        b"cache-control",
        b"connection",
        b"content-length",
        b"content-security-policy",
        b"content-type",
        b"date",
        b"expires",
        b"keep-alive",
        b"permissions-policy",
        b"pragma",
        b"referrer-policy",
        b"server",
        b"strict-transport-security",
        b"vary",
        b"via",
        b"x-content-type-options",
        b"x-frame-options",
        b"x-powered-by",
        b"x-xss-protection",
    }
)
"""Header lines that say nothing about the record, and seldom change."""

_OWN = (
    ("User-Agent", USER_AGENT),
    ("Accept-Encoding", "identity"),
    ("Accept", "*/*"),
)


def head_lines(headers: Headers, *, host: str, user: str = "") -> str:
    """Return the header lines of a request, without length and without the empty line.

    ``user``: ``name:password`` of the URL, percent-encoded. Raises SourceRejected where
    a header has an invalid name or holds CR, LF or NUL. A Content-Length that is set is
    ignored: it follows from the body.
    """
    names = set()
    for name, value in headers:
        _check(name, value)
        names.add(name.lower())
    lines = [] if "host" in names else [("Host", host)]
    lines += [pair for pair in headers if pair[0].lower() not in _FRAMING]
    lines += [pair for pair in _OWN if pair[0].lower() not in names]
    if user and "authorization" not in names:
        token = base64.b64encode(unquote(user).encode()).decode()
        lines.append(("Authorization", f"Basic {token}"))
    return "".join(f"{name}: {value}\r\n" for name, value in lines)


def _check(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise SourceRejected(f"{name[:40]!r} is no header name", received=False)
    if _UNSENDABLE.search(value):
        raise SourceRejected(
            f"the header {name} holds a line break or a NUL", received=False
        )


class ResponseHeaders(Mapping[str, str]):
    """The headers of a response by lower-case name. Of a repeated one the last counts.

    They are decoded on access, since most answers are asked for one header or none.
    """

    __slots__ = ("_raw", "_read")

    def __init__(self, raw: RawHeaders) -> None:
        self._raw = raw
        self._read: dict[str, str] | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of ``name``, which must be in lower case."""
        wanted = name.encode()
        for key, value in reversed(self._raw):
            if len(key) == len(wanted) and key.lower() == wanted:
                return readable(value)
        return default

    def every(self, name: str) -> str:
        """Return all values of ``name``, in lower case, joined as RFC 9110 joins a
        list."""
        wanted = name.encode()
        values = [value for key, value in self._raw if key.lower() == wanted]
        return ", ".join(map(readable, values))

    def __getitem__(self, name: str) -> str:
        return self._mapping()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mapping())

    def __len__(self) -> int:
        return len(self._mapping())

    def __repr__(self) -> str:
        return repr(self._mapping())

    def _mapping(self) -> dict[str, str]:
        if self._read is None:
            self._read = {
                readable(key).lower(): readable(value) for key, value in self._raw
            }
        return self._read


class KnownAnswer:
    """The head of an answer; ``size`` counts its bytes, ``length`` those of the body
    that follows it."""

    __slots__ = ("headers", "length", "size", "status")

    def __init__(
        self, status: int, headers: ResponseHeaders, size: int, length: int
    ) -> None:
        self.status = status
        self.headers = headers
        self.size = size
        self.length = length


class KnownAnswers:
    """The cached heads of the answers of one source, by their bytes."""

    __slots__ = ("_heads",)

    def __init__(self) -> None:
        self._heads: dict[bytes, KnownAnswer] = {}

    def __len__(self) -> int:
        return len(self._heads)

    def find(self, data: bytes) -> KnownAnswer | None:
        """Return the head of ``data`` where that is one whole answer, and nothing else,
        under a cached head."""
        size = data.find(_ENDS) + 4
        known = self._heads.get(data[:size])
        if known is not None and len(data) == size + known.length:
            return known
        return None

    def remember(self, data: bytes, status: int, raw: RawHeaders, length: int) -> None:
        """Cache the head of ``data``, a whole answer that the parser has just read.

        ``length`` is its Content-Length, or negative where it has none. Nothing is
        cached where a line may vary with the record, or where the head's lines are not
        plainly those in ``raw``.
        """
        size = data.find(_ENDS) + 4
        head = data[:size]
        whole = 0 <= length == len(data) - size and status not in _WITHOUT_BODY
        plain = head.count(b"\r\n") == head.count(b"\n") == len(raw) + 2
        if not (whole and plain) or size > LONGEST_HEAD:
            return
        if not _PLAIN_LINES.issuperset(name.lower() for name, _ in raw):
            return
        if len(self._heads) >= MAX_HEADS:
            self._heads.clear()
        self._heads[head] = KnownAnswer(status, ResponseHeaders(raw), size, length)


def readable(value: bytes) -> str:
    """Return a header's text. Bytes that are not UTF-8 become U+FFFD."""
    return value.decode("utf-8", "replace")


def response_parser(protocol: object) -> httptools.HttpResponseParser:
    """Return a parser that is as lenient as browsers, and calls ``protocol``.

    It accepts lines that end in LF alone, folded headers, control characters in
    headers, and blanks after a chunk size.
    """
    parser = httptools.HttpResponseParser(protocol)
    parser.set_dangerous_leniencies(
        lenient_headers=True,
        lenient_optional_cr_before_lf=True,
        lenient_spaces_after_chunk_size=True,
    )
    return parser
