"""What the YAML says of the way to a source."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """``tls:`` of a source: files with the authorities that are trusted instead of the
    system's, and with the certificate and key that are shown; "" where not written."""

    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How a source is reached. ``proxy``: a URL, ``environment``, or "";
    ``rate_limit``: requests a second; ``request_id``: requests carry the data request's
    X-Request-Id; ``outbound``: the hosts that may be called, None where all but
    internal ones may."""

    tls: TlsSettings | None = None
    proxy: str = field(default="", repr=False)
    rate_limit: float | None = None
    request_id: bool = True
    outbound: tuple[str, ...] | None = None


DIRECT = ConnectionSettings()
"""Nothing is special."""
