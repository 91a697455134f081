"""The API test: a form made from the contract, a run, and its result."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from ivrhooks.authoring.contract import DeclaredParameter, contract_of
from ivrhooks.config.plan import Plan
from ivrhooks.console.context import ConsoleContext, ConsoleError, invalid
from ivrhooks.console.pages.callers import caller, callers
from ivrhooks.console.pages.form import (
    Form,
    form_of_caller,
    form_of_link,
    form_of_post,
    request_of,
)
from ivrhooks.console.pages.timeline import timeline
from ivrhooks.console.pages.view import View, is_fragment, where
from ivrhooks.console.services import inspector, saved_tests
from ivrhooks.console.services import test_runs as probe
from ivrhooks.http.test_runs.test_run import FAULTS, SOURCES
from ivrhooks.languages.catalogue import because

Outcome = dict[str, Any]


class RunPages:
    """``/_console/``: GET shows the form, POST does what the pressed button says."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.actions: Mapping[str, Callable[[Plan, Form], Outcome]] = {
            "run": self._run,
            "curl": self._curl,
            "link": self._link,
            "preview": self._preview,
            "write": self._write,
        }

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the page."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/", "test", guarded(self.show), methods=["GET"])
        add("/", "act", guarded(self.act), methods=["POST"])

    @property
    def context(self) -> ConsoleContext:
        return self.view.context

    def show(self) -> Response:
        """Show the form, filled as the link says."""
        plan = self._plan(request.args.get("endpoint", ""))
        form = Form() if plan is None else self._form_of_link(plan)
        return self._draw(plan, form, {})

    def act(self) -> Response:
        """Do what the pressed button says; a refusal is shown in place of the
        result."""
        plan = self._plan(request.form.get("endpoint", ""))
        if plan is None:
            raise invalid(because("endpoint_none"))
        form = form_of_post(request.form)
        action = self.actions.get(request.form.get("action", "run"), self._run)
        chosen = request.form.get("caller", "")
        if chosen:
            form, action = self._form_of_caller(plan, form, chosen), self._run
        try:
            outcome, code = action(plan, form), 200
        except ConsoleError as error:
            outcome, code = {"problem": error}, error.status
        if is_fragment():
            return self.view.draw("_outcome.html", code, form=form, **outcome)
        return self._draw(plan, form, outcome, code)

    def _plan(self, name: str) -> Plan | None:
        """Return the endpoint of that name, or the first one. Raises ConsoleError."""
        configuration = self.context.configuration()
        if not name:
            return next(iter(configuration.plans.values()), None)
        plan = configuration.by_name(name)
        if plan is None:
            raise ConsoleError(404, "unknown_endpoint", because("endpoint_unknown"))
        return plan

    def _form_of_link(self, plan: Plan) -> Form:
        return form_of_link(self.context, plan, request.args)

    def _form_of_caller(self, plan: Plan, form: Form, key: str) -> Form:
        """Return the form filled with a test caller. Raises ConsoleError."""
        filled = form_of_caller(self.context, plan, form, key)
        if filled is None:
            raise invalid(because("caller_unknown"))
        return filled

    def _draw(
        self, plan: Plan | None, form: Form, outcome: Outcome, code: int = 200
    ) -> Response:
        values: dict[str, Any] = {"sources": SOURCES, "faults": FAULTS}
        if plan is not None:
            contract = contract_of(plan, self.context.address())
            values["contract"] = contract
            values["first"] = first_of(contract.parameters)
            values["callers"] = callers(self.context, plan)
        plans = self.context.configuration().plans.values()
        return self.view.draw(
            "test.html", code, plans=plans, plan=plan, form=form, **values, **outcome
        )

    # ------------------------------------------------------------------- the buttons

    def _run(self, plan: Plan, form: Form) -> Outcome:
        run = probe.run_test(self.context, request_of(self.context, plan, form))
        return run_outcome(run)

    def _curl(self, plan: Plan, form: Form) -> Outcome:
        request = request_of(self.context, plan, form)
        return {"kind": "curl", "text": probe.curl(self.context, request)}

    def _link(self, plan: Plan, form: Form) -> Outcome:
        request = request_of(self.context, plan, form)
        base = form.base or self._journal_id(plan, request)
        parameters = {
            "endpoint": plan.endpoint,
            **probe.link(self.context, request),
            **({"base": base, "source": form.source} if base else {}),
            **({"show_personal": "1"} if form.show_personal else {}),
        }
        address = self.context.address().rstrip("/")
        return {"kind": "link", "text": address + where("test", **parameters)}

    def _journal_id(self, plan: Plan, run_request: Mapping[str, Any]) -> str:
        """Return the journal's id of the run that is shown, or "".

        A link to it restores personal values without containing them. There is none if
        the form has changed since the run.
        """
        request_id = request.form.get("kept", "")
        if not request_id or self.context.journal() is None:
            return ""
        rows = inspector.recent(self.context, q=request_id, limit=1)["requests"]
        key = f"again.{rows[0]['id']}" if rows else ""
        start = caller(self.context, plan, key) if key else None
        if start is None:
            return ""
        same = all(
            str(value) == str(start.inputs.get(name))
            for name, value in run_request["inputs"].items()
        )
        return key if same else ""

    def _preview(self, plan: Plan, form: Form) -> Outcome:
        return self._save(plan, form, write=False)

    def _write(self, plan: Plan, form: Form) -> Outcome:
        """Write the test that was shown; if the form has changed since, show it
        again."""
        form = replace(form, now=form.now or form.asked_at)
        shown = self._save(plan, form, write=False)
        if request.form.get("shown") != shown["digest"]:
            return {**shown, "changed": True}
        return self._save(plan, form, write=True)

    def _save(self, plan: Plan, form: Form, *, write: bool) -> Outcome:
        request = request_of(self.context, plan, form)
        if form.name:
            request["name"] = form.name
        saved = saved_tests.save(self.context, plan.endpoint, request, write=write)
        digest = hashlib.sha256(saved["yaml"].encode()).hexdigest()
        return {"kind": "saved", "saved": saved, "digest": digest}


def first_of(parameters: Sequence[DeclaredParameter]) -> DeclaredParameter | None:
    """Return the parameter beside Run: the caller's number, else the first one."""
    phones = (parameter for parameter in parameters if parameter.format == "phone")
    return next(phones, parameters[0] if parameters else None)


def run_outcome(run: Mapping[str, Any]) -> Outcome:
    """Return what the templates need to show a run."""
    result, answer = run["result"], run["answer"]
    return {
        "kind": "run",
        "result": result,
        "answer": answer,
        "detail": run["detail"],
        "line": timeline(result["operations"], answer["deadline_ms"]),
    }
