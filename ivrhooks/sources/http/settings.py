"""The ``auth:`` of a source of kind http: none, or exactly one of four ways."""

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

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE = re.compile(r"[\r\n\x00]")


@dataclass(frozen=True, slots=True)
class Basic:
    """``basic:``, a user name and a password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """``header:``, a header of any name, often an API key."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuth2:
    """``oauth2:``, the client credentials grant (RFC 6749, 4.4)."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class HttpAuth:
    """At most one of these is set."""

    basic: Basic | None = None
    bearer: str | None = field(default=None, repr=False)
    header: Header | None = None
    oauth2: OAuth2 | None = None


def _sendable(value: str) -> None:
    if _UNSENDABLE.search(value):
        raise ValidationError("holds a line break or a NUL; write it on one line")


def _text() -> fields.String:
    return fields.String(
        required=True, validate=[validate.Length(min=1), _sendable], allow_none=False
    )


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class BasicSchema(_Strict):
    """``basic: {username, password}``."""

    username = _text()
    password = fields.String(required=True, validate=_sendable)

    @post_load
    def build(self, data: Mapping[str, Any], **_: Any) -> Basic:
        """The frozen settings."""
        return Basic(**data)


class HeaderSchema(_Strict):
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
        """The frozen settings."""
        return Header(**data)


class OAuth2Schema(_Strict):
    """``oauth2: {token_url, client_id, client_secret, scope}``."""

    token_url = fields.String(
        required=True,
        validate=validate.Regexp(
            r"https?://[^\s/]+\S*\Z", error="write a URL with http:// or https://"
        ),
    )
    client_id = _text()
    client_secret = _text()
    scope = fields.String(load_default="", validate=_sendable)

    @post_load
    def build(self, data: Mapping[str, Any], **_: Any) -> OAuth2:
        """The frozen settings."""
        return OAuth2(**data)


class AuthSchema(_Strict):
    """``auth:`` of kind http."""

    basic = fields.Nested(BasicSchema)
    bearer = fields.String(validate=[validate.Length(min=1), _sendable])
    header = fields.Nested(HeaderSchema)
    oauth2 = fields.Nested(OAuth2Schema)

    @validates_schema
    def check_exactly_one(self, data: Mapping[str, Any], **_: Any) -> None:
        """An ``auth:`` that says nothing, or two things, is a mistake."""
        if len(data) != 1:
            raise ValidationError(
                "write exactly one of basic, bearer, header, oauth2, or no auth at all"
            )

    @post_load
    def build(self, data: Mapping[str, Any], **_: Any) -> HttpAuth:
        """The frozen settings."""
        return HttpAuth(**data)
