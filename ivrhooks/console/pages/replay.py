"""The replay's pages: the answers of another configuration, for an hour or one
request."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from ivrhooks.console.pages.view import View, is_fragment
from ivrhooks.console.services import replays
from ivrhooks.observe.replay.runner import MAX_REQUESTS

SPANS = ("15m", "1h", "24h", "7d")
COUNTS = ("same", "changed", "lost", "won", "not_judged")
MOODS = {"changed": "warn", "lost": "bad", "won": "good", "not_judged": "idle"}


class ReplayPages:
    """``/_console/replay``, and the comparison of one data request."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the pages."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/replay", "replay", guarded(self.show))
        add("/replay", "replay_run", guarded(self.run), methods=["POST"])
        page = guarded(self.detail)
        add("/requests/<int:row>/replay", "replay_one", page, methods=["POST"])

    def show(self) -> Response:
        """Show the form."""
        return self._draw({})

    def run(self) -> Response:
        """Replay and show what changes; a script gets that part alone."""
        form = {name: request.form.get(name, "") for name in ("folder", "since")}
        form["endpoint"] = request.form.get("endpoint", "")
        result = replays.replay(self.view.context, form)
        if is_fragment():
            return self.view.draw("_replay.html", **_page_values(result))
        return self._draw(form, **_page_values(result))

    def detail(self, row: int) -> Response:
        """Show one data request, as recorded and with the other configuration."""
        body = {"folder": request.form.get("folder", "")}
        result = replays.replay_one(self.view.context, row, body)
        return self.view.draw(
            "request_replay.html", row=row, moods=MOODS, replayed=result
        )

    def _draw(self, form: dict[str, str], **more: Any) -> Response:
        plans = self.view.context.configuration().plans.values()
        return self.view.draw(
            "replay.html",
            form={"folder": "", "since": SPANS[1], "endpoint": "", **form},
            folders=replays.folders(self.view.context),
            spans=SPANS,
            plans=plans,
            **more,
        )


def _page_values(result: dict[str, Any]) -> dict[str, Any]:
    return {"replayed": result, "counts": COUNTS, "moods": MOODS, "most": MAX_REQUESTS}
