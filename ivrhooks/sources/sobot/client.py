"""Speaks Sobot's API: two kinds of tokens, errors inside HTTP 200, one customer.

The vendor's document shows the customer query without envelope or error codes. The
client therefore accepts what its other interfaces answer (an envelope with
``ret_code``), and also the bare customer, ``null``, ``{}`` and a list of customers.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ivrhooks.basics.errors import SourceMalformed, SourceRejected, SourceUnavailable
from ivrhooks.basics.strict_json import read_json
from ivrhooks.basics.values import to_text
from ivrhooks.sources.exchange import build_request, json_bytes
from ivrhooks.sources.interface import (
    Client,
    Query,
    Reply,
    Request,
    Response,
    Token,
    TokenRejected,
)
from ivrhooks.sources.picking import pick_entry
from ivrhooks.sources.reading import is_unavailable, json_of
from ivrhooks.sources.sobot.operations import FIELDS, OPERATIONS
from ivrhooks.sources.sobot.settings import SobotAuth

KNOWN = frozenset(field.name for field in FIELDS)
DONE = "000000"
NO_TOKEN = frozenset({"900001", "900002"})
TOKEN_LIVES = 86_400.0
TOKEN_PATH = "/api/get_token"  # noqa: S105 - a path
EXPIRES = ("expires_in", "expire_in", "expire", "expiresIn")
JWT_NAMES = ("accessToken", "access_token")

Entry = Mapping[str, Any]


class SobotClient(Client):
    """The client of one Sobot account. Its record is the customer."""

    operations = OPERATIONS

    def request(self, query: Query, token: str | None) -> Request:
        """Return the GET of the customer query, with the token in its header.

        Raises SourceRejected where a value cannot be sent.

        Reference: Sobot API management, Instructions for using internal APIs
        (docs/vendors/sobot.md, 2.1).
        """
        token_headers = self.token_headers(token) if token else ()
        headers = (*token_headers, *self._language())
        return build_request(query, self.settings, headers)

    def token_headers(self, token: str) -> tuple[tuple[str, str], ...]:
        """Return the token's header: ``token``, or for a JWT ``Authorization``.

        Reference: docs/vendors/sobot.md, 2.2.
        """
        name = "Authorization" if self._auth.style == "jwt" else "token"
        return ((name, token),)

    def token_request(self, now: float) -> Request:
        """Return the request of the token: the open platform's, or the JWT's."""
        auth = self._auth
        return _jwt_request(auth, now) if auth.style == "jwt" else self._open(now)

    def token(self, response: Response) -> Token:
        """Return the token and its life in seconds (a day where the answer gives none).

        Raises SourceRejected where the credentials are refused, SourceMalformed where
        there is no token.
        """
        if self._auth.style == "jwt":
            return _read_jwt(response)
        try:
            item = _content("get_token", response)
        except TokenRejected as problem:
            raise SourceRejected(str(problem), code="rejected") from None
        text = item.get("token") if isinstance(item, Mapping) else None
        if not isinstance(text, str) or not text:
            raise SourceMalformed("get_token: the answer holds no token")
        return Token(text, _lives(item) or TOKEN_LIVES)

    def reply(self, query: Query, response: Response) -> Reply:
        """Return the customer, or a list of customers.

        404, an empty body, null, ``{}`` and ``[]`` are not found. Raises TokenRejected
        for the codes 900001 and 900002 and for 401, else SourceError.

        Reference: docs/vendors/sobot.md, 2.1.
        """
        name = query.operation.name
        empty = 200 <= response.status < 300 and not response.body.strip()
        if empty or response.status == 404:
            return Reply(None, found=False)
        content = _content(name, response)
        if content is None or content == {} or content == []:
            return Reply(content, found=False)
        entries = content if isinstance(content, list) else [content]
        if not all(isinstance(entry, Mapping) and entry for entry in entries):
            raise SourceMalformed(f"{name}: the answer is no customer")
        return Reply(content)

    def picked(self, query: Query, record: Any) -> Any:
        """Return the customer, or the one of several that ``pick:`` chooses."""
        if query.pick == "none" or not isinstance(record, list) or not record:
            return record
        return pick_entry(
            record, query.pick, identity=_identity, created=_created, risk=_risk
        )

    @property
    def _auth(self) -> SobotAuth:
        auth = self.settings.auth
        if not isinstance(auth, SobotAuth):
            raise TypeError(f"source {self.settings.name} has no Sobot auth")
        return auth

    def _language(self) -> tuple[tuple[str, str], ...]:
        language = self._auth.language
        return (("language", language),) if language else ()

    def _open(self, now: float) -> Request:
        """Return the GET of the open platform's token; ``create_time`` is in seconds.

        Reference: https://developer.sobot.io/en/pages/6cc489/
        """
        auth, created = self._auth, str(int(now))
        params = {
            "appid": auth.app_id,
            "create_time": created,
            "sign": _md5(auth.app_id, created, auth.app_key),
        }
        url = f"{self.settings.base_url.rstrip('/')}{TOKEN_PATH}?{urlencode(params)}"
        headers = (("Accept", "application/json"), *self._language())
        return Request("GET", url, headers)


# ----------------------------------------------------------------------- tokens


def _jwt_request(auth: SobotAuth, now: float) -> Request:
    """Return the POST of the voice product's JWT; ``currentTime`` is in milliseconds.

    Reference: https://developer.sobot.io/en/pages/a9cc26
    """
    current = int(now * 1000)
    body = {
        "responseType": "token",
        "appId": auth.app_id,
        "currentTime": current,
        "sign": _md5(auth.app_id, str(current), "token", auth.app_secret),
    }
    headers = (("Accept", "application/json"), ("Content-Type", "application/json"))
    return Request("POST", auth.token_url, headers, json_bytes(body))


def _read_jwt(response: Response) -> Token:
    """Return the JWT with half its life, so that it is renewed early."""
    if response.status in {400, 401, 403}:
        raise SourceRejected("token: the credentials are refused")
    answer = _json("token", response)
    if not isinstance(answer, Mapping):
        raise SourceMalformed("token: the answer is no object")
    inner = answer.get("data")
    for place in (answer, inner if isinstance(inner, Mapping) else {}):
        for text in (place.get(name) for name in JWT_NAMES):
            if isinstance(text, str) and text:
                lives = _lives(place) or _jwt_lives(text) or TOKEN_LIVES
                return Token(text, lives / 2)
    if _message(answer):
        raise SourceRejected(f"token: {_message(answer)}")
    raise SourceMalformed("token: the answer holds no access token")


def _md5(*parts: str) -> str:
    text = "".join(parts)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _lives(place: Entry) -> float | None:
    """Return the seconds that a token lives, from a number or its text, else None."""
    for name in EXPIRES:
        seconds = _seconds(place.get(name))
        if seconds is not None:
            return seconds
    return None


def _jwt_lives(token: str) -> float | None:
    """Return the seconds between the JWT's own creation and expiry times, else None."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = read_json(base64.urlsafe_b64decode(padded))
    except ValueError:
        return None
    if not isinstance(claims, Mapping):
        return None
    began, ends = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    if began is None or ends is None or ends <= began:
        return None
    return ends - began


