"""Recent data requests: what the IVR sent, what it got and why; and repeating them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from ivrhooks.basics.people.masking import ALWAYS_SECRET, SECRET
from ivrhooks.config.plan import Plan
from ivrhooks.console.context import ConsoleContext, ConsoleError, invalid
from ivrhooks.console.services.personal import (
    masked_body,
    masked_head,
    masked_values,
)
from ivrhooks.console.services.test_request import KEYS
from ivrhooks.console.services.test_runs import run_test
from ivrhooks.journal.entry import MAX_BODY, EntryFilter
from ivrhooks.languages.catalogue import because
from ivrhooks.observe.shown_requests import shown_request
from ivrhooks.store.people import Person

if TYPE_CHECKING:
    from ivrhooks.journal.query import Journal

MAX_ROWS = 200


def recent(
    context: ConsoleContext,
    *,
    after: int = 0,
    before: int = 0,
    endpoint: str = "",
    status: str = "",
    caller: str = "",
    q: str = "",
    limit: int = 100,
    tests: bool = True,
) -> dict[str, Any]:
    """Return ``{"requests": [row, …], "last", "dropped", "through"}``, newest first.

    ``caller``: a number in any notation, an e-mail address or an id. ``q``: one of
    these, the last digits of a number, the id of a data request, an endpoint's name, or
    any text that was sent or answered. ``tests``: include data requests of the console.

    A row has id, at (ISO 8601), request_id, endpoint, server_kind, method, path,
    status, ms, peer, code, reason, warnings, degraded, defaults, config, test, callers.
    ``last``: the highest id among them, else ``after``. ``dropped``: entries that the
    journal could not store. ``through``: how many of the newest entries a text search
    has read, else 0.
    """
    configuration, searched = context.configuration(), q.strip()
    if searched and configuration.by_name(searched) is not None:
        endpoint, searched = searched, ""
    who = caller.strip()
    chosen = EntryFilter(
        after=after,
        before=before,
        endpoint=endpoint,
        status=status,
        caller=Person(who, configuration.region) if who else None,
        tests=tests,
    )
    limit, journal, through = max(1, min(limit, MAX_ROWS)), _journal(context), 0
    if searched and not who:
        from ivrhooks.journal.search import search  # loads SQLAlchemy

        hits = search(journal, chosen, searched, configuration.region, limit)
        rows, through = hits.rows, hits.through
    else:
        rows = journal.recent(chosen, limit=limit)
    return {
        "requests": [shown_request(row) for row in rows],
        "through": through,
        "last": max((row["id"] for row in rows), default=after),
        "dropped": sum(int(worker.get("dropped", 0)) for worker in context.workers()),
    }


def entry(
    context: ConsoleContext, row_id: int, *, show_personal: bool = False
) -> dict[str, Any]:
    """Return a row with ``raw`` (``head``, ``body``, ``cut``, ``bytes``), ``trace``
    (the object of the API test; None where no endpoint was reached), ``detail`` (for
    each output raw, map, default, template, age_s, lookups), ``deadline_ms`` and
    ``again``: whether it can be repeated.

    A trace is stored masked; ``show_personal`` shows what was sent in full. Raises
    ConsoleError 404.
    """
    row = _entry(context, row_id)
    plan = context.configuration().by_name(row["endpoint"])
    shown = shown_request(row)
    head, body = _text(row["head"]), _text(row["body"])
    shown["raw"] = {
        "head": head if show_personal else masked_head(plan, head),
        "body": body if show_personal else masked_body(plan, body),
        "cut": row["body_bytes"] > MAX_BODY,
        "bytes": row["body_bytes"],
    }
    shown["trace"] = row["trace"]
    shown["detail"] = row["detail"]
    shown["deadline_ms"] = row["deadline_ms"] or None
    shown["again"] = plan is not None
    return shown


def as_request(
    context: ConsoleContext, row_id: int, *, show_personal: bool = False
) -> dict[str, Any]:
    """Return an entry as a request for ``run_test``, to be changed and repeated.

    Secret headers are left out: the configuration fills them in. Raises ConsoleError.
    """
    return _shown_request(
        context, _restore_request(context, row_id), show_personal=show_personal
    )


def results(
    context: ConsoleContext, row_id: int, *, show_personal: bool = False
) -> dict[str, tuple[str, Any]]:
    """Return the status and result of each lookup of a data request.

    They are masked unless ``show_personal``. Raises ConsoleError 404.
    """
    row = _entry(context, row_id)
    steps = (row["trace"] or {}).get("operations", ())
    records = {
        step["name"].partition(" ")[0]: (step["status"], step["result"])
        for step in steps
        if step.get("status") not in (None, "skipped")
    }
    if not show_personal:
        return records
    whole = {
        answer["lookup"]: answer["record"]
        for answer in row["answers"]
        if answer["status"] == records.get(answer["lookup"], ("",))[0]
        and not answer.get("cut")
    }
    return {
        name: (status, whole.get(name, result))
        for name, (status, result) in records.items()
    }


def run_again(
    context: ConsoleContext, row_id: int, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Repeat an entry with ``changes``: keys of ``run_test``, of inputs and headers
    those that differ. A masked value that comes back unchanged is sent as it was
    received.

    Returns what ``run_test`` returns.
    """
    if not isinstance(changes, Mapping):
        raise invalid(because("object_changes"))
    request = _restore_request(context, row_id)
    shown = _shown_request(context, request, show_personal=False)
    for key, value in changes.items():
        if key in ("inputs", "headers") and isinstance(value, Mapping):
            kept = {
                name: request[key][name]
                if name in request[key] and text == shown[key].get(name)
                else text
                for name, text in value.items()
            }
            request[key] = {**request[key], **kept}
        elif key in KEYS:
            request[key] = value
        else:
            raise invalid(because("key_unknown_test", key=repr(key)))
    return run_test(context, request)


