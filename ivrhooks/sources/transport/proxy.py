"""An HTTP proxy on the way to a source: its selection, and the tunnel through it."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from collections.abc import Mapping
from typing import cast
from urllib.parse import unquote

from ivrhooks.basics.errors import SourceError, SourceRejected, SourceUnavailable
from ivrhooks.sources.transport.origin import Origin, read_origin

ENVIRONMENT = "environment"
MAX_HEAD = 16 * 1024  # bytes of a proxy's answer to CONNECT


class Proxy:
    """A proxy. ``authorization``: value of the header Proxy-Authorization, or "";
    ``setting``: where its URL is written."""

    __slots__ = ("authorization", "origin", "setting")

    def __init__(self, origin: Origin, setting: str) -> None:
        self.origin = origin
        self.setting = setting
        self.authorization = ""
        if origin.user:
            token = base64.b64encode(unquote(origin.user).encode()).decode()
            self.authorization = f"Basic {token}"

    def __str__(self) -> str:
        return f"the proxy {self.origin}"

    def connect_request(self, origin: Origin) -> bytes:
        """Return the request for a tunnel to ``origin``."""
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        target = f"{host}:{origin.port}"
        head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
        return f"{head}{self._credentials}\r\n".encode()

    @property
    def request_lines(self) -> str:
        """Return the header lines for a proxy that forwards requests.

        One connection carries one request: tinyproxy closes it after each answer,
        without saying so in a header.
        """
        return f"{self._credentials}Connection: close\r\n"

    @property
    def _credentials(self) -> str:
        if not self.authorization:
            return ""
        return f"Proxy-Authorization: {self.authorization}\r\n"


def read_proxy(url: str, setting: str = "proxy: ") -> Proxy:
    """Parse the URL of a proxy. ``setting``: how a line begins that sets it.

    Raises ValueError without the password in its message.
    """
    scheme, separator, host = url.strip().rpartition("://")
    if separator and scheme.lower() != "http":
        raise ValueError("only http:// proxies are known")
    try:
        origin = read_origin("http://" + host.rstrip("/"))
    except SourceRejected:
        raise ValueError("this is no address of a proxy") from None
    return Proxy(origin, setting)


def proxy_for(setting: str, origin: Origin, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for ``origin``, or None. ``setting``: ``proxy:`` of the source.

    Raises SourceRejected where the environment names a proxy that cannot be used.
    """
    if not setting:
        return None
    if setting != ENVIRONMENT:
        return read_proxy(setting)
    name = "https_proxy" if origin.secure else "http_proxy"
    url = _of(environ, name)
    if not url or is_exempt(origin, _of(environ, "no_proxy")):
        return None
    try:
        return read_proxy(url, f"{name.upper()}=")
    except ValueError as problem:
        raise SourceRejected(
            f"{name.upper()} of the environment: {problem}", received=False
        ) from None


def _of(environ: Mapping[str, str], name: str) -> str:
    return (environ.get(name) or environ.get(name.upper()) or "").strip()


def is_exempt(origin: Origin, no_proxy: str) -> bool:
    """Return whether NO_PROXY names the host.

    An entry is a host, its domain, a network, host and port, or ``*``.
    """
    for entry in no_proxy.replace(",", " ").split():
        host, port = _entry(entry)
        if port in ("", str(origin.port)) and _covers(host, origin):
            return True
    return False


def _entry(text: str) -> tuple[str, str]:
    host, colon, port = text.lower().rpartition(":")
    if colon and port.isdecimal() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), port
    return text.lower().strip("[]"), ""


def _covers(entry: str, origin: Origin) -> bool:
    if entry == "*":
        return True
    if origin.is_address:
        try:
            network = ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
        return ipaddress.ip_address(origin.host) in network
    name = entry.removeprefix("*").removeprefix(".")
    host = origin.host.lower()
    return bool(name) and (host == name or host.endswith(f".{name}"))


class Tunnel(asyncio.Protocol):
    """A connection to a proxy until it has opened the tunnel."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._answered: asyncio.Future[bytes] = loop.create_future()
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        ended = b"\r\n\r\n" in self._head or len(self._head) > MAX_HEAD
        if ended and not self._answered.done():
            self._answered.set_result(self._head)

    def connection_lost(self, _: Exception | None) -> None:
        if not self._answered.done():
            self._answered.set_result(self._head)

    async def open(self, proxy: Proxy, origin: Origin) -> None:
        """Open the tunnel to ``origin``. Raises SourceError."""
        self.transport.write(proxy.connect_request(origin))
        head, _, rest = (await self._answered).partition(b"\r\n\r\n")
        words = head.split(b"\r\n", 1)[0].split(None, 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1."):
            raise SourceUnavailable(
                f"{proxy} ended the connection or speaks no HTTP; "
                "check its address, which begins with http://"
            )
        if words[1][:1] != b"2" or rest:
            raise refused(proxy, origin, words[1], words[2] if words[2:] else b"")


def refused(proxy: Proxy, origin: Origin, status: bytes, reason: bytes) -> SourceError:
    """Return the error for a proxy that refuses the tunnel."""
    if status == b"407" or (status == b"401" and proxy.authorization):
        return wants_credentials(proxy)
    answer = f"{status.decode('latin-1')} {reason.decode('latin-1')}".strip()[:80]
    return SourceUnavailable(f"{proxy} does not connect to {origin}: {answer}")


def wants_credentials(proxy: Proxy) -> SourceError:
    """Return the error for a proxy that wants credentials, or refuses ours."""
    what = "refuses its user and password" if proxy.authorization else "wants a user"
    return SourceUnavailable(
        f"{proxy} {what}; write {proxy.setting}http://user:password@host:port"
    )
