"""The pages of recent data requests: a list that follows live traffic, and details."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request

from ivrhooks.authoring.examples import example_curl
from ivrhooks.authoring.shell import Blanks
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.config.plan import Plan
from ivrhooks.console.pages.run import run_outcome
from ivrhooks.console.pages.timeline import timeline
from ivrhooks.console.pages.view import View, is_fragment, where
from ivrhooks.console.services import inspector, replays

ROWS = 100
"""The most data requests that the page shows."""

FILTERS = ("refused", "degraded", "200", "4xx", "5xx")

NO = "no"
"""Value of ``tests`` that hides the console's own data requests."""


class RequestPages:
    """``/_console/requests`` and what lies below."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the pages."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/requests", "requests", guarded(self.recent))
        add("/requests", "search", guarded(self.search), methods=["POST"])
        add("/requests/<int:row>", "request", guarded(self.detail))
        again = guarded(self.again)
        add("/requests/<int:row>/again", "again", again, methods=["POST"])

    def recent(self) -> Response:
        """Show the newest data requests.

        A script that has some already gets the newer ones, or 204 where there are none.
        """
        chosen = _chosen(request.args)
        page = inspector.recent(
            self.view.context,
            after=_number("after"),
            before=_number("before"),
            limit=ROWS,
            endpoint=chosen["endpoint"],
            status=chosen["status"],
            tests=chosen["tests"] != NO,
        )
        if is_fragment():
            if not page["requests"]:
                return Response(status=204)
            return self.view.draw("_rows.html", found=page)
        return self._list(page, chosen, older=_number("before") > 0)

    def search(self) -> Response:
        """Search the data requests.

        It is a POST, so that the text is neither in the page's address nor in the
        browser's history. Without a text it only filters.
        """
        chosen, searched = _chosen(request.form), request.form.get("q", "").strip()
        if not searched:
            filtered: Response = redirect(where("requests", **chosen), 303)  # type: ignore[assignment]
            return filtered
        page = inspector.recent(
            self.view.context,
            q=searched,
            limit=ROWS,
            endpoint=chosen["endpoint"],
            status=chosen["status"],
            tests=chosen["tests"] != NO,
        )
        return self._list(page, chosen, searched=mask_text(searched))

    def _list(
        self, page: Mapping[str, Any], chosen: Mapping[str, str], **more: Any
    ) -> Response:
        shown: dict[str, Any] = {"older": False, "searched": "", **more}
        plans = self.view.context.configuration().plans.values()
        empty = not (page["requests"] or shown["searched"] or any(chosen.values()))
        return self.view.draw(
            "requests.html",
            found=page,
            chosen=chosen,
            filters=FILTERS,
            rows=ROWS,
            plans=plans,
            first=self._first(plans) if empty and not shown["older"] else None,
            **shown,
        )

    def _first(self, plans: Iterable[Plan]) -> dict[str, str] | None:
        """Return where to send the first data request, and a command that sends it.

        An endpoint without a secret is preferred.
        """
        known = sorted(plans, key=lambda plan: bool(plan.confidential))
        if not known:
            return None
        plan, blanks = known[0], Blanks()
        url = self.view.context.address().rstrip("/") + plan.path
        secrets = {
            parameter: blanks.variable(parameter.name)
            for parameter in plan.confidential
        }
        return {
            "endpoint": plan.endpoint,
            "url": url,
            "curl": example_curl(plan, url, secrets, blanks),
        }

    def detail(self, row: int) -> Response:
        """Show one data request: what was sent, the origin of its values, its steps."""
        return self.view.draw("request.html", **self._entry(row))

    def again(self, row: int) -> Response:
        """Run it again and show the result beside the old one."""
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


def _chosen(args: Mapping[str, str]) -> dict[str, str]:
    """Return the filters from a page's address or form."""
    return {name: args.get(name, "") for name in ("endpoint", "status", "tests")}


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
