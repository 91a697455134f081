"""Reads what a caller sends to the imitated Bangwo8: who it is, arguments, a body."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import request
from werkzeug.datastructures import Authorization

from ivrhooks.basics.strict_json import read_json
from ivrhooks.sources.bangwo8.sandbox.companies import RefusedError

PAIRS = (("account", "password"), ("secret_id", "secret"))
"""An agent's account, and an OAuth2 client; the data file may have either or both."""


def arguments() -> dict[str, str]:
    """Return the query string; of a repeated name the last counts."""
    return {name: values[-1] for name, values in request.args.lists()}


def json_body() -> Any:
    """Return the body as JSON, whatever its label. Raises RefusedError."""
    try:
        return read_json(request.get_data())
    except ValueError as problem:
        raise RefusedError(f"the body is no JSON: {problem}") from None


def authorization() -> Authorization | None:
    """Return the credentials; None where there are none, or the header has letters
    outside ASCII (Werkzeug raises ValueError)."""
    try:
        return request.authorization
    except ValueError:
        return None


def wants_json() -> bool:
    """Return whether the caller accepts JSON rather than a page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )


def linked(url: str, values: Mapping[str, str]) -> str:
    """Return an address with its query percent-encoded, blanks as %20."""
    return url + "?" + urlencode(values, quote_via=quote)


def takes(demanded: Mapping[str, str] | None, name: str, secret: str) -> bool:
    """Return whether a pair is one of the demanded ones; without any, every pair is
    accepted."""
    if demanded is None:
        return True
    return any(
        _same(name, demanded[first]) and _same(secret, demanded.get(second, ""))
        for first, second in PAIRS
        if first in demanded
    )


def _same(sent: str, demanded: str) -> bool:
    return hmac.compare_digest(sent.encode(), demanded.encode())
