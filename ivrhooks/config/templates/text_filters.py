"""Text filters as in Ansible: hashes, base64, JSON and regular expressions.

None of them runs long. A text over 64 KB and a pattern that backtracks for long raise
FilterError, which becomes "no value" with a note.
"""

from __future__ import annotations

import base64
import hashlib
import hmac as hmac_module
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import regex
from jinja2 import Undefined

from ivrhooks.basics.strict_json import read_json
from ivrhooks.basics.values import to_text
from ivrhooks.config.templates.sandbox import MAX_TEXT, plain_value

HASHES = ("md5", "sha1", "sha256", "sha512")
MAX_PATTERN = 1_000
MAX_WAIT = 0.02
"""How many seconds a pattern may search."""


class FilterError(ValueError):
    """A filter has no value. The message says why, without the data."""


def text_filters(zone: tzinfo | None) -> dict[str, Callable[..., Any]]:
    """Return the filters by name. ``zone`` is used for dates that name none."""

    def to_datetime(value: Any, form: str | None = None) -> Any:
        if _is_none(value) or isinstance(value, datetime):
            return None if _is_none(value) else value
        text = _text(value)
        moment = (
            datetime.fromisoformat(text.strip())
            if form is None
            else _parsed(text, form)
        )
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)

    return {
        "hash": hash_of,
        "hmac": hmac_of,
        "b64encode": b64encode,
        "b64decode": b64decode,
        "from_json": from_json,
        "to_json": to_json,
        "regex_search": regex_search,
        "regex_replace": regex_replace,
        "to_datetime": to_datetime,
        "sorted_query": sorted_query,
    }


def _parsed(text: str, form: str) -> datetime:
    """Return a moment by its format.

    Python reads the name of a zone (``%Z``) and forgets it, so that a moment in GMT
    would be one of the endpoint's zone.
    """
    moment = datetime.strptime(text, form)
    if moment.tzinfo is None and "%Z" in form:
        name = time.strptime(text, form).tm_zone
        if name is not None and name.upper() in ("UTC", "GMT"):
            return moment.replace(tzinfo=UTC)
    return moment


def hash_of(value: Any, name: str = "sha1") -> str | None:
    """Return the hash of a text in hex."""
    if _is_none(value):
        return None
    if name not in HASHES:
        raise FilterError(f"no hash of that name; write one of {', '.join(HASHES)}")
    return hashlib.new(name, _bytes(value), usedforsecurity=False).hexdigest()


def hmac_of(value: Any, key: Any, name: str = "sha256") -> str | None:
    """Return the keyed hash of a text in hex."""
    if _is_none(value) or _is_none(key):
        return None
    if name not in HASHES:
        raise FilterError(f"no hash of that name; write one of {', '.join(HASHES)}")
    return hmac_module.new(_bytes(key), _bytes(value), name).hexdigest()


def b64encode(value: Any) -> str | None:
    """Return a text in base64."""
    return None if _is_none(value) else base64.b64encode(_bytes(value)).decode()


def b64decode(value: Any) -> str | None:
    """Return the text that base64 encodes."""
    if _is_none(value):
        return None
    return base64.b64decode(_bytes(value), validate=True).decode()


def from_json(value: Any) -> Any:
    """Return the value of a text of JSON."""
    return None if _is_none(value) else read_json(_text(value))


def to_json(value: Any) -> str | None:
    """Return a value as JSON, without escapes for letters and without blanks."""
    if isinstance(value, Undefined):
        return None
    if isinstance(value, str):
        value = _text(value)
    return json.dumps(plain_value(value), ensure_ascii=False, separators=(",", ":"))


def regex_search(value: Any, pattern: str) -> str | None:
    """Return what matched, or None."""
    if _is_none(value):
        return None
    try:
        match = compiled(pattern).search(_text(value), timeout=MAX_WAIT)
    except TimeoutError:
        raise FilterError("the pattern takes too long") from None
    return None if match is None else str(match[0])


def regex_replace(value: Any, pattern: str, replacement: Any = "") -> str | None:
    """Return a text with all matches replaced; ``\\1`` is a group of the match."""
    if _is_none(value) or _is_none(replacement):
        return None
    text, by, length = _text(value), _text(replacement), 0

    def expand(match: regex.Match[str]) -> str:
        nonlocal length
        text = str(match.expand(by))
        length += len(text)
        if length > MAX_TEXT:
            raise FilterError("the text is too long")
        return text

    try:
        return str(compiled(pattern).sub(expand, text, timeout=MAX_WAIT))
    except TimeoutError:
        raise FilterError("the pattern takes too long") from None


def sorted_query(value: Any) -> str | None:
    """Return a mapping as ``a=1&b=2``, sorted by name, unescaped, without None
    values."""
    if _is_none(value):
        return None
    if not isinstance(value, Mapping):
        raise FilterError("sorted_query takes a mapping")
    params = {str(name): item for name, item in value.items() if not _is_none(item)}
    pairs = (f"{name}={_plain(params[name])}" for name in sorted(params))
    return _text("&".join(pairs))


def compiled(pattern: Any) -> regex.Pattern[str]:
    """Return a compiled pattern. Raises FilterError. The library caches recent ones."""
    if not isinstance(pattern, str) or len(pattern) > MAX_PATTERN:
        raise FilterError(f"a pattern is a text of at most {MAX_PATTERN} characters")
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        raise FilterError(f"no regular expression: {error}") from None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = None if isinstance(value, (list, tuple)) else to_text(value)
    return text if text is not None else to_json(value) or ""


def _is_none(value: Any) -> bool:
    return value is None or isinstance(value, Undefined)


def _text(value: Any) -> str:
    """Return a value as text. Raises FilterError where it is over the size limit."""
    text = value if isinstance(value, str) else to_text(value)
    if text is None:
        raise FilterError("a text is needed here")
    if len(text) > MAX_TEXT or len(text.encode("utf-8", "replace")) > MAX_TEXT:
        raise FilterError("the text is over 64 KB")
    return text


def _bytes(value: Any) -> bytes:
    return _text(value).encode("utf-8", "replace")
