"""The API test's form: what stands in its fields, and the run that it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ivrhooks.config.plan import Plan
from ivrhooks.console.context import ConsoleContext
from ivrhooks.console.pages import callers as pages_callers
from ivrhooks.console.pages.callers import EMPTY, as_shown
from ivrhooks.console.services import test_runs as probe
from ivrhooks.console.services.personal import kind_of

SOURCES = ("configured", "sandbox", "mock")
FAULTS = ("hang", "slow", "drip", "reset", "500", "bad_json", "empty")


@dataclass(frozen=True, slots=True)
class Form:
    """The form as a page shows it. ``fields``: ``i.<input>`` and ``h.<header>`` to what
    stands in them; ``base``: the caller they were filled from, "" where typed in."""

    base: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    source: str = "configured"
    fault: str = ""
    deadline_ms: str = ""
    show_personal: bool = False
    name: str = ""


def form_of_link(
    context: ConsoleContext, plan: Plan, parameters: Mapping[str, str]
) -> Form:
    """The form that a link restores: a caller's values, those of the link over them."""
    request = probe.read_link(plan.endpoint, parameters)
    base = parameters.get("base", "")
    full = parameters.get("show_personal") == "1"
    start = pages_callers.caller(context, plan, base) if base else None
    fields = start.fields(plan, full=full) if start else {}
    for prefix, key in (("i.", "inputs"), ("h.", "headers")):
        for name, value in request[key].items():
            fields[prefix + name] = as_shown(value, full=True)
    return Form(
        base=base if start else "",
        fields=fields,
        source=_one_of(request.get("source"), SOURCES, "configured"),
        fault=_one_of(request.get("fault"), FAULTS, ""),
        deadline_ms=str(request.get("deadline_ms", "")),
        show_personal=full,
    )


def form_of_post(form: Mapping[str, str]) -> Form:
    """The form as it was sent."""
    return Form(
        base=form.get("base", ""),
        fields={name: text for name, text in form.items() if name[:2] in ("i.", "h.")},
        source=form.get("source", "configured"),
        fault=form.get("fault", ""),
        deadline_ms=form.get("deadline_ms", "").strip(),
        show_personal=form.get("show_personal") == "1",
        name=form.get("name", "").strip(),
    )


def request_of(context: ConsoleContext, plan: Plan, form: Form) -> dict[str, Any]:
    """The run that the form asks for, as ``probe.run_test`` takes it. What cannot be
    read is handed on as it is, to be refused with a reason."""
    start = pages_callers.caller(context, plan, form.base) if form.base else None
    deadline = form.deadline_ms
    request: dict[str, Any] = {
        "endpoint": plan.endpoint,
        "inputs": _values(plan, form.fields, "i.", start.inputs if start else {}),
        "headers": _values(plan, form.fields, "h.", start.headers if start else {}),
        "source": form.source,
        "fault": form.fault,
        "show_personal": form.show_personal,
    }
    if deadline:
        number = deadline.isascii() and deadline.isdecimal() and len(deadline) < 10
        request["deadline_ms"] = int(deadline) if number else deadline
    return request


def _values(
    plan: Plan, fields: Mapping[str, str], prefix: str, known: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of the fields that are sent. One that still shows a caller's value,
    masked or whole, stands for it."""
    values: dict[str, Any] = {}
    for key, text in fields.items():
        name = key.removeprefix(prefix)
        if not key.startswith(prefix) or text == "":
            continue
        own = known.get(name)
        kind = kind_of(plan, "input" if prefix == "i." else "header", name)
        shown = (as_shown(own, kind), as_shown(own, full=True))
        if own is not None and text in shown:
            values[name] = own
        else:
            values[name] = "" if text == EMPTY else text
    return values


def _one_of(value: Any, known: tuple[str, ...], otherwise: str) -> str:
    return str(value) if value in known else otherwise
