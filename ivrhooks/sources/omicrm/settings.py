"""OMICRM's part of the YAML: the key that a source's ``auth:`` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, fields, post_load, validate


@dataclass(frozen=True, slots=True)
class OmicrmAuth:
    """The account's API key, from which access tokens are made."""

    api_key: str = field(repr=False)


class AuthSchema(Schema):
    """``auth: {api_key: …}``; any other key is refused."""

    api_key = fields.String(required=True, validate=validate.Length(min=1))

    @post_load
    def make(self, data: Mapping[str, Any], **_: Any) -> OmicrmAuth:
        """The settings that the client is given."""
        return OmicrmAuth(**data)
