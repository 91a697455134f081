"""Masks an HTTP exchange for a page: query, form and JSON field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

import orjson

from ivrhooks.basics.loose_json import loose_json
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.basics.people.personal import FieldKinds, mask_as, mask_record

_PLAIN = "*@+, "


Free = Callable[[str], str]
"""A function that masks free text."""


def mask_url(url: str, kinds: FieldKinds, free: Free = mask_text) -> str:
    """Mask a URL: its path as free text, its query field by field."""
    path, mark, query = url.partition("?")
    return free(path) + mark + mask_form(query, kinds, free)


def mask_form(text: str, kinds: FieldKinds, free: Free = mask_text) -> str:
    """Mask ``a=1&b=2``, each value by the kind of its name.

    A pair with nothing to mask stays as it is written.
    """
    return "&".join(_pair(pair, kinds, free) for pair in text.split("&"))


def mask_body(text: str, kinds: FieldKinds, free: Free = mask_text) -> str:
    """Mask a body of JSON, of form fields, or of anything else."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped[:1] in ("{", "["):
        try:
            value: Any = orjson.loads(stripped)
        except ValueError:  # truncated JSON is masked as free text
            return free(text)
        shown = mask_record(value, kinds, free=free)
        return text if shown == value else loose_json(shown).decode()
    if "=" in text and not any(sign in text for sign in "<\n"):
        return mask_form(text, kinds, free)
    return free(text)


def mask_request(
    request: Mapping[str, Any], kinds: FieldKinds, free: Free = mask_text
) -> dict[str, Any]:
    """Mask ``{method, url, headers, body}``; ``headers`` is a mapping."""
    shown = dict(request)
    if isinstance(shown.get("url"), str):
        shown["url"] = mask_url(shown["url"], kinds, free)
    if isinstance(shown.get("headers"), Mapping):
        shown["headers"] = mask_record(shown["headers"], kinds, free=free)
    if isinstance(shown.get("body"), str):
        shown["body"] = mask_body(shown["body"], kinds, free)
    return shown


def _pair(pair: str, kinds: FieldKinds, free: Free) -> str:
    name, sign, value = pair.partition("=")
    if not sign:
        return free(pair)
    plain = unquote_plus(value)
    kind = kinds.at([unquote_plus(name)])
    shown = free(plain) if kind == "text" else mask_as(kind, plain)
    return pair if shown == plain else f"{name}={quote(shown, safe=_PLAIN)}"
