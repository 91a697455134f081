"""Builds the HTTP request that ``request:`` describes, without token and signature.

What is the same for each request (the source's headers and query) is built once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.basics.frozen import frozen
from ivrhooks.basics.values import to_text
from ivrhooks.sources.exchange import json_bytes
from ivrhooks.sources.http.operations import METHODS
from ivrhooks.sources.interface import Request

READS = frozenset({"GET", "HEAD"})
TEXT = "text/plain; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

Pairs = tuple[tuple[str, str], ...]

MAX_ADDRESSES = 100  # cached addresses: paths as the configuration has them

_PLAIN = frozenset({"method", "path", "query"})
_METHODS = frozenset(METHODS)
_DOT_SEGMENT = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:[/?]|$)", re.IGNORECASE)
_UNSENDABLE = re.compile("[\r\n\x00]")


@frozen
class PartedRequest(Request):
    """A request that is still in parts, to which each try can add its own.

    ``address``: the URL without query; ``query``: its parameters as sent, unescaped;
    ``form`` and ``json``: those of the body, where it has that type.
    """

    address: str = ""
    query: Pairs = ()
    form: Pairs | None = None
    json: Any = field(default=None, repr=False)


class RequestBuilder:
    """Builds the requests of one source.

    ``headers`` and ``query`` go with each request, which may override them. ``parted``:
    each try adds something, so requests stay in parts.
    """

    def __init__(
        self, base_url: str, headers: Pairs, query: Mapping[str, str], *, parted: bool
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = headers
        self._query = query
        self._query_text = query_text(tuple(query.items()))
        self._parted = parted
        self._is_plain = not parted and not query
        self._addresses: dict[str, str] = {}

    def build(self, params: Mapping[str, Any]) -> Request:
        """Return the request. Raises SourceRejected where a value cannot be sent."""
        if self._is_plain and params.keys() == _PLAIN and params["method"] == "GET":
            return self._build_plain(params["path"], params["query"])
        method = params.get("method") or "GET"
        if method not in _METHODS:
            method = str(method).upper()
            if method not in _METHODS:
                raise SourceRejected(f"{method[:20]!r} is no HTTP method of a request")
        body, label, form = _body(params)
        headers = self._headers
        if label:
            headers = over(headers, (("Content-Type", label),))
        if own_headers := params.get("headers"):
            headers = over(headers, _checked(tuple(pairs_of(own_headers))))
        address = self._base_url + _path(params.get("path"))
        repeatable = method in READS or params.get("idempotent") is True
        if not self._parted:
            url = self._url(address, params.get("query"))
            return Request(method, url, headers, body, repeatable)
        query = tuple(pairs_of({**self._query, **(params.get("query") or {})}))
        return PartedRequest(
            method,
            with_query(address, query),
            headers,
            body,
            repeatable,
            address,
            query,
            form,
            params.get("json"),
        )

    def _build_plain(self, path: Any, query: Mapping[str, Any] | None) -> Request:
        """Return the common request: a path and a query, nothing else."""
        address = self._addresses.get(path)
        if address is None:
            address = self._base_url + _path(path)
            if len(self._addresses) < MAX_ADDRESSES:
                self._addresses[path] = address
        sign = "&" if "?" in address else "?"
        for name, value in (query or {}).items():
            if type(value) is str:
                plain = value.isalnum() and value.isascii()
                text = f"{_name(name)}={value if plain else _quoted(value)}"
            else:
                text = query_text(pairs_of({name: value}))
            if text:
                address = f"{address}{sign}{text}"
                sign = "&"
        return Request("GET", address, self._headers)

    def _url(self, address: str, query: Mapping[str, Any] | None) -> str:
        if not query:
            text = self._query_text
        elif self._query:
            text = query_text(tuple(pairs_of({**self._query, **query})))
        else:
            text = query_text(pairs_of(query))
        if not text:
            return address
        return f"{address}{'&' if '?' in address else '?'}{text}"


def with_query(address: str, pairs: Pairs) -> str:
    """Return ``address`` with a query of these parameters."""
    text = query_text(pairs)
    return f"{address}{'&' if '?' in address else '?'}{text}" if text else address


def query_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Return parameters as a query string."""
    return "&".join([f"{_name(name)}={_quoted(value)}" for name, value in pairs])


def form_bytes(pairs: Pairs) -> bytes:
    """Return parameters as the body of a form."""
    return urlencode(pairs, errors="replace").encode("ascii")


def over(defaults: Pairs, pairs: Pairs) -> Pairs:
    """Return the given pairs after the defaults that they do not override."""
    names = {name.lower() for name, _ in pairs}
    return (*(pair for pair in defaults if pair[0].lower() not in names), *pairs)


def pairs_of(values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield names and texts. A list repeats its name; None is left out."""
    for name, value in values.items():
        if type(value) is str:
            yield name, value
            continue
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if item is not None:
                yield str(name), text_of(item)


def text_of(value: Any) -> str:
    """Return a value as JSON writes it, text without quotes: APIs take ``true``, not
    ``1``."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Mapping, list, tuple)):
        return json_bytes(value).decode()
    return to_text(value) or str(value)


def _path(path: Any) -> str:
    """Return a path that stays below the base URL, which has no slash at its end.

    A value can neither climb out of it nor name another host.
    """
    text = str(path or "")
    if text and not text.startswith(("/", "?")):
        text = "/" + text
    if ("." in text or "%" in text) and _DOT_SEGMENT.search(text):
        raise SourceRejected("a part of the path is . or ..")
    return text


def _quoted(text: str) -> str:
    if text.isalnum() and text.isascii():
        return text
    return quote(text, safe="", errors="replace")


@lru_cache(maxsize=1024)
def _name(text: str) -> str:
    return _quoted(text)


def _checked(pairs: Pairs) -> Pairs:
    for name, value in pairs:
        if _UNSENDABLE.search(value):
            raise SourceRejected(f"the header {name} holds a line break or a NUL")
    return pairs


def _body(params: Mapping[str, Any]) -> tuple[bytes | None, str, Pairs | None]:
    """Return the body, its label, and its parameters where it is a form."""
    if params.get("json") is not None:
        return json_bytes(params["json"]), JSON, None
    if params.get("form") is not None:
        pairs = tuple(pairs_of(params["form"]))
        return form_bytes(pairs), FORM, pairs
    if params.get("body") is not None:
        label = str(params.get("content_type") or TEXT)
        return text_of(params["body"]).encode("utf-8", "replace"), label, None
    return None, "", None
