"""The API test's form: its fields, and the run that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ivrhooks.config.plan import Plan
from ivrhooks.console.context import ConsoleContext
from ivrhooks.console.pages import callers as pages_callers
from ivrhooks.console.pages.callers import EMPTY, as_shown
from ivrhooks.console.services import test_runs as probe
from ivrhooks.console.services.personal import kind_of
from ivrhooks.http.test_runs.test_run import FAULTS, SOURCES


@dataclass(frozen=True, slots=True)
class Form:
    """The form as a page shows it.

    ``fields``: the content by ``i.<input>`` and ``h.<header>``; ``base``: the key of
    the caller it was filled from, "" where typed in; ``now``: the moment to ask at, ""
    for the present; ``asked_at``: the moment of a test that is shown before it is
    written.
    """

    base: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    source: str = "configured"
    fault: str = ""
    deadline_ms: str = ""
    now: str = ""
    show_personal: bool = False
    name: str = ""
    asked_at: str = ""

    @property
    def test(self) -> str:
        """The number of the test that it was filled from, else ""."""
        group, _, number = self.base.partition(".")
        return number if group == "tests" else ""

    @property
    def is_plain(self) -> bool:
        """Whether it asks at the present, as configured, without faults."""
        others = (self.fault, self.deadline_ms, self.now)
        return self.source == "configured" and not any(others)


def form_of_link(
    context: ConsoleContext, plan: Plan, parameters: Mapping[str, str]
) -> Form:
    """Return the form of a link: the caller's values, overridden by those of the
    link."""
    request = probe.read_link(plan.endpoint, parameters)
    base = parameters.get("base", "")
    full = parameters.get("show_personal") == "1"
    start = pages_callers.caller(context, plan, base) if base else None
    fields = start.fields(plan, full=full) if start else {}
    usual, now = "configured", ""
    if start is not None and "source" not in parameters:
        usual, now = start.source or usual, start.now
    for prefix, key in (("i.", "inputs"), ("h.", "headers")):
        for name, value in request[key].items():
            fields[prefix + name] = as_shown(value, full=True)
    return Form(
        base=base if start else "",
        fields=fields,
        source=_one_of(request.get("source"), SOURCES, usual),
        fault=_one_of(request.get("fault"), FAULTS, ""),
        deadline_ms=str(request.get("deadline_ms", "")),
        now=request.get("now", now),
        show_personal=full,
    )


def form_of_caller(
    context: ConsoleContext, plan: Plan, form: Form, key: str
) -> Form | None:
    """Return the form filled with the test caller of ``key``, or None."""
    start = pages_callers.caller(context, plan, key)
    if start is None:
        return None
    kept = "configured" if form.source == "test" else form.source
    return replace(
        form,
        base=key,
        fields=start.fields(plan, full=form.show_personal),
        source=start.source or kept,
        now=start.now,
    )


def form_of_post(form: Mapping[str, str]) -> Form:
    """Return the form as it was sent."""
    return Form(
        base=form.get("base", ""),
        fields={name: text for name, text in form.items() if name[:2] in ("i.", "h.")},
        source=form.get("source", "configured"),
        fault=form.get("fault", ""),
        deadline_ms=form.get("deadline_ms", "").strip(),
        now=form.get("now", "").strip(),
        asked_at=form.get("asked_at", ""),
        show_personal=form.get("show_personal") == "1",
        name=form.get("name", "").strip(),
    )


def request_of(context: ConsoleContext, plan: Plan, form: Form) -> dict[str, Any]:
    """Return the run that the form describes, as ``probe.run_test`` takes it.

    Unreadable values are passed on unchanged, to be refused with a reason.
    """
    start = pages_callers.caller(context, plan, form.base) if form.base else None
    deadline = form.deadline_ms
    request: dict[str, Any] = {
        "endpoint": plan.endpoint,
        "inputs": _values(plan, form.fields, "i.", start.inputs if start else {}),
        "headers": _values(plan, form.fields, "h.", start.headers if start else {}),
        "source": form.source,
        "fault": form.fault,
        "show_personal": form.show_personal,
        "now": form.now,
    }
    if form.source == "test" and form.test:
        request["test"] = int(form.test)
    if deadline:
        number = deadline.isascii() and deadline.isdecimal() and len(deadline) < 10
        request["deadline_ms"] = int(deadline) if number else deadline
    return request


def _values(
    plan: Plan, fields: Mapping[str, str], prefix: str, known: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values of the fields that are sent.

    A field that still shows a caller's value, masked or not, stands for that value.
    """
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
