"""The headers of requests and responses: what may leave, and what comes in readable."""

from __future__ import annotations

import re
from functools import lru_cache

import ivrhooks
from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.interface import Request

USER_AGENT = f"ivrhooks/{ivrhooks.__version__}"

Headers = tuple[tuple[str, str], ...]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE = re.compile("[\r\n\x00\ud800-\udfff]")


def checked(request: Request) -> Request:
    """``request`` with our own headers. Raises SourceRejected where it cannot be sent
    as it is: another scheme than http(s), CR, LF or NUL in a header."""
    if not request.url[:8].lower().startswith(("http://", "https://")):
        raise SourceRejected("only http and https are asked", received=False)
    headers = _with_our_own(request.headers)
    return Request(request.method, request.url, headers, request.body)


@lru_cache(maxsize=256)  # a source sends the same ones again and again
def _with_our_own(headers: Headers) -> Headers:
    names = set()
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise SourceRejected(f"{name[:40]!r} is no header name", received=False)
        if _UNSENDABLE.search(value):
            raise SourceRejected(
                f"the header {name} holds a line break or a NUL", received=False
            )
        names.add(name.lower())
    own = (
        ("User-Agent", USER_AGENT),
        ("Accept-Encoding", "identity"),
        ("Accept", "*/*"),
    )
    return headers + tuple(pair for pair in own if pair[0].lower() not in names)


def clean(value: str) -> str:
    """Bytes beyond UTF-8 come as lone surrogates, which nothing can be made of."""
    return value if value.isascii() else _UNSENDABLE.sub("\ufffd", value)
