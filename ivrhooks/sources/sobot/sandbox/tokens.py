"""Issues the tokens of the imitated Sobot: the open platform's, and JWTs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from ivrhooks.sources.sandboxkit.system import System

TOKEN_SECONDS = 86_400
JWT_SECONDS = 7_200
JWT = "jwt"
"""The family of the JWTs: a new token of the open platform does not revoke them."""


def issue_token(system: System, params: Mapping[str, str]) -> tuple[str, str]:
    """Return an error code and "", or "" and a token of the open platform.

    ``create_time`` may be of any date. A missing or non-numeric one counts as a wrong
    signature.
    """
    app_id = params.get("appid", "")
    created = params.get("create_time", "")
    credentials = system.credentials or {}
    if not app_id or app_id != credentials.get("app_id", app_id):
        return "900004", ""
    key = credentials.get("app_key")
    signed = _signed(params.get("sign", ""), key, app_id, created)
    if not (signed and created.isascii() and created.isdigit()):
        return "900003", ""
    return "", system.tokens.issue(TOKEN_SECONDS, void_others=True)


def issue_jwt(system: System, body: Any) -> dict[str, Any]:
    """Return the voice product's answer; its HTTP status is in ``code``."""
    if not isinstance(body, dict) or body.get("responseType") != "token":
        return _v6(400, "Bad Request", "responseType must be token")
    app_id = str(body.get("appId") or "")
    at = str(body.get("currentTime") or "")
    credentials = system.credentials or {}
    secret = credentials.get("app_secret", credentials.get("app_key"))
    known = app_id != "" and app_id == credentials.get("app_id", app_id)
    signed = _signed(str(body.get("sign") or ""), secret, app_id, at, "token")
    if not (known and signed and at.isascii() and at.isdigit()):
        return _v6(401, "Unauthorized", "appId, currentTime or sign is wrong")
    now = int(system.now().timestamp())
    token = _jwt({"sub": app_id, "iat": now, "exp": now + JWT_SECONDS})
    system.tokens.issue(JWT_SECONDS, family=JWT, value=token)
    return _v6(200, "OK", "ok", data={"accessToken": token})


def _signed(sign: str, secret: str | None, *parts: str) -> bool:
    """Return whether ``sign`` is the MD5 of parts and secret, in lower-case hex.

    Where the data file has no secret, any non-empty signature is accepted.
    """
    if secret is None:
        return sign != ""
    text = "".join((*parts, secret))
    right = hashlib.md5(_bytes(text), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(_bytes(sign), _bytes(right))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # JSON may hold a lone surrogate


def _v6(code: int, reason: str, message: str, **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v6",
        "status": "Success" if code == 200 else "Failure",
        "message": message,
        "code": code,
        "reason": reason,
        "kind": "Token",
        **more,
    }


def _jwt(claims: dict[str, Any]) -> str:
    """Return a JWT signed with a random key: the sandbox keeps a list of its tokens
    instead."""
    head = _segment(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = _segment(json.dumps({**claims, "jti": secrets.token_hex(8)}).encode())
    key = secrets.token_bytes(32)
    seal = hmac.digest(key, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{_segment(seal)}"


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
