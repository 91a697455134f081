"""Recent data requests: the list that follows live traffic, and each one in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from ivrhooks.basics.masking import mask_text
from ivrhooks.console.pages.run import run_outcome
from ivrhooks.console.pages.timeline import timeline
from ivrhooks.console.pages.view import View, is_fragment
from ivrhooks.console.services import inspector, replays

ROWS = 100
"""Data requests that the page shows at most."""

FILTERS = ("refused", "degraded", "200", "4xx", "5xx")


class RequestPages:
    """``/_console/requests`` and what lies below."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Adds the pages."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/requests", "requests", guarded(self.recent))
        add("/requests", "search", guarded(self.search), methods=["POST"])
        add("/requests/<int:row>", "request", guarded(self.one))
        again = guarded(self.again)
        add("/requests/<int:row>/again", "again", again, methods=["POST"])

    def recent(self) -> Response:
        """The newest ones; a script that knows some already gets those after them,
        and 204 where there are none."""
        after = _number("after")
        chosen = {
            "endpoint": request.args.get("endpoint", ""),
            "status": request.args.get("status", ""),
        }
        found = inspector.recent(
            self.view.context,
            after=after,
            before=_number("before"),
            limit=ROWS,
            **chosen,
        )
        if is_fragment():
            if not found["requests"]:
                return Response(status=204)
            return self.view.draw("_rows.html", found=found)
        return self._list(found, chosen=chosen, older=_number("before") > 0)

    def search(self) -> Response:
        """The data requests of a caller. A POST: what was searched for stands neither
        in the page's address nor in the browser's history."""
        searched = request.form.get("q", "").strip()
        found = inspector.recent(self.view.context, q=searched, limit=ROWS)
        return self._list(found, searched=mask_text(searched))

    def _list(self, found: Mapping[str, Any], **more: Any) -> Response:
        shown: dict[str, Any] = {"chosen": {}, "older": False, **more}
        plans = self.view.context.configuration().plans.values()
        return self.view.draw(
            "requests.html",
            found=found,
            filters=FILTERS,
            rows=ROWS,
            plans=plans,
            **shown,
        )

    def one(self, row: int) -> Response:
        """One data request: what was sent, where its values came from, its steps."""
        return self.view.draw("request.html", **self._entry(row))

    def again(self, row: int) -> Response:
        """The same once more, beside what it was."""
        run = inspector.run_again(self.view.context, row, {})
        outcome = run_outcome(run)
        if is_fragment():
            return self.view.draw("_outcome.html", **outcome)
        return self.view.draw("again.html", row=row, **outcome)

    def _entry(self, row: int) -> dict[str, Any]:
        entry = inspector.entry(self.view.context, row)
        trace = entry.get("trace")
        plan = self.view.context.configuration().by_name(entry["endpoint"])
        line = timeline(trace["operations"], entry["deadline_ms"]) if trace else None
        folders = replays.folders(self.view.context) if trace else []
        return {
            "entry": entry,
            "trace": trace,
            "line": line,
            "plan": plan,
            "folders": folders,
        }


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
