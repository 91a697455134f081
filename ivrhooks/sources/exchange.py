"""Builds the HTTP request of an operation from its description and parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.basics.values import to_text
from ivrhooks.sources.interface import (
    Operation,
    Param,
    Query,
    Request,
    SourceSettings,
)

_INT64 = re.compile(r"-?[0-9]{1,19}")
_UNSENDABLE = re.compile("[\r\n\x00]")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_DOT_SEGMENTS = frozenset({".", ".."})


def build_request(
    query: Query, settings: SourceSettings, headers: Sequence[tuple[str, str]]
) -> Request:
    """Return the request of ``query``, with each parameter where its description puts
    it.

    Raises SourceRejected where a value does not have its parameter's type or cannot be
    sent.
    """
    operation = query.operation
    places = _by_place(operation, query.params)
    path = _filled_path(
        settings.paths.get(operation.name, operation.path), places["path"]
    )
    text = _query_text(places["query"])
    body: Any = places["body"] if operation.method in _WITH_BODY else None
    if operation.list_params:
        items = query.params.get("items", ())
        body = _fit_list("items", items, operation.params)
    elif body is not None and operation.body_wrapper:
        body = {operation.body_wrapper: body}
    return Request(
        method=operation.method,
        url=settings.base_url.rstrip("/") + path + (f"?{text}" if text else ""),
        headers=_sent_headers(
            (*operation.headers, *headers), has_body=body is not None
        ),
        body=None if body is None else json_bytes(body),
        repeatable=not operation.write,
    )


def _by_place(
    operation: Operation, params: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return the values by the part of the request that they go to."""
    places: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "body": {}}
    if operation.list_params:
        return places
    values = fit_params(operation.params, params)
    known = {param.name: param.place for param in operation.params}
    for name, value in values.items():
        places[known[name]][name] = value
    if operation.free_params:
        free = "body" if operation.method in _WITH_BODY else "query"
        for name, value in params.items():
            if name not in known and value is not None:
                places[free][name] = value
    return places


def _sent_headers(
    headers: Sequence[tuple[str, str]], *, has_body: bool
) -> tuple[tuple[str, str], ...]:
    sent = [("Accept", "application/json"), *headers]
    if has_body:
        sent.append(("Content-Type", "application/json"))
    for name, value in sent:
        if _UNSENDABLE.search(value):
            raise SourceRejected(f"the header {name} holds a line break or a NUL")
    return tuple(sent)


def _filled_path(template: str, values: Mapping[str, Any]) -> str:
    path = template
    for name, value in values.items():
        text = to_text(value) or ""
        if text in _DOT_SEGMENTS or not text:
            raise SourceRejected(f"this value of {name} cannot be part of a path")
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    return path


def _query_text(values: Mapping[str, Any]) -> str:
    pairs = []
    for name, value in values.items():
        text = quote(to_text(value) or "", safe="", errors="replace")
        pairs.append(f"{quote(name, safe='_')}={text}")
    return "&".join(pairs)


def json_bytes(value: Any) -> bytes:
    """Return ``value`` as a JSON body. Raises SourceRejected where JSON has no such
    value."""
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
    except (TypeError, ValueError, RecursionError) as problem:
        raise SourceRejected(
            f"a parameter cannot be written as JSON: {problem}"
        ) from None
    return text.encode("utf-8", "replace")


# ------------------------------------------------------------------- parameters


def fit_params(params: Sequence[Param], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` converted to the vendor's types, without those that have no
    value.

    Unknown names are left out too; ``check`` has refused them. Raises SourceRejected.
    """
    fitted = {}
    for param in params:
        value = values.get(param.name)
        if value is not None:
            fitted[param.name] = _fit(param, value)
    return fitted


def _fit(param: Param, value: Any) -> Any:
    if param.type == "int":
        return _fit_int(param.name, value)
    if param.type == "string":
        return _fit_string(param.name, value)
    if param.type == "list":
        return _fit_list(param.name, value, param.items, param.of)
    return value


def _fit_int(name: str, value: Any) -> int:
    """Convert without floats: ids may be larger than a float holds exactly."""
    if isinstance(value, str) and _INT64.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise SourceRejected(f"{name} wants a whole number")


def _fit_string(name: str, value: Any) -> str:
    text = str(value) if isinstance(value, str) else to_text(value)
    if text is None:
        raise SourceRejected(f"{name} wants a text")
    return text


def _fit_list(name: str, value: Any, items: Sequence[Param], of: str = "") -> list[Any]:
    """Return a list. One value becomes a list of one; text is split at its commas."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    elif not isinstance(value, (list, tuple)):
        value = [value]
    if not items:
        return [_fit(Param(name, of or "any"), entry) for entry in value]
    fitted = []
    for entry in value:
        if not isinstance(entry, Mapping):
            raise SourceRejected(f"{name} wants a list of objects")
        fitted.append(fit_params(items, entry))
    return fitted
