"""``auth:`` of kind bangwo8: two ways to authenticate.

Either an agent's account and password (HTTP Basic), or the id and secret of an OAuth2
client, with which a token is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length

PAIRS = (("account", "password"), ("secret_id", "secret"))
"""The two pairs of keys; a configuration writes exactly one of them."""


@dataclass(frozen=True, slots=True)
class BangwoAuth:
    """The credentials. ``secret_id`` is empty where an account is used, and vice
    versa."""

    account: str = ""
    password: str = field(default="", repr=False)
    secret_id: str = ""
    secret: str = field(default="", repr=False)

    @property
    def uses_token(self) -> bool:
        """Whether a token is fetched with ``secret_id`` and ``secret``."""
        return bool(self.secret_id)


class AuthSchema(Schema):
    """``auth:`` of a source of kind bangwo8."""

    account = fields.String(validate=Length(min=1))
    password = fields.String(validate=Length(min=1))
    secret_id = fields.String(validate=Length(min=1))
    secret = fields.String(validate=Length(min=1))

    @validates_schema
    def exactly_one_pair(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse no pair, half a pair, and both pairs."""
        begun = [pair for pair in PAIRS if any(key in data for key in pair)]
        if len(begun) != 1:
            raise ValidationError(
                "write either account and password, or secret_id and secret"
            )
        for key in begun[0]:
            if key not in data:
                raise ValidationError("is missing", key)

    @post_load
    def freeze(self, data: Mapping[str, Any], **_: Any) -> BangwoAuth:
        """Return the frozen settings for the client."""
        return BangwoAuth(**data)
