"""A browser's session: a cookie signed with the console's token; no server state.

A new token ends all sessions, and every worker can check them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from itsdangerous import BadSignature, Signer

COOKIE = "ivrhooks_console"
LIVES = 12 * 3600.0
"""The seconds that a session lasts."""


def open_session(token: str, now: float) -> str:
    """Return the value of the cookie."""
    content = f"{int(now + LIVES)}.{secrets.token_hex(8)}"
    return _signer("session", token).sign(content).decode("ascii")


def is_open(cookie: str, token: str, now: float) -> bool:
    """Return whether the cookie is one of ours and has not expired."""
    try:
        content = _signer("session", token).unsign(_bytes(cookie))
    except BadSignature:
        return False
    until = content.partition(b".")[0]
    return until.isdigit() and int(until) > now


def csrf_token(cookie: str, token: str) -> str:
    """Return what a form of this session must send back."""
    return _signer("csrf", token).get_signature(_bytes(cookie)).decode("ascii")


def is_same(sent: str, expected: str) -> bool:
    """Compare two texts in constant time."""
    return hmac.compare_digest(_bytes(sent), _bytes(expected))


def _signer(purpose: str, token: str) -> Signer:
    return Signer(
        _bytes(token),
        salt=f"ivrhooks {purpose}",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
