"""An HTTP exchange as a page may show it: query, form and JSON field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

import orjson

from ivrhooks.basics.loose_json import loose_json
from ivrhooks.basics.masking import mask_text
from ivrhooks.basics.personal import FieldKinds, mask_as, mask_record

_PLAIN = "*@+, "


def mask_url(url: str, kinds: FieldKinds) -> str:
    """An address: its path as free text, its query field by field."""
    path, mark, query = url.partition("?")
    return mask_text(path) + mark + mask_form(query, kinds)


def mask_form(text: str, kinds: FieldKinds) -> str:
    """``a=1&b=2``, each value by the kind of its name; what hides nothing stays as it
    came."""
    return "&".join(_pair(pair, kinds) for pair in text.split("&"))


def mask_body(text: str, kinds: FieldKinds) -> str:
    """A body of JSON, of form fields, or of anything else."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if stripped[:1] in ("{", "["):
        try:
            value: Any = orjson.loads(stripped)
        except ValueError:  # cut off: what can be found is hidden
            return mask_text(text)
        shown = mask_record(value, kinds)
        return text if shown == value else loose_json(shown).decode()
    if "=" in text and not any(sign in text for sign in "<\n"):
        return mask_form(text, kinds)
    return mask_text(text)


def mask_request(request: Mapping[str, Any], kinds: FieldKinds) -> dict[str, Any]:
    """``{method, url, headers, body}``; ``headers`` is a mapping."""
    shown = dict(request)
    if isinstance(shown.get("url"), str):
        shown["url"] = mask_url(shown["url"], kinds)
    if isinstance(shown.get("headers"), Mapping):
        shown["headers"] = mask_record(shown["headers"], kinds)
    if isinstance(shown.get("body"), str):
        shown["body"] = mask_body(shown["body"], kinds)
    return shown


def _pair(pair: str, kinds: FieldKinds) -> str:
    name, sign, value = pair.partition("=")
    if not sign:
        return mask_text(pair)
    plain = unquote_plus(value)
    shown = mask_as(kinds.at([unquote_plus(name)]), plain)
    return pair if shown == plain else f"{name}={quote(shown, safe=_PLAIN)}"
