"""The outbox's pages: actions, why they are not delivered, and what to do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request

from ivrhooks.actions.interface import STATES, Filter
from ivrhooks.console.context import invalid
from ivrhooks.console.pages.view import View, where
from ivrhooks.console.services import outbox
from ivrhooks.languages.catalogue import because

ROWS = 100


class OutboxPages:
    """``/_console/outbox`` and what lies below."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the pages."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/outbox", "outbox", guarded(self.recent))
        change = guarded(self.change)
        add("/outbox/change", "outbox_change", change, methods=["POST"])
        add("/outbox/<name>", "outbox_action", guarded(self.detail))

    def recent(self) -> Response:
        """Show the newest actions that match the filter."""
        chosen = {
            "state": request.args.get("state", ""),
            "source": request.args.get("source", ""),
        }
        context = self.view.context
        page = outbox.recent(context, limit=ROWS, **chosen)
        return self.view.draw(
            "outbox.html",
            found=page,
            chosen=chosen,
            states=STATES,
            sources=sorted(context.configuration().sources),
            changes=[
                name
                for name, states in outbox.CHANGES.items()
                if not chosen["state"] or chosen["state"] in states
            ],
            changed=request.args.get("changed", ""),
            rows=ROWS,
        )

    def detail(self, name: str) -> Response:
        """Show one action with its request."""
        entry = outbox.entry(self.view.context, name)
        changes = [
            k for k, states in outbox.CHANGES.items() if entry["state"] in states
        ]
        return self.view.draw("outbox_action.html", entry=entry, changes=changes)

    def change(self) -> Response:
        """Retry or drop actions; several are confirmed first."""
        form = request.form
        what = form.get("what", "")
        if what not in outbox.CHANGES:
            raise invalid(because("retry_or_drop"))
        chosen = _chosen(what)
        many = not chosen.ids or len(chosen.ids) > 1
        if many and form.get("sure") != "1":
            count = outbox.count(self.view.context, chosen)
            return self.view.draw(
                "outbox_sure.html", what=what, chosen=chosen, count=count
            )
        done: Any = outbox.change(self.view.context, what, chosen)["changed"]
        back = where("outbox", state=chosen.state, source=chosen.source, changed=done)
        return _see_other(back)


def _chosen(what: str) -> Filter:
    ids = request.form.getlist("ids")
    selection: dict[str, Any] = {"ids": ids} if ids else {"all": True}
    selection |= {
        "state": request.form.get("state", ""),
        "source": request.form.get("source", ""),
    }
    return outbox.read_filter(what, selection)


def _see_other(address: str) -> Response:
    response: Response = redirect(address, 303)  # type: ignore[assignment]
    return response
