"""``auth:`` of kind http: none, or exactly one of six ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import (
    RAISE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from ivrhooks.sources.kind import Evaluate

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE = re.compile(r"[\r\n\x00]")


@dataclass(frozen=True, slots=True)
class Basic:
    """``basic:``: a user name and a password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """``header:``: a header of any name, often an API key."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Digest:
    """``digest:``: a user name and a password that are never sent (RFC 7616)."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuth2:
    """``oauth2:``: the client credentials grant (RFC 6749, section 4.4) or the password
    grant (section 4.3). ``params``: further parameters, such as an audience."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    grant: str = "client_credentials"
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """``login:``: a session token that is fetched by a request of its own.

    ``request``: the parts of that request. ``token`` and ``expired`` are templates over
    its answer. ``value`` turns the token into what is sent as header or query parameter
    ``name``. ``expires`` is in seconds.
    """

    request: Mapping[str, Any] = field(repr=False)
    token: Evaluate
    value: Evaluate
    name: str
    place: str  # header | query
    expires: float
    expired: Evaluate | None = None


@dataclass(frozen=True, slots=True)
class HttpAuth:
    """At most one of these is set. A log-in belongs to the source's options instead."""

    basic: Basic | None = None
    bearer: str | None = field(default=None, repr=False)
    header: Header | None = None
    digest: Digest | None = None
    oauth2: OAuth2 | None = None


HASHES = ("md5", "sha1", "sha256", "sha512")
ALGORITHMS = (*HASHES, *(f"hmac_{name}" for name in HASHES))
PLACES = ("query", "form", "json", "header")
FORMATS = ("hex", "HEX", "base64")


def _token(value: str) -> None:
    if not value or _UNSENDABLE.search(value) or " " in value:
        raise ValidationError("is no name of a parameter or header; write sign")


def _sendable(value: str) -> None:
    if _UNSENDABLE.search(value):
        raise ValidationError("holds a line break or a NUL; write it on one line")


def _text() -> fields.String:
    return fields.String(
        required=True, validate=[validate.Length(min=1), _sendable], allow_none=False
    )


class _AuthPart(Schema):
    class Meta:
        unknown = RAISE


class BasicSchema(_AuthPart):
    """``basic: {username, password}``."""

    username = _text()
    password = fields.String(required=True, validate=_sendable)

    @post_load
    def build(self, data: Mapping[str, Any], **_: Any) -> Basic:
        """Return the frozen settings."""
        return Basic(**data)


class HeaderSchema(_AuthPart):
    """``header: {name, value}``."""

    name = fields.String(
        required=True,
        validate=validate.Regexp(
            re.compile(_HEADER_NAME.pattern + r"\Z"),
            error="is no header name; write a name without blanks, as X-Api-Key",
        ),
    )
    value = _text()

    @post_load
    def build(self, data: Mapping[str, Any], **_: Any) -> Header:
        """Return the frozen settings."""
        return Header(**data)


class DigestSchema(_AuthPart):
    """``digest: {username, password}``."""

    username = _text()
    password = fields.String(required=True, validate=_sendable)

    @post_load
    def build(self, data: Mapping[str, Any], **_: Any) -> Digest:
        """Return the frozen settings."""
        return Digest(**data)


class OAuth2Schema(_AuthPart):
    """``oauth2: {token_url, client_id, client_secret, scope, params, grant, …}``."""

    token_url = fields.String(
        required=True,
        validate=validate.Regexp(
            r"https?://[^\s/]+\S*\Z", error="write a URL with http:// or https://"
        ),
    )
    client_id = _text()
    client_secret = _text()
    scope = fields.String(load_default="", validate=_sendable)
    params = fields.Dict(
        keys=fields.String(), values=fields.String(), load_default=dict
    )
    grant = fields.String(
        load_default="client_credentials",
        validate=validate.OneOf(
            ("client_credentials", "password"),
            error="write client_credentials or password",
        ),
    )
    username = fields.String(load_default="")
    password = fields.String(load_default="")

    @validates_schema
    def check_user(self, data: Mapping[str, Any], **_: Any) -> None:
        """Report a missing user of the password grant, and a user of the other
        grant."""
        if data.get("grant") == "password":
            for key in ("username", "password"):
                if not data.get(key):
                    raise ValidationError("the password grant needs it", key)
        elif data.get("username") or data.get("password"):
            raise ValidationError(
                "a user belongs to the password grant; write grant: password", "grant"
            )

    @post_load
    def build(self, data: Mapping[str, Any], **_: Any) -> OAuth2:
        """Return the frozen settings."""
        return OAuth2(**data)


class SentAsSchema(_AuthPart):
    """``header:`` or ``query:`` of a log-in: how its token is sent."""

    name = _text()
    value = _text()


class LoginSchema(_AuthPart):
    """``login: {request, token, expires, expired, header or query}``."""

    request = fields.Dict(required=True)
    token = _text()
    expires = fields.Raw()
    expired = fields.String(validate=validate.Length(min=1))
    header = fields.Nested(SentAsSchema)
    query = fields.Nested(SentAsSchema)

    @validates_schema
    def check_one_place(self, data: Mapping[str, Any], **_: Any) -> None:
        """Report a token that is sent in two places, or in none."""
        if ("header" in data) == ("query" in data):
            raise ValidationError(
                'write how the token is sent: header: {name: X-Token, value: "{{ token '
                '}}"}, or query'
            )


class SignSchema(_AuthPart):
    """``sign: {with, secret, of, add, in, name, format, timestamp}``."""

    algorithm = fields.String(
        required=True,
        data_key="with",
        attribute="with",
        validate=validate.OneOf(
            ALGORITHMS, error=f"write one of {', '.join(ALGORITHMS)}"
        ),
    )
    secret = fields.String(required=True)
    of = _text()
    add = fields.Dict(keys=fields.String(), load_default=dict)
    place = fields.String(
        load_default="query",
        data_key="in",
        attribute="in",
        validate=validate.OneOf(PLACES, error=f"write one of {', '.join(PLACES)}"),
    )
    name = fields.String(load_default="sign", validate=_token)
    format = fields.String(
        load_default="hex",
        validate=validate.OneOf(FORMATS, error=f"write one of {', '.join(FORMATS)}"),
    )
    timestamp = fields.String(load_default="s", validate=validate.Length(min=1))


class AuthSchema(_AuthPart):
    """``auth:`` of kind http."""

    basic = fields.Nested(BasicSchema)
    bearer = fields.String(validate=[validate.Length(min=1), _sendable])
    header = fields.Nested(HeaderSchema)
    digest = fields.Nested(DigestSchema)
    oauth2 = fields.Nested(OAuth2Schema)
    login = fields.Nested(LoginSchema)

    @validates_schema
    def check_exactly_one(self, data: Mapping[str, Any], **_: Any) -> None:
        """Report an ``auth:`` that has no way, or two."""
        if len(data) != 1:
            raise ValidationError(
                "write exactly one of basic, bearer, header, digest, oauth2, login, or "
                "no auth at all"
            )

    @post_load
    def build(self, data: Mapping[str, Any], **_: Any) -> HttpAuth:
        """Return the frozen settings; a log-in is compiled with the source's other
        keys."""
        return HttpAuth(**{key: value for key, value in data.items() if key != "login"})
