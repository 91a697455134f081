"""The page Try a template: evaluates a template over a given or recorded result."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from ivrhooks.config.plan import Plan
from ivrhooks.console.context import ConsoleError, invalid
from ivrhooks.console.pages.sources import read_pairs
from ivrhooks.console.pages.view import View, pretty
from ivrhooks.console.services import try_template
from ivrhooks.languages.catalogue import because

FIELDS = ("endpoint", "template", "record", "inputs", "now")


class TryPage:
    """``/_console/try``."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the page."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/try", "try", guarded(self.show))
        add("/try", "evaluate_request", guarded(self.run), methods=["POST"])

    def show(self) -> Response:
        """Show the form for the endpoint, output and data request in the address, all
        optional."""
        row = request.args.get("request", "")
        if row.isascii() and row.isdecimal() and len(row) < 16:
            kept = try_template.recorded(self.view.context, int(row))
            plan = self._plan(str(kept["endpoint"]))
        else:
            plan, row = self._plan(request.args.get("endpoint", "")), ""
            kept = _example(plan)
        form = {
            "endpoint": plan.endpoint if plan is not None else "",
            "template": _template(plan, request.args.get("output", "")),
            "record": pretty(kept["record"]),
            "inputs": "\n".join(f"{k}={v}" for k, v in kept["inputs"].items()),
        }
        return self._draw(form, None, row=row)

    def run(self) -> Response:
        """Evaluate the template and show the result, or why there is none."""
        form = {name: request.form.get(name, "") for name in FIELDS}
        form["template"] = form["template"].replace("\r\n", "\n")
        try:
            return self._draw(form, self._evaluate(form))
        except ConsoleError as problem:
            return self._draw(form, None, problem=problem)

    def _evaluate(self, form: dict[str, str]) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "template": form["template"],
            "record": _record(form["record"]),
            "endpoint": form["endpoint"],
            "inputs": dict(read_pairs(form["inputs"])),
            "now": form["now"],
        }
        return try_template.evaluate_request(self.view.context, fields)

    def _plan(self, endpoint: str) -> Plan | None:
        return self.view.context.configuration().by_name(endpoint)

    def _draw(
        self,
        form: dict[str, str],
        tried: dict[str, Any] | None,
        *,
        row: str = "",
        problem: ConsoleError | None = None,
    ) -> Response:
        plan = self._plan(form["endpoint"])
        rules = plan.outputs if plan is not None else ()
        return self.view.draw(
            "try.html",
            200 if problem is None else problem.status,
            form={**dict.fromkeys(FIELDS, ""), **form},
            plans=list(self.view.context.configuration().plans.values()),
            outputs=[rule.name for rule in rules if rule.value is not None],
            row=row,
            tried=tried,
            marked=_marked_errors(form["template"], tried),
            problem=problem,
        )


def _template(plan: Plan | None, output: str) -> str:
    """Return the template of the named output, else the first that reads a lookup."""
    rules = [rule for rule in plan.outputs if rule.value] if plan is not None else []
    named = [rule for rule in rules if rule.name == output]
    chosen = named or [rule for rule in rules if rule.lookups] or rules
    value = chosen[0].value if chosen else None
    return value.source if value is not None else "{{ customer.vipLevel }}"


def _example(plan: Plan | None) -> dict[str, Any]:
    """Return the results of the first test of an endpoint that has some."""
    for case in plan.tests if plan is not None else ():
        if case.sources:
            return {"record": dict(case.sources), "inputs": dict(case.inputs)}
    return {"record": {"vipLevel": "3"}, "inputs": {}}


def _record(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError) as problem:
        line = getattr(problem, "lineno", 1)
        column = getattr(problem, "colno", 1)
        raise invalid(because("result_no_json", line=line, column=column)) from None


def _marked_errors(template: str, tried: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return each error with its line of the template and the column to mark."""
    lines = template.split("\n")
    return [
        {
            **error,
            "text": lines[error["line"] - 1] if error["line"] <= len(lines) else "",
            "mark": " " * (error["column"] - 1) + "^",
        }
        for error in (tried or {}).get("errors", ())
    ]
