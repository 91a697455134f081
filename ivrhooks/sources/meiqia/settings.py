"""Meiqia's part of the YAML: the token that a source's ``auth:`` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, fields, post_load, validate


@dataclass(frozen=True, slots=True)
class MeiqiaAuth:
    """The access token made in Meiqia's desk; it does not expire."""

    access_token: str = field(repr=False)


class AuthSchema(Schema):
    """``auth: {access_token: …}``; any other key is refused."""

    access_token = fields.String(required=True, validate=validate.Length(min=1))

    @post_load
    def make(self, data: Mapping[str, Any], **_: Any) -> MeiqiaAuth:
        """The settings that the client is given."""
        return MeiqiaAuth(**data)
