"""One question to one source, for the page Sources and the API."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ivrhooks.authoring.ask import Answer, CannotAsk, ask, query_of
from ivrhooks.console.context import ConsoleContext, ConsoleError

KEYS = ("source", "operation", "params", "path", "query")


def ask_source(context: ConsoleContext, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What ``ivrhooks ask --json`` prints. Raises ConsoleError."""
    return put_question(context, wanted).shown()


def put_question(context: ConsoleContext, wanted: Mapping[str, Any]) -> Answer:
    """Asks, in a loop of its own beside those who are answered. Raises ConsoleError."""
    unknown = [key for key in wanted if key not in KEYS]
    if unknown:
        raise _invalid(f"unknown key {unknown[0]}; known: {', '.join(KEYS)}")
    known = context.configuration().sources
    source = wanted.get("source")
    if not isinstance(source, str) or source not in known:
        listed = ", ".join(known)
        message = f"there is no source {source}; known: {listed}"
        raise ConsoleError(404, "not_found", message)
    for key in ("params", "query"):
        if not isinstance(wanted.get(key) or {}, Mapping):
            raise _invalid(f"{key}: send an object")
    try:
        query = query_of(
            known[source],
            _text(wanted, "operation"),
            wanted.get("params") or {},
            path=_text(wanted, "path"),
            query=wanted.get("query") or {},
        )
    except CannotAsk as problem:
        raise _invalid(str(problem)) from None
    return asyncio.run(ask(known[source], query))


def _text(wanted: Mapping[str, Any], key: str) -> str | None:
    value = wanted.get(key)
    if value is not None and not isinstance(value, str):
        raise _invalid(f"{key}: send a text")
    return value or None


def _invalid(message: str) -> ConsoleError:
    return ConsoleError(400, "invalid_request", message)
