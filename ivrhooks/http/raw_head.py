"""A data request as it came over the wire: its head, for the journal.

A door that keeps the bytes hands them over; under any other server they are put
together again from what that server tells, without the headers that it dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEAD = "ivrhooks.head"
"""In an ASGI scope: the bytes of its head as they came, and perhaps more."""


def raw_head(environ: Mapping[str, Any]) -> bytes:
    """The request line and headers of a WSGI request, and perhaps more."""
    scope = environ.get("asgi.scope")
    return _told(environ) if scope is None else head_of_scope(scope)


def head_of_scope(scope: Mapping[str, Any]) -> bytes:
    """The same of an ASGI request."""
    kept = scope.get(HEAD)
    if isinstance(kept, bytes):
        return kept
    target, query = (
        scope.get("raw_path") or scope["path"].encode(),
        scope["query_string"],
    )
    target = target + b"?" + query if query else target
    version = scope.get("http_version", "1.1").encode()
    line = b"%s %s HTTP/%s" % (scope["method"].encode(), target, version)
    lines = [b"%s: %s" % (name, value) for name, value in scope["headers"]]
    return b"\r\n".join([line, *lines, b"", b""])


def _told(environ: Mapping[str, Any]) -> bytes:
    target = environ.get("RAW_URI") or _target(environ)
    protocol = environ.get("SERVER_PROTOCOL", "HTTP/1.1")
    lines = [f"{environ['REQUEST_METHOD']} {target} {protocol}"]
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            lines.append(f"{_name(key[5:])}: {value}")
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            lines.append(f"{_name(key)}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _target(environ: Mapping[str, Any]) -> str:
    query = environ.get("QUERY_STRING", "")
    return f"{environ.get('PATH_INFO', '')}?{query}" if query else environ["PATH_INFO"]


def _name(key: str) -> str:
    return "-".join(word.capitalize() for word in key.split("_"))
