"""Fetches an OAuth2 access token: client credentials, or a user's password."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus, urlencode

from ivrhooks.basics.errors import SourceMalformed, SourceRejected
from ivrhooks.sources.authorization import basic
from ivrhooks.sources.http.answers import refusal
from ivrhooks.sources.http.settings import OAuth2
from ivrhooks.sources.interface import Request, Response, Token, TokenRejected
from ivrhooks.sources.reading import json_of

DEFAULT_LIFE = 3600.0  # seconds, where the server does not say

_UNSENDABLE = re.compile("[\r\n\x00]")


class OAuth2Grant:
    """The OAuth2 grant of one source.

    The client's secret is sent as RFC 6749, section 2.3.1 has it. Where a server
    refuses it in the header, it is sent in the body.
    """

    def __init__(self, settings: OAuth2) -> None:
        self._settings = settings
        self._secret_in_body = False

    def request(self) -> Request:
        """Return the POST that fetches a token.

        Reference: RFC 6749, 4.3.2 and 4.4.2.
        """
        auth = self._settings
        form = {"grant_type": auth.grant, **auth.params}
        if auth.grant == "password":
            form |= {"username": auth.username, "password": auth.password}
        if auth.scope:
            form["scope"] = auth.scope
        headers = [
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ]
        if self._secret_in_body:
            form |= {"client_id": auth.client_id, "client_secret": auth.client_secret}
        else:
            name, password = quote_plus(auth.client_id), quote_plus(auth.client_secret)
            headers.append(basic(name, password))
        body = urlencode(form).encode("ascii")
        return Request("POST", auth.token_url, tuple(headers), body, repeatable=False)

    def token(self, response: Response) -> Token:
        """Return the token and its life in seconds.

        Raises TokenRejected once where the client's secret is refused in its place, and
        SourceError.

        Reference: RFC 6749, 5.1 and 5.2.
        """
        status = response.status
        if status in (400, 401):
            self._secret_in_body = not self._secret_in_body
            why = f"HTTP {status} to the client's credentials"
            raise (TokenRejected if self._secret_in_body else SourceRejected)(why)
        if not 200 <= status < 300:
            raise refusal(response)
        answer = _json(response)
        value = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(value, str) or not value or _UNSENDABLE.search(value):
            raise SourceMalformed("the answer holds no access_token")
        return Token(value, _life(answer.get("expires_in")))


def _life(expires_in: Any) -> float:
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_LIFE
    return seconds if 0 < seconds < 1e9 else DEFAULT_LIFE


def _json(response: Response) -> Any:
    try:
        return json_of(response)
    except ValueError as problem:
        raise SourceMalformed(str(problem)) from None
