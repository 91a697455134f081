"""Finds the URL at which this machine reaches a running server, for the console."""

from __future__ import annotations

from asyncio import BaseTransport
from collections.abc import Mapping
from typing import Any

_EVERYWHERE = {
    "0.0.0.0": "127.0.0.1",  # noqa: S104
    "::": "::1",
    "": "127.0.0.1",
    "waitress.invalid": "127.0.0.1",  # waitress's name for any address
}


def own_address(environ: Mapping[str, Any]) -> str:
    """Return the URL of the server that answers this request.

    It comes from the socket itself, never from a header that the client sent.
    """
    return url_of(environ.get("SERVER_NAME", ""), environ.get("SERVER_PORT", "80"))


def url_of(host: str, port: int | str) -> str:
    """Return the URL of a listening socket; a wildcard address becomes the loopback
    one."""
    host = _EVERYWHERE.get(host, host).partition("%")[0]
    place = f"[{host}]" if ":" in host else host
    return f"http://{place}:{port}"


def listening_address(transport: BaseTransport) -> tuple[str, int]:
    """Return the host and port at which this side of a connection listens."""
    name = transport.get_extra_info("sockname")
    if isinstance(name, tuple):
        return str(name[0]), int(name[1])
    return str(name or "localhost"), 0  # a socket in a file