def _seconds(value: Any) -> float | None:
    text = to_text(value) if not isinstance(value, list) else None
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None


# ---------------------------------------------------------------------- answers


def _content(name: str, response: Response) -> Any:
    """Return the content of the envelope, or the whole answer where it has none.

    Raises SourceError where the HTTP status or ``ret_code`` reports an error.
    """
    if response.status == 401:
        raise TokenRejected(f"{name}: HTTP status 401")
    answer = _json(name, response)
    if not isinstance(answer, Mapping):
        return answer
    code = to_text(answer.get("ret_code"))
    if code is not None:
        _check_code(name, code, answer)
        return answer.get("item")
    if "apiVersion" in answer:
        _check_v6(name, answer)
        return answer.get("data")
    if answer and KNOWN.isdisjoint(answer):
        raise SourceMalformed(f"{name}: neither an envelope nor a customer")
    return answer


def _check_code(name: str, code: str, answer: Entry) -> None:
    if code.rjust(6, "0") == DONE:
        return
    message = f"{name}: {code} {_message(answer)}".rstrip()
    if code in NO_TOKEN:
        raise TokenRejected(message)
    raise SourceRejected(message)


def _check_v6(name: str, answer: Entry) -> None:
    code = to_text(answer.get("code")) or ""
    if code == "401":
        raise TokenRejected(f"{name}: {_message(answer)}")
    if code not in {"", "200"}:
        raise SourceRejected(f"{name}: {code} {_message(answer)}".rstrip())


def _json(name: str, response: Response) -> Any:
    status = response.status
    if is_unavailable(status):
        raise SourceUnavailable(f"{name}: HTTP status {status}")
    if not 200 <= status < 300:
        raise SourceRejected(f"{name}: HTTP status {status}")
    try:
        return json_of(response)
    except ValueError as problem:
        raise SourceMalformed(f"{name}: {problem}") from None


def _message(answer: Entry) -> str:
    text = to_text(answer.get("ret_msg") or answer.get("message")) or ""
    return text[:200]


# ---------------------------------------------------------------------- picking


def _identity(customer: Entry) -> str:
    return to_text(customer.get("id")) or ""


def _risk(customer: Entry) -> int:
    """Return 2 for a blacklisted customer (by either field), 1 for a VIP, else 0."""
    if to_text(customer.get("isblack")) == "1":
        return 2
    if customer.get("userStatusName") == "blacklist":
        return 2
    return 1 if to_text(customer.get("isVip")) == "1" else 0


def _created(_customer: Entry) -> None:
    """Return None: the vendor has no creation date, so the highest id counts as the
    newest."""
    return
