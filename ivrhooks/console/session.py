"""A browser's session: a cookie signed with the console's token, nothing on the server.

A new token ends all sessions, and every worker can judge them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

COOKIE = "ivrhooks_console"
LIVES = 12 * 3600.0
"""Seconds that a session lasts."""


def open_session(token: str, now: float) -> str:
    """The value of the cookie."""
    said = f"{int(now + LIVES)}.{secrets.token_hex(8)}"
    return f"{said}.{_mark('session', said, token)}"


def is_open(cookie: str, token: str, now: float) -> bool:
    """Whether the cookie is one of ours and not too old."""
    said, _, mark = cookie.rpartition(".")
    if not is_same(mark, _mark("session", said, token)):
        return False
    until = said.partition(".")[0]
    return until.isascii() and until.isdecimal() and int(until) > now


def csrf_token(cookie: str, token: str) -> str:
    """What a form of this session must send back."""
    return _mark("csrf", cookie, token)


def is_same(given: str, wanted: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they part."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass")
    )


def _mark(purpose: str, text: str, token: str) -> str:
    key = token.encode("utf-8", "surrogatepass")
    said = f"ivrhooks {purpose}\n{text}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, said, hashlib.sha256).hex()
