"""Hides secrets in raw bytes before the journal stores them.

Telephone numbers stay, so that a data request can be repeated; pages mask them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import quote

from ivrhooks.basics.people.masking import ALWAYS_SECRET, SECRET

_HIDDEN = SECRET.encode()
_LEAST = 4  # letters; shorter secrets would match ordinary text

_SECRET_NAME = re.compile(
    r"auth|cookie|key|secret|token|passw|signature|x-ivrhooks-test", re.IGNORECASE
)
"""Names of headers whose values are hidden, declared or not."""

_HEADER = re.compile(rb"^([^\s:]+)([ \t]*:[ \t]*)([^\r\n]*)", re.MULTILINE)


def hide_in_head(head: bytes, names: Collection[str], texts: Collection[str]) -> bytes:
    """Return a request line with headers, without secrets.

    ``names``: secret headers in lower case (``x_api_key`` counts as ``x-api-key``);
    ``texts``: secret values.
    """
    line, end, headers = head.partition(b"\n")

    def hidden(match: re.Match[bytes]) -> bytes:
        name = match[1].decode("latin-1").lower().replace("_", "-")
        if name in names or name in ALWAYS_SECRET or _SECRET_NAME.search(name):
            return match[1] + match[2] + (_HIDDEN if match[3].strip() else b"")
        return match[0]

    form = _patterns(frozenset(names))[0]
    shown = form.sub(rb"\1" + _HIDDEN, line) + end + _HEADER.sub(hidden, headers)
    return _without(shown, texts)


def hide_in_body(
    body: bytes, texts: Collection[str], names: Collection[str] = ()
) -> bytes:
    """Return a form, JSON or multipart body without secrets.

    These are the fields that are always secret, the fields ``names`` (in lower case),
    and ``texts``.
    """
    form, in_json, part = _patterns(frozenset(names))
    body = form.sub(rb"\1" + _HIDDEN, body)
    body = in_json.sub(rb'\1"' + _HIDDEN + rb'"', body)
    return _without(part.sub(rb"\1" + _HIDDEN, body), texts)


@lru_cache(maxsize=16)
def _patterns(names: frozenset[str]) -> tuple[re.Pattern[bytes], ...]:
    """Return patterns for the values of secret fields: in forms, JSON and multipart."""
    known = sorted({quote(name, safe="") for name in names} | names | ALWAYS_SECRET)
    fields = b"(?:" + "|".join(map(re.escape, known)).encode() + b")"
    return (
        re.compile(rb"(?i)((?:^|[?&;\s])" + fields + rb"=)[^&;\s]*"),
        re.compile(
            rb'(?is)("' + fields + rb'"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]"]+)'
        ),
        re.compile(
            rb'(?i)(name="?' + fields + rb'"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)'
            rb"[^\r\n]*"
        ),
    )


def _without(data: bytes, texts: Collection[str]) -> bytes:
    for text in texts:
        if len(text) >= _LEAST:
            data = data.replace(text.encode("utf-8", "surrogatepass"), _HIDDEN)
    return data
