"""Asks any HTTP API what the configuration says, and reads its JSON answer."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from ivrhooks.basics.errors import (
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from ivrhooks.basics.strict_json import decode_text, read_json_body
from ivrhooks.basics.values import to_text
from ivrhooks.sources.exchange import json_bytes
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.http.settings import HttpAuth, OAuth2
from ivrhooks.sources.interface import (
    Client,
    Query,
    Reply,
    Request,
    Response,
    SourceSettings,
    Token,
    TokenRejected,
)

READS = frozenset({"GET", "HEAD"})
METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}
DEFAULT_TOKEN_LIFE = 3600.0  # where the token's server does not say

_DOT_SEGMENT = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:[/?]|$)", re.IGNORECASE)
_UNSENDABLE = re.compile("[\r\n\x00]")


class HttpClient(Client):
    """Any HTTP API that answers JSON."""

    operations = OPERATIONS

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._auth: HttpAuth = settings.auth or HttpAuth()
        accept = ("Accept", "application/json")
        self._defaults = (accept, *_static_headers(self._auth))
        self._base_url = settings.base_url.rstrip("/")
        self._secret_in_body = False

    # ------------------------------------------------------------------ asking

    def request(self, query: Query, token: str | None) -> Request:
        params = query.params
        method = str(params.get("method") or "GET").upper()
        if method not in METHODS:
            raise SourceRejected(f"{method[:20]!r} is no method that can be asked")
        body, label = _body(params)
        defaults = self._defaults
        if token is not None:
            defaults += self.token_headers(token)
        if label:
            defaults += (("Content-Type", label),)
        headers = defaults
        if given := params.get("headers"):
            headers = _over(defaults, _headers(given))
        return Request(
            method=method,
            url=_url(self._base_url, params),
            headers=headers,
            body=body,
            repeatable=method in READS or params.get("idempotent") is True,
        )

    # ------------------------------------------------------------------ reading

    def reply(self, query: Query, response: Response) -> Reply:
        status = response.status
        if status in (204, 404):
            return Reply(None, found=False)
        if status == 401 and self._auth.oauth2 is not None:
            raise TokenRejected("HTTP 401: the token is no longer good")
        if status >= 500 or status == 429:
            raise SourceUnavailable(f"HTTP {status}")
        if not 200 <= status < 300:
            raise SourceRejected(f"HTTP {status}")
        if not response.body.strip():
            return Reply(None, found=False)
        value = _json(response)
        if value is None:
            return Reply(None, found=False)
        self._check_success(response, value)
        return Reply(value)

    def _check_success(self, response: Response, value: Any) -> None:
        success = self.settings.success
        if success is None:
            return
        label = response.headers.get("content-type", "")
        seen = {
            "status": response.status,
            "headers": response.headers,
            "text": decode_text(response.body, label),
            "json": value,
        }
        if not success(seen):
            raise SourceRejected("`success` says that this is none", code="no_success")

    # ------------------------------------------------------------------- tokens

    def token_request(self, now: float) -> Request | None:
        """Reference: RFC 6749, 4.4.2; the client's secret as 2.3.1 has it, in the body
        where a server refused it in the header."""
        auth = self._auth.oauth2
        if auth is None:
            return None
        form = {"grant_type": "client_credentials"}
        if auth.scope:
            form["scope"] = auth.scope
        headers = [
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ]
        if self._secret_in_body:
            form |= {"client_id": auth.client_id, "client_secret": auth.client_secret}
        else:
            headers.append(("Authorization", _client_authorization(auth)))
        body = urlencode(form).encode("ascii")
        return Request("POST", auth.token_url, tuple(headers), body, repeatable=False)

    def token(self, response: Response) -> Token:
        """Reference: RFC 6749, 5.1 and 5.2."""
        status = response.status
        if status in (400, 401):
            self._secret_in_body = not self._secret_in_body
            if self._secret_in_body:
                raise TokenRejected(f"HTTP {status} to the client's credentials")
            raise SourceRejected(f"HTTP {status} to the client's credentials")
        if status >= 500 or status == 429:
            raise SourceUnavailable(f"HTTP {status}")
        if not 200 <= status < 300:
            raise SourceRejected(f"HTTP {status}")
        answer = _json(response)
        value = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(value, str) or not value or _UNSENDABLE.search(value):
            raise SourceMalformed("the answer holds no access_token")
        return Token(value, _life(answer.get("expires_in")))

    def token_headers(self, token: str) -> tuple[tuple[str, str], ...]:
        return (("Authorization", f"Bearer {token}"),)


def _static_headers(auth: HttpAuth) -> Iterable[tuple[str, str]]:
    if auth.basic is not None:
        pair = f"{auth.basic.username}:{auth.basic.password}".encode()
        yield "Authorization", "Basic " + base64.b64encode(pair).decode("ascii")
    if auth.bearer is not None:
        yield "Authorization", f"Bearer {auth.bearer}"
    if auth.header is not None:
        yield auth.header.name, auth.header.value


def _client_authorization(auth: OAuth2) -> str:
    pair = f"{quote_plus(auth.client_id)}:{quote_plus(auth.client_secret)}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")


def _life(expires_in: Any) -> float:
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_TOKEN_LIFE
    return seconds if 0 < seconds < 1e9 else DEFAULT_TOKEN_LIFE


def _json(response: Response) -> Any:
    try:
        return read_json_body(response.body, response.headers.get("content-type", ""))
    except ValueError as problem:
        raise SourceMalformed(str(problem)) from None


# ------------------------------------------------------------------- the request


def _url(base_url: str, params: Mapping[str, Any]) -> str:
    """Always below the base URL, which has no slash at its end: a value can neither
    climb out of it nor name another host."""
    path = str(params.get("path") or "")
    if path and not path.startswith(("/", "?")):
        path = "/" + path
    if ("." in path or "%" in path) and _DOT_SEGMENT.search(path):
        raise SourceRejected("a part of the path is . or ..")
    pairs = _pairs(params.get("query") or {})
    text = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
    url = base_url + path
    if not text:
        return url
    return f"{url}{'&' if '?' in url else '?'}{text}"


def _quoted(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    return quote(text, safe="", errors="replace")


def _pairs(values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in values.items():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if one is not None:
                yield str(name), _text(one)


def _text(value: Any) -> str:
    """As JSON writes it, text without quotes: APIs take ``true``, not ``1``."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Mapping, list, tuple)):
        return json_bytes(value).decode()
    return to_text(value) or str(value)


def _over(
    defaults: tuple[tuple[str, str], ...], given: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """What is given, behind those defaults that it does not name."""
    names = {name.lower() for name, _ in given}
    return (*(pair for pair in defaults if pair[0].lower() not in names), *given)


def _headers(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = tuple(_pairs(values))
    for name, value in pairs:
        if _UNSENDABLE.search(value):
            raise SourceRejected(f"the header {name} holds a line break or a NUL")
    return pairs


def _body(params: Mapping[str, Any]) -> tuple[bytes | None, str]:
    if params.get("json") is not None:
        return json_bytes(params["json"]), "application/json"
    if params.get("form") is not None:
        text = urlencode(list(_pairs(params["form"])), errors="replace")
        return text.encode("ascii"), "application/x-www-form-urlencoded"
    return None, ""
