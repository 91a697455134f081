"""The pages of tables: view, change, check and save rows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from ivrhooks.console.context import ConsoleError, invalid
from ivrhooks.console.pages.view import View
from ivrhooks.console.services import tables
from ivrhooks.languages.catalogue import because

ACTIONS = ("check", "save")


class TablePages:
    """``/_console/tables`` and what lies below."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the pages."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/tables", "tables", guarded(self.all))
        add("/tables/<name>", "table", guarded(self.detail))
        change = guarded(self.change)
        add("/tables/<name>", "table_change", change, methods=["POST"])

    def all(self) -> Response:
        """Show every table."""
        return self.view.draw("tables.html", tables=tables.tables(self.view.context))

    def detail(self, name: str) -> Response:
        """Show one table; with ``?version=`` the text of an earlier version."""
        table = tables.table(self.view.context, name)
        number = request.args.get("version", "")
        if number:
            kept = tables.version(self.view.context, name, number)
            table = {**table, "text": kept.text}
        return self._draw(table, version=number)

    def change(self, name: str) -> Response:
        """Check or save what was typed; a refusal keeps it in the form."""
        try:
            return self._change(name)
        except ConsoleError as problem:
            form = request.form
            typed = {key: form.get(key, "") for key in ("text", "state")}
            table = {**tables.table(self.view.context, name), **typed}
            who = form.get("who", "")
            return self._draw(table, problem.status, who=who, problem=problem)

    def _change(self, name: str) -> Response:
        form, context = request.form, self.view.context
        what, text = form.get("what", ""), form.get("text", "")
        if what not in ACTIONS:
            raise invalid(because("check_or_save"))
        who, state = form.get("who", ""), form.get("state", "")
        if what == "check":
            judged = tables.check(context, name, text)
        else:
            judged = tables.save(context, name, text, who=who, state=state)
        table = tables.table(context, name)
        if what == "check":
            table = {**table, "text": text, "state": state}
        return self._draw(table, what=what, judged=judged, who=who)

    def _draw(self, table: dict[str, Any], code: int = 200, **values: Any) -> Response:
        empty = {"what": "", "judged": None, "who": "", "version": "", "problem": None}
        return self.view.draw("table.html", code, table=table, **{**empty, **values})
