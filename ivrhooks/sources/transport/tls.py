"""TLS to sources: whom we trust, and what we show of ourselves."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """Trusts what the system trusts, as read once. Verification cannot be switched
    off."""
    return ssl.create_default_context()
