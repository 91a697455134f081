"""The client of kind http: builds any HTTP request and reads its answer."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.authorization import basic, bearer
from ivrhooks.sources.http.answers import (
    ACCEPT,
    ResponseNames,
    Rules,
    read_answer,
    read_plain,
    read_written,
    refusal,
)
from ivrhooks.sources.http.digest import DigestSession
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.http.options import HttpOptions
from ivrhooks.sources.http.request_builder import (
    PartedRequest,
    RequestBuilder,
    over,
    text_of,
    with_query,
)
from ivrhooks.sources.http.settings import HttpAuth, Login
from ivrhooks.sources.http.signing import Signer
from ivrhooks.sources.http.token_grant import OAuth2Grant
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


class HttpClient(Client):
    """The client of any HTTP API."""

    operations = OPERATIONS
    key_header = "Idempotency-Key"

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._auth: HttpAuth = settings.auth or HttpAuth()
        options: HttpOptions = settings.options or HttpOptions()
        self._rules = options.rules
        self._login = options.login
        self._oauth = OAuth2Grant(self._auth.oauth2) if self._auth.oauth2 else None
        self._digest: DigestSession | None = None
        if self._auth.digest is not None:
            self._digest = DigestSession(self._auth.digest, _nonce)
        self._signer = Signer(options.sign, _nonce) if options.sign else None
        self.signs_each_try = bool(self._signer or self._digest)
        headers = over(
            (("Accept", ACCEPT[options.rules.answer]),), tuple(options.headers)
        )
        self._renews = bool(self._oauth or self._login or self._digest)
        in_query = self._login is not None and self._login.place == "query"
        self._builder = RequestBuilder(
            settings.base_url,
            over(headers, tuple(_static_headers(self._auth))),
            dict(options.query),
            parted=self._signer is not None or in_query,
        )

    # ------------------------------------------------------------------ asking

    def request(self, query: Query, token: str | None) -> Request:
        request = self._builder.build(query.params)
        return request if token is None else self._with_token(request, token)

    def for_try(
        self, request: Request, query: Query | None, token: str | None, now: float
    ) -> Request:
        if token is not None:
            request = self._with_token(request, token)
        if self._signer is not None and isinstance(request, PartedRequest):
            request = self._signer.signed(request, now)
        if self._digest is not None:
            request = self._digest.authorized(request)
        return request

    def _with_token(self, request: Request, token: str) -> Request:
        login = self._login
        if login is None or login.place == "header":
            headers = over(request.headers, self.token_headers(token))
            return replace(request, headers=headers)
        assert isinstance(request, PartedRequest)  # noqa: S101 - built so, for mypy
        pair = (login.name, _sent_value(login, token))
        query = (
            *(parameter for parameter in request.query if parameter[0] != login.name),
            pair,
        )
        return replace(request, url=with_query(request.address, query), query=query)

    # ------------------------------------------------------------------ reading

    def reply(self, query: Query, response: Response) -> Reply:
        rules = query.rules if isinstance(query.rules, Rules) else self._rules
        login = self._login
        plain = rules.plain and login is None and not query.idempotency_key
        if plain and response.status == 200:
            return read_plain(response)
        names = ResponseNames(response)
        expired = login.expired if login is not None else None
        if expired is not None and expired({"response": names}):
            raise TokenRejected("`expired` says that the session has ended")
        if response.status == 401 and self._renews and not rules.is_not_found(names):
            raise self._unauthorized(response)
        if query.idempotency_key:
            return read_written(rules, response, names)
        return read_answer(rules, response, names)

    def _unauthorized(self, response: Response) -> SourceRejected:
        """Return the error for a 401: a new token or nonce may help."""
        if self._digest is None:
            return TokenRejected("HTTP 401: the token is no longer good")
        name, headers = "www-authenticate", response.headers
        every = getattr(headers, "every", headers.get)  # a server may send several
        if self._digest.challenged(every(name) or ""):
            return TokenRejected("HTTP 401: the digest was refused")
        return SourceRejected("HTTP 401 without a digest challenge of MD5 or SHA-256")

    def picked(self, query: Query, record: Any) -> Any:
        """Return the first entry of a list where ``pick:`` says so."""
        if query.pick == "first" and isinstance(record, list):
            return record[0] if record else None
        return record

    # ------------------------------------------------------------------- tokens

    def token_request(self, now: float) -> Request | None:
        if self._oauth is not None:
            return self._oauth.request()
        if self._login is not None:
            request = self._builder.build(self._login.request)
            return replace(request, repeatable=False)
        return None

    def token(self, response: Response) -> Token:
        if self._oauth is not None:
            return self._oauth.token(response)
        login = self._login
        assert login is not None  # noqa: S101 - a token is asked for with one of them
        if not 200 <= response.status < 300:
            raise refusal(response)
        value = login.token({"response": ResponseNames(response)})
        text = "" if value is None else text_of(value)
        if not text or "\r" in text or "\n" in text or "\0" in text:
            raise SourceRejected("the answer to the log-in holds no token")
        return Token(text, login.expires)

    def token_headers(self, token: str) -> tuple[tuple[str, str], ...]:
        login = self._login
        if login is None:
            return (bearer(token),)
        return ((login.name, _sent_value(login, token)),)


def _sent_value(login: Login, token: str) -> str:
    value = login.value({"token": token})
    text = "" if value is None else text_of(value)
    if not text or "\r" in text or "\n" in text:
        raise SourceRejected("the session token cannot be sent as `value` says")
    return text


def _nonce() -> str:
    """Return 16 hex digits."""
    return secrets.token_hex(8)


def _static_headers(auth: HttpAuth) -> Iterable[tuple[str, str]]:
    if auth.basic is not None:
        yield basic(auth.basic.username, auth.basic.password)
    if auth.bearer is not None:
        yield bearer(auth.bearer)
    if auth.header is not None:
        yield auth.header.name, auth.header.value
