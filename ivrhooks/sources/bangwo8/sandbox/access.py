"""Checks who may ask the sandbox: the credentials of the data file."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

PAIRS = (("account", "password"), ("secret_id", "secret"))
"""An agent's account, and an OAuth2 client; the data file may have either or both."""


def takes(demanded: Mapping[str, str] | None, name: str, secret: str) -> bool:
    """Return whether a pair is one of the demanded ones; without any, every pair is
    accepted."""
    if demanded is None:
        return True
    return any(
        _same(name, demanded[first]) and _same(secret, demanded.get(second, ""))
        for first, second in PAIRS
        if first in demanded
    )


def _same(given: str, demanded: str) -> bool:
    return hmac.compare_digest(given.encode(), demanded.encode())
