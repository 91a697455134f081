"""Where a request goes: scheme, host and port of its URL, and the target there."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.transport.headers import KnownAnswers

if TYPE_CHECKING:
    from ivrhooks.sources.transport.connection import Connection
    from ivrhooks.sources.transport.proxy import Proxy

PORTS = {"http": 80, "https": 443}

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?")
_plain_target = re.compile(r"/[!-\"$-~]*").fullmatch
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


class Origin:
    """Scheme, host and port, and the state of the connections to them.

    - ``host``: a name, or an address without brackets.
    - ``authority``: the value of the header Host.
    - ``user``: ``name:password`` of the URL, percent-encoded.
    - ``proxy``: the proxy on the way; where it ``forwards``, it reads each request
      itself and there is no tunnel.
    - ``idle``: the idle connections, the last used at the end.
    - ``known``: the heads of its answers that the parser has read.
    - ``stale_in_a_row``: how often in a row an idle connection turned out to be closed.
    - ``keeps_from``: no connection is kept before this time.
    """

    __slots__ = (
        "authority",
        "forwards",
        "host",
        "idle",
        "is_address",
        "keeps_from",
        "known",
        "port",
        "proxy",
        "secure",
        "stale_in_a_row",
        "user",
    )

    def __init__(
        self, *, secure: bool, host: str, port: int, authority: str, user: str = ""
    ) -> None:
        self.secure = secure
        self.host = host
        self.port = port
        self.authority = authority
        self.user = user
        self.is_address = _is_address(host)
        self.proxy: Proxy | None = None
        self.forwards = False
        self.idle: list[Connection] = []
        self.known = KnownAnswers()
        self.stale_in_a_row = 0
        self.keeps_from = 0.0

    def reach_by(self, proxy: Proxy | None) -> None:
        """Set the proxy on the way."""
        self.proxy = proxy
        self.forwards = proxy is not None and not self.secure

    def __str__(self) -> str:
        return f"{self.host} port {self.port}"


def read_origin(prefix: str) -> Origin:
    """Parse ``prefix``, a URL up to its path. Raises SourceRejected."""
    try:
        parts = urlsplit(prefix)
        if parts.scheme not in PORTS:
            raise SourceRejected("the URL is neither http nor https", received=False)
        host = _host(parts.hostname or "")
        port = PORTS[parts.scheme] if parts.port is None else parts.port
        if not host or not port or parts.path or parts.query or parts.fragment:
            raise ValueError
    except ValueError:
        raise _unaskable() from None
    shown = f"[{host}]" if ":" in host else host
    return Origin(
        secure=parts.scheme == "https",
        host=host,
        port=port,
        authority=shown if port == PORTS[parts.scheme] else f"{shown}:{port}",
        user=_user(parts),
    )


def _user(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[0]


def target_of(url: str, home: str = "") -> tuple[str, str]:
    """Split ``url`` before its path and drop the fragment.

    ``home`` is the most likely first part. Raises SourceRejected where the URL is not
    percent-encoded.
    """
    at = len(home)
    if at and url.startswith(home) and url[at : at + 1] == "/":
        if _plain_target(url, at):
            return home, url[at:]
        prefix = home
    else:
        at = _path_begins(url)
        prefix = url[:at]
    target = url[at:]
    if "#" in target:
        target = target.partition("#")[0]
    if not (target.isascii() and target.isprintable()) or " " in target:
        raise _unaskable()
    return prefix, target if target[:1] == "/" else f"/{target}"


def _path_begins(url: str) -> int:
    """Return the index of the first ``/``, ``?`` or ``#`` after the host."""
    host = url.find("//") + 2
    positions = [at for at in (url.find(sign, host) for sign in "/?#") if at >= 0]
    return min(positions, default=len(url))


def _host(name: str) -> str:
    """Return a host in ASCII that can be looked up. Raises ValueError."""
    if _is_address(name):
        return name
    if not name.isascii():
        name = name.encode("idna").decode()
    if not _HOST.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise ValueError  # some systems read 127.1 and 0x7f000001 as addresses
    return name


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _unaskable() -> SourceRejected:
    return SourceRejected("the URL is malformed", received=False)
