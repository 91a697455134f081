"""The status page: the state of sources, endpoints and workers, and the banner.

An answer made of defaults looks good to the IVR, but may route a caller wrongly. Some
defaults are normal, as for a customer without an order, and do not count. Those caused
by a failed source or an unmapped value raise the alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request

from ivrhooks.console.context import invalid
from ivrhooks.console.pages.view import View, is_fragment, where
from ivrhooks.console.services import operations, status
from ivrhooks.languages.catalogue import because
from ivrhooks.observe.recent import WINDOWS

ORDERS = ("reload", "purge", "reset")
"""The orders that the page can give to all workers."""

WATCH, ALARM = 0.05, 0.2
"""Thresholds: the share of an endpoint's good answers with a default caused by a
failure."""


class StatusPage:
    """``/_console/status``, and the banner alone for scripts."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the pages."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/status", "status", guarded(self.show))
        add("/status", "status_do", guarded(self.do), methods=["POST"])
        add("/banner", "banner", guarded(self.banner))

    def show(self) -> Response:
        """Show the page; a script gets only the parts that change."""
        report = status.status(self.view.context)
        template = "_status.html" if is_fragment() else "status.html"
        endpoints = [
            (endpoint, mood(endpoint), by_reason(endpoint))
            for endpoint in report["endpoints"]
        ]
        done = request.args.get("done", "")
        return self.view.draw(
            template,
            status=report,
            endpoints=endpoints,
            windows=tuple(WINDOWS),
            fewest=status.FEWEST,
            done=done if done in ORDERS else "",
            source=request.args.get("source", ""),
        )

    def do(self) -> Response:
        """Give all workers the chosen order, and show the page again."""
        what, source = request.form.get("what", ""), request.form.get("source", "")
        if what not in ORDERS:
            raise invalid(because("what_of", values=", ".join(ORDERS)))
        if what == "reload":
            operations.reload(self.view.context)
        elif what == "purge":
            operations.purge_cache(self.view.context, source)
        else:
            operations.reset_breaker(self.view.context, source)
        back = redirect(where("status", done=what, source=source), 303)
        response: Response = back  # type: ignore[assignment]
        return response

    def banner(self) -> Response:
        """Return the banner of a refused configuration, or nothing."""
        return self.view.draw("_banner.html")


def by_reason(endpoint: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return for each reason how often each output was a default because of it."""
    counts: dict[str, dict[str, int]] = {}
    for output, reasons in endpoint["outputs"].items():
        for reason, count in reasons.items():
            counts.setdefault(reason, {})[output] = count
    return counts


def mood(endpoint: Mapping[str, Any]) -> str:
    """Return ``bad``, ``warn`` or ``good``, by the newest window with enough
    answers."""
    shares = (endpoint["recent"][minutes]["share"] for minutes in WINDOWS)
    share = next((share for share in shares if share is not None), 0.0)
    return "bad" if share >= ALARM else "warn" if share >= WATCH else "good"
