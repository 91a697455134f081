"""The connection settings of a source: certificates, proxy, rate, allowed hosts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """``tls:`` of a source; "" for files that are not given.

    ``ca``: authorities that are trusted in place of the system's. ``cert`` and ``key``:
    the certificate that is shown to the server.
    """

    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How a source is reached.

    - ``proxy``: a URL, ``environment``, or "" for none.
    - ``rate_limit``: requests a second, or None.
    - ``request_id``: whether requests carry the data request's X-Request-Id.
    - ``outbound``: the hosts that may be called; None allows all but internal ones.
    """

    tls: TlsSettings | None = None
    proxy: str = field(default="", repr=False)
    rate_limit: float | None = None
    request_id: bool = True
    outbound: tuple[str, ...] | None = None


DIRECT = ConnectionSettings()
"""The settings of a source that sets none of these keys."""