def _journal(context: ConsoleContext) -> Journal:
    journal = context.journal()
    if journal is None:
        raise ConsoleError(404, "not_found", because("journal_off"))
    return journal


def _entry(context: ConsoleContext, row_id: int) -> dict[str, Any]:
    from sqlalchemy.exc import SQLAlchemyError  # already imported by the journal

    try:
        row = _journal(context).entry(row_id)
    except (SQLAlchemyError, OverflowError) as problem:
        raise ConsoleError(404, "not_found", because("journal_unreadable")) from problem
    if row is None:
        raise ConsoleError(404, "not_found", because("journal_entry_gone"))
    return row


def _text(data: bytes) -> str:
    """Return bytes as a page may show them."""
    if b"\0" in data:
        return f"({len(data)} bytes that are no text)"
    return data.decode("utf-8", "replace")


# ------------------------------------------------------------------- once more


def _restore_request(context: ConsoleContext, row_id: int) -> dict[str, Any]:
    """Return what was sent, as a request for ``run_test``."""
    row = _entry(context, row_id)
    plan = context.configuration().by_name(row["endpoint"])
    if plan is None:
        raise invalid(because("endpoint_past"))
    lines = row["head"].decode("utf-8", "replace").splitlines()
    target = lines[0].split(" ")[1] if lines and lines[0].count(" ") > 1 else ""
    fields = _fields(row["body"], target.partition("?")[2])
    secret = ALWAYS_SECRET | {"m", "source", "robotno", "docid"}
    declared = {parameter.name for parameter in plan.inputs}
    inputs = {
        name: value
        for name, value in fields.items()
        if name in declared or name.lower() not in secret
    }
    return {
        "endpoint": plan.endpoint,
        "inputs": inputs,
        "headers": _headers(plan, lines[1:]),
    }


def _fields(body: bytes, query: str) -> dict[str, Any]:
    """Return the fields of a form, a query string or a JSON object."""
    fields: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    text = body.strip()
    if text[:1] == b"{":
        try:
            return {**fields, **orjson.loads(text)}
        except ValueError:
            return fields
    return {
        **fields,
        **dict(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True)),
    }


def _headers(plan: Plan, lines: list[str]) -> dict[str, str]:
    """Return the declared headers that were sent and are not secret."""
    declared = {parameter.name.lower(): parameter.name for parameter in plan.headers}
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        known = declared.get(name.strip().lower())
        if known is not None and value.strip() != SECRET:
            headers[known] = value.strip()
    return headers


def _shown_request(
    context: ConsoleContext, request: Mapping[str, Any], *, show_personal: bool
) -> dict[str, Any]:
    plan = context.configuration().by_name(request["endpoint"])
    if show_personal or plan is None:
        return dict(request)
    return {
        **request,
        "inputs": masked_values(plan, "input", request["inputs"]),
        "headers": masked_values(plan, "header", request["headers"]),
    }
