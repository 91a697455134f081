"""Sends one query to one source, for the page Sources and the API."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ivrhooks.authoring.ask import Answer, CannotAsk, ask, query_of
from ivrhooks.console.context import ConsoleContext, ConsoleError, invalid
from ivrhooks.languages.catalogue import because

KEYS = ("source", "operation", "params", "path", "query")


def ask_source(context: ConsoleContext, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``ask --json`` prints. Raises ConsoleError."""
    return send_query(context, fields).shown()


def send_query(context: ConsoleContext, fields: Mapping[str, Any]) -> Answer:
    """Send the query in an event loop of its own. Raises ConsoleError."""
    unknown = [key for key in fields if key not in KEYS]
    if unknown:
        raise invalid(because("key_unknown", key=unknown[0], known=", ".join(KEYS)))
    known = context.configuration().sources
    source = fields.get("source")
    if not isinstance(source, str) or source not in known:
        listed = ", ".join(known)
        reason = because("source_unknown", name=str(source), known=listed)
        raise ConsoleError(404, "not_found", reason)
    for key in ("params", "query"):
        if not isinstance(fields.get(key) or {}, Mapping):
            raise invalid(because("object_of", key=key))
    try:
        query = query_of(
            known[source],
            _text(fields, "operation"),
            fields.get("params") or {},
            path=_text(fields, "path"),
            query=fields.get("query") or {},
        )
    except CannotAsk as problem:
        raise invalid(problem.reason) from None
    return asyncio.run(ask(known[source], query))


def _text(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise invalid(because("text_of", key=key))
    return value or None
