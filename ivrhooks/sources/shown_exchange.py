"""An exchange with a customer system as a person may see it, without its secrets.

Personal data is masked separately (``basics/people/personal_exchange.py``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from ivrhooks.basics.people.masking import SECRET
from ivrhooks.basics.strict_json import decode_text
from ivrhooks.sources.interface import Request, Response

_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"}
)
_LOGIN = re.compile(r"^((?:[a-z]+:)?//)[^/?#\s]*@", re.IGNORECASE)
"""User and password of an address (``Location``)."""


def shown_request(request: Request, secrets: Sequence[str]) -> dict[str, Any]:
    """Return ``{method, url, headers, body}``."""
    body = (request.body or b"").decode("utf-8", "replace")
    return {
        "method": request.method,
        "url": _LOGIN.sub(r"\1", hidden(request.url, secrets)),
        "headers": _headers(request.headers, secrets),
        "body": hidden(body, secrets) if request.body is not None else None,
    }


def shown_response(
    response: Response, secrets: Sequence[str], most: int | None = None
) -> dict[str, Any]:
    """Return ``{status, headers, body}``. ``most``: letters of the body."""
    label = response.headers.get("content-type", "")
    text = decode_text(response.body, label)[:most]
    return {
        "status": response.status,
        "headers": _headers(tuple(response.headers.items()), secrets),
        "body": hidden(text, secrets),
    }


def passwords_in(response: Response, names: Collection[str]) -> list[str]:
    """Return the values of the fields ``names``, which hold passwords in clear text."""
    if not names:
        return []
    try:
        return _values(orjson.loads(response.body), names)
    except ValueError:
        return []


def hidden(text: str, secrets: Sequence[str]) -> str:
    """Return ``text`` with each of ``secrets`` replaced. Very short ones stay."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) > 2:
            text = text.replace(secret, SECRET)
    return text


def shown_record(value: Any, secrets: Sequence[str]) -> Any:
    """Return a record with the secrets replaced in all its texts."""
    if isinstance(value, str):
        return hidden(value, secrets)
    if isinstance(value, Mapping):
        return {name: shown_record(item, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [shown_record(item, secrets) for item in value]
    return value


def _headers(
    pairs: Sequence[tuple[str, str]], secrets: Sequence[str]
) -> dict[str, str]:
    return {
        name: SECRET
        if name.lower() in _SECRET_HEADERS
        else _LOGIN.sub(rf"\1{SECRET}@", hidden(value, secrets))
        for name, value in pairs
    }


def _values(value: Any, names: Collection[str]) -> list[str]:
    values: list[str] = []
    level = [value]
    while level:
        node = level.pop()
        if isinstance(node, Mapping):
            values += [str(node[name]) for name in names if node.get(name)]
            level += node.values()
        elif isinstance(node, list):
            level += node
    return values
