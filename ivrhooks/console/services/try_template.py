"""Evaluates a template over a given or recorded result, for its page and the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ivrhooks.authoring.try_template import (
    CannotTry,
    TryRequest,
    TryResult,
    try_template,
)
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.time_zones import zone
from ivrhooks.config.plan import Plan
from ivrhooks.console.context import ConsoleContext, invalid
from ivrhooks.console.services import inspector
from ivrhooks.console.services.test_request import find_plan
from ivrhooks.languages.catalogue import because
from ivrhooks.sources.interface import FAILED

KEYS = (
    "template",
    "record",
    "endpoint",
    "lookup",
    "inputs",
    "headers",
    "now",
    "request",
    "show_personal",
)
MAX_TEMPLATE = 64 * 1024

_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "bool"),
    (int, "int"),
    (float, "number"),
    (str, "string"),
    (Mapping, "mapping"),
    ((list, tuple), "list"),
)


def evaluate_request(
    context: ConsoleContext, request: Mapping[str, Any]
) -> dict[str, Any]:
    """``{ok, value, type, because, as_int, as_string, read, notes, errors}``. ``value``
    is null for "no value", and ``because`` says why; each of ``errors`` has message,
    line and column, ``read`` the fields that the template reads: name, found, value.

    ``request``: ``{template, record, endpoint}``, and also
    ``lookup`` (whose result it is), ``inputs``, ``headers``, ``now``, or in place of
    ``record`` the id of a recorded data ``request``. Raises ConsoleError."""
    unknown = [key for key in request if key not in KEYS]
    if unknown:
        raise invalid(because("key_unknown", key=unknown[0], known=", ".join(KEYS)))
    merged = dict(request)
    if merged.get("request") is not None:
        shown = merged.get("show_personal") is True
        merged = {
            **recorded(context, _row(merged), show_personal=shown),
            **merged,
        }
    plan = _plan(context, merged)
    try:
        tried = try_template(_try_request(merged, plan), context.configuration(), plan)
    except CannotTry as problem:
        raise invalid(problem.reason) from None
    except ContractError as problem:
        raise invalid(because("of", name="inputs", said=problem.reason)) from None
    return _result_data(tried)


def recorded(
    context: ConsoleContext, row: int, *, show_personal: bool = False
) -> dict[str, Any]:
    """Return ``endpoint``, ``inputs`` and ``record`` of a recorded data request.

    ``record`` has the result of each lookup that was asked, or ``{"fail": …}``. They
    are masked unless ``show_personal``. Raises ConsoleError 404.
    """
    request = inspector.as_request(context, row, show_personal=show_personal)
    results = inspector.results(context, row, show_personal=show_personal)
    record = {
        name: {"fail": status} if status in FAILED else result
        for name, (status, result) in results.items()
    }
    inputs, headers = request["inputs"], request["headers"]
    return {
        "endpoint": request["endpoint"],
        "inputs": inputs,
        "headers": headers,
        "record": record,
    }


def _row(fields: Mapping[str, Any]) -> int:
    row = fields["request"]
    if isinstance(row, bool) or not isinstance(row, int):
        raise invalid(because("request_number"))
    return row


def _plan(context: ConsoleContext, fields: Mapping[str, Any]) -> Plan | None:
    endpoint = fields.get("endpoint") or ""
    if not isinstance(endpoint, str):
        raise invalid(because("endpoint_name"))
    return find_plan(context.configuration(), endpoint) if endpoint else None


def _try_request(fields: Mapping[str, Any], plan: Plan | None) -> TryRequest:
    template, lookup = fields.get("template"), fields.get("lookup") or ""
    if not isinstance(template, str) or not template.strip():
        raise invalid(because("template_text"))
    if len(template) > MAX_TEMPLATE:
        raise invalid(because("template_long"))
    known = (
        [lookup_plan.name for lookup_plan in plan.lookups]
        if plan is not None
        else [lookup]
    )
    if not isinstance(lookup, str) or (lookup and lookup not in known):
        raise invalid(because("one_of_at", key="lookup", values=", ".join(known)))
    for key in ("inputs", "headers"):
        if not isinstance(fields.get(key) or {}, Mapping):
            raise invalid(because("object_of", key=key))
    return TryRequest(
        template,
        fields.get("record"),
        lookup,
        fields.get("inputs") or {},
        fields.get("headers") or {},
        _moment(fields.get("now"), plan),
    )


def _moment(text: Any, plan: Plan | None) -> datetime | None:
    if text is None or text == "":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid(because("now_such_as")) from None
    if moment.tzinfo is None:
        timezone = plan.timezone if plan is not None else "UTC"
        moment = moment.replace(tzinfo=zone(timezone))
    return moment


def _result_data(tried: TryResult) -> dict[str, Any]:
    return {
        "ok": not tried.errors,
        "value": tried.value,
        "type": _type(tried.value),
        "because": tried.because,
        "as_int": tried.as_int,
        "as_string": tried.as_text,
        "read": [
            {"name": field.name, "found": field.found, "value": _json(field.value)}
            for field in tried.read
        ],
        "notes": list(tried.notes),
        "errors": [
            {"message": wrong.message, "line": wrong.line, "column": wrong.column}
            for wrong in tried.errors
        ],
    }


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _type(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "none")
