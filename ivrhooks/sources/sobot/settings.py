"""``auth:`` of kind sobot: two styles of tokens.

Style ``open`` has the open platform's ``app_id`` and ``app_key``. Style ``jwt`` is the
voice product's and names the URL at which tokens are fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, OneOf, Regexp

STYLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "open": ("app_id", "app_key"),
        "jwt": ("app_id", "app_secret", "token_url"),
    }
)
"""The keys that each style needs; ``open`` is the default."""


def _as_written(style: str) -> str:
    keys = ", ".join(f"{key}: …" for key in STYLES[style])
    return keys if style == "open" else f"style: {style}, {keys}"


@dataclass(frozen=True, slots=True)
class SobotAuth:
    """The credentials. ``app_key`` belongs to style open; ``app_secret`` and
    ``token_url`` belong to style jwt. ``language``: zh or en, of the vendor's texts."""

    style: str = "open"
    app_id: str = ""
    app_key: str = field(default="", repr=False)
    app_secret: str = field(default="", repr=False)
    token_url: str = ""
    language: str = ""


class AuthSchema(Schema):
    """``auth:`` of a source of kind sobot."""

    style = fields.String(load_default="open", validate=OneOf(sorted(STYLES)))
    app_id = fields.String(validate=Length(min=1))
    app_key = fields.String(validate=Length(min=1))
    app_secret = fields.String(validate=Length(min=1))
    token_url = fields.String(
        validate=Regexp(
            r"https?://[^\s/]+",
            error="write the whole address, https://openapi.soboten.com/tokens/company",
        )
    )
    language = fields.String(validate=OneOf(["zh", "en"]))

    @validates_schema
    def keys_of_one_style(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse a missing key of the style, and keys of the other style."""
        style = data["style"]
        others = {key for keys in STYLES.values() for key in keys} - {*STYLES[style]}
        wrong = {
            key: [f"is missing; write auth: {{{_as_written(style)}}}"]
            for key in STYLES[style]
            if key not in data
        }
        for key in others & set(data):
            wrong[key] = [f"does not belong to style {style}; remove it"]
        if wrong:
            raise ValidationError(wrong)

    @post_load
    def freeze(self, data: Mapping[str, Any], **_: Any) -> SobotAuth:
        """Return the frozen settings for the client."""
        return SobotAuth(**data)
