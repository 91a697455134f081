"""The endpoints as the console shows them, for people and for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import OutputRule, Plan
from ivrhooks.config.sobot_fields import PROBE, SECRET_FIELDS
from ivrhooks.console.context import ConsoleContext
from ivrhooks.console.services.test_request import find_plan

CALLERS = (
    ("13800000001", "vip"),
    ("13800000002", "blacklisted"),
    ("13800000009", "unknown"),
    ("13800000101", "slow"),
    ("13800000102", "drip"),
    ("13800000103", "500"),
    ("13800000104", "bad_json"),
    ("13800000105", "hang"),
    ("13800000106", "reset"),
    ("13800000107", "two_customers"),
    ("anonymous", "withheld"),
)
"""Numbers that nobody has; their last four digits force an outcome of the sandbox."""


def endpoints(context: ConsoleContext) -> dict[str, Any]:
    """Return ``{"endpoints": [{name, path, method, format, description, mode,
    deadline_ms}], "callers": [{tel, label}]}``."""
    plans = context.configuration().plans.values()
    return {
        "endpoints": [_summary(plan) for plan in plans],
        "callers": [{"tel": tel, "label": label} for tel, label in CALLERS],
    }


def endpoint_contract(context: ConsoleContext, name: str) -> dict[str, Any]:
    """Return what ``endpoints`` says of one, and url, used_by, on_invalid,
    strict_format, file, headers, inputs, ``own`` (what the IVR adds), outputs, lookups.

    It never contains the values of secrets. Raises ConsoleError 404.
    """
    plan = find_plan(context.configuration(), name)
    return {
        **_summary(plan),
        "url": context.address().rstrip("/") + plan.path,
        "used_by": list(plan.used_by),
        "on_invalid": plan.on_invalid,
        "strict_format": plan.strict_format,
        "file": Path(plan.file).name,
        "limit_bytes": plan.size_limit,
        "headers": [_parameter(parameter) for parameter in plan.headers],
        "inputs": [_parameter(parameter) for parameter in plan.inputs],
        "own": _vendor_fields(plan),
        "outputs": [_output(rule) for rule in plan.outputs],
        "lookups": [
            {
                "name": lookup.name,
                "links": [
                    {"source": call.source, "operation": call.operation}
                    for call in lookup.calls
                ],
                "when": lookup.when.source if lookup.when is not None else "",
                "waits_for": sorted(lookup.waits_for),
            }
            for lookup in plan.lookups
        ],
    }


def _summary(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.endpoint,
        "path": plan.path,
        "method": plan.method,
        "format": plan.format,
        "description": plan.description,
        "mode": plan.mode,
        "deadline_ms": round(plan.deadline * 1000, 3),
    }


def _vendor_fields(plan: Plan) -> list[dict[str, Any]]:
    """Return the fields that Sobot's IVR adds to a form by itself."""
    if plan.format != "form":
        return []
    declared = {parameter.name for parameter in plan.inputs}
    return [
        {"name": name, "value": value, "secret": name in SECRET_FIELDS}
        for name, value in PROBE.items()
        if name not in declared
    ]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": parameter.type,
        "required": parameter.required or parameter.equals is not None,
        "secret": parameter.secret,
        "equals": parameter.equals is not None,
        "format": parameter.format,
        "default": parameter.default,
        "enum": list(parameter.shown_enum),
        "hidden": sorted(parameter.hidden),
        "min": parameter.min,
        "max": parameter.max,
        "max_length": parameter.max_length,
        "pattern": parameter.shown_pattern or None,
        "help": parameter.help,
    }


def _output(rule: OutputRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "type": rule.type,
        "default": rule.default,
        "optional": rule.optional,
        "map": None if rule.map is None else dict(rule.map),
        "max_length": rule.max_length,
        "template": rule.value.source if rule.value is not None else "",
        "help": rule.help,
    }
