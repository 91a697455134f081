"""The body decides, not its label: reads a request's body by what it contains.

One function serves both servers and every endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any

from werkzeug.http import parse_options_header

from ivrhooks.basics.charsets import codec_of_label
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.frozen import frozen
from ivrhooks.basics.strict_json import NotJson, read_json
from ivrhooks.http.forms import (
    MAX_FIELDS,
    MAX_PARTS,
    read_multipart,
    read_urlencoded,
)
from ivrhooks.languages.catalogue import Reason, because

_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n\x0b\x0c"
_SKIPPED = frozenset(_BOM[:1] + _BLANKS)
_JSON_LABEL = re.compile(r"\s*[\w.+-]+/(?:[\w.-]+\+)?json\s*(?:;|$)", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")


@frozen
class Body:
    """The fields of a body. ``kind``: none | form | multipart | json | other.
    ``problem``: why its fields cannot be read, or None."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    problem: ContractError | None = None


NOTHING = Body("none")


@frozen
class Label:
    """The relevant parts of a Content-Type.

    These are the charset's codec, the boundary of a multipart body, and whether it
    names JSON. ``is_plain_form``: it is neither multipart nor JSON.
    """

    codec: str | None
    boundary: bytes
    is_json: bool
    is_plain_form: bool


@lru_cache(maxsize=256)
def read_label(content_type: str) -> Label:
    """Return the parts of a Content-Type. Cached: a caller sends the same label each
    time."""
    lower = content_type.lower()
    boundary = b""
    if "multipart/" in lower:
        named = parse_options_header(content_type)[1].get("boundary", "")
        boundary = named.encode("latin-1", "replace")
    codec = codec_of_label(content_type) if "charset" in lower else None
    is_json = bool(_JSON_LABEL.match(content_type))
    return Label(codec, boundary, is_json, not (boundary or is_json))


def read_body(data: bytes, content_type: str) -> Body:
    """Return what ``data`` holds; never raises."""
    if not data:
        return NOTHING
    label = read_label(content_type)
    if label.is_plain_form and _is_plain_form(data):
        return Body("form", read_urlencoded(data, label.codec))
    if label.boundary and b"--" + label.boundary in data:
        return _multipart(data, label.boundary, label.codec)
    if 0 in data:
        return _unsupported(because("binary"))
    text = data
    if data[0] in _SKIPPED:
        text = data.removeprefix(_BOM).lstrip(_BLANKS)
    return _by_first_sign(text, label) if text else NOTHING


def _is_plain_form(data: bytes) -> bool:
    """Return whether ``data`` can be read as a form without further checks: letters and
    digits at both ends, no NUL, few fields."""
    return (
        data[:1].isalnum()
        and data[-1:] > b" "
        and 0 not in data
        and len(data) < MAX_FIELDS
    )


def _by_first_sign(text: bytes, label: Label) -> Body:
    sign, codec = text[:1], label.codec
    if sign == b"{":
        return _json_object(text, codec)
    if sign == b"<":
        return _unsupported(because("markup"))
    if label.is_json:
        problem = _other_json(text, codec)
        if problem is not None:
            return problem
    return _form(text.rstrip(b"\r\n"), codec)


def _json_object(text: bytes, codec: str | None) -> Body:
    try:
        fields = read_json(_as_utf8(text, codec))
    except NotJson as problem:
        return _unreadable("json", because("no_json", why=problem.reason))
    if b"\\u" in text:
        fields = {_whole(name): _whole(value) for name, value in fields.items()}
    return Body("json", fields)


def _other_json(text: bytes, codec: str | None) -> Body | None:
    """Return the refusal of JSON that is not an object; None where it is not JSON."""
    try:
        read_json(_as_utf8(text, codec))
    except NotJson as problem:
        if text[:1] in b'["' or problem.reason.key == "json_constant":
            return _unreadable("json", because("no_json", why=problem.reason))
        return None
    return _unreadable("json", because("no_object"))


def _form(text: bytes, codec: str | None) -> Body:
    if text.count(b"&") >= MAX_FIELDS:
        return _unreadable("form", because("many_fields", count=MAX_FIELDS))
    return Body("form", read_urlencoded(text, codec))


def _multipart(data: bytes, boundary: bytes, codec: str | None) -> Body:
    try:
        return Body("multipart", read_multipart(data, boundary, codec))
    except ValueError:
        return _unreadable("multipart", because("no_multipart", count=MAX_PARTS))


def _as_utf8(text: bytes, codec: str | None) -> bytes:
    """Return JSON as UTF-8.

    A text that is not UTF-8 is read as a whole by the charset of the label. Where the
    label has none, invalid bytes become U+FFFD, and no field is lost. Raises NotJson
    where the label's charset cannot read it.
    """
    try:
        text.decode()
    except UnicodeDecodeError:
        if codec not in (None, "utf-8"):
            try:
                return text.decode(codec).encode()
            except UnicodeError:
                wrong = because("json_charset")
                raise NotJson(str(wrong), wrong) from None
        return text.decode("utf-8", "replace").encode()
    return text


def _whole(value: Any) -> Any:
    """Return a text without lone surrogates; anything else unchanged."""
    return _SURROGATE.sub("", value) if isinstance(value, str) else value


def _unsupported(reason: Reason) -> Body:
    return Body("other", problem=ContractError("unsupported_media_type", reason))


def _unreadable(kind: str, reason: Reason) -> Body:
    return Body(kind, problem=ContractError("unreadable_body", reason))
