"""The heads of requests and responses: checked before sending, readable after
receiving."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import ivrhooks
from ivrhooks.basics.errors import SourceRejected

USER_AGENT = f"ivrhooks/{ivrhooks.__version__}"

Headers = tuple[tuple[str, str], ...]
RawHeaders = list[tuple[bytes, bytes]]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE = re.compile("[\r\n\x00\ud800-\udfff]")
_FRAMING = frozenset({"content-length", "transfer-encoding"})
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


def readable(value: bytes) -> str:
    """Return a header's text. Bytes that are not UTF-8 become U+FFFD."""
    return value.decode("utf-8", "replace")
