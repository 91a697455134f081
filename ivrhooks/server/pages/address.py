"""Where a running server can be asked from this machine: for the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EVERYWHERE = {
    "0.0.0.0": "127.0.0.1",  # noqa: S104
    "::": "::1",
    "": "127.0.0.1",
    "waitress.invalid": "127.0.0.1",  # what waitress says wherever it listens
}


def own_address(environ: Mapping[str, Any]) -> str:
    """The URL of the server that is answering this request: of the socket itself,
    never of a header that the caller sent."""
    return url_of(environ.get("SERVER_NAME", ""), environ.get("SERVER_PORT", "80"))


def url_of(host: str, port: int | str) -> str:
    """The URL of a listening socket; one that listens everywhere is asked here."""
    host = _EVERYWHERE.get(host, host).partition("%")[0]
    place = f"[{host}]" if ":" in host else host
    return f"http://{place}:{port}"
