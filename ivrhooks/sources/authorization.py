"""The ``Authorization`` headers of HTTP: Basic and Bearer."""

from __future__ import annotations

import base64

Header = tuple[str, str]


def basic(name: str, password: str) -> Header:
    """Return the header of a name and its password.

    Reference: RFC 7617, 2.
    """
    pair = f"{name}:{password}".encode()
    return ("Authorization", f"Basic {base64.b64encode(pair).decode('ascii')}")


def bearer(token: str) -> Header:
    """Return the header of a token.

    Reference: RFC 6750, 2.1.
    """
    return ("Authorization", f"Bearer {token}")
