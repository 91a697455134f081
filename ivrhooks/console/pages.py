"""Puts the console's pages together: API test, data requests, contracts and status."""

from __future__ import annotations

from flask import Blueprint, Response

from ivrhooks.console import status
from ivrhooks.console.context import ConsoleContext
from ivrhooks.console.languages import load_texts
from ivrhooks.console.pages_contract import ContractPages
from ivrhooks.console.pages_requests import RequestPages
from ivrhooks.console.pages_run import RunPages
from ivrhooks.console.pages_view import View, is_fragment


def register(blueprint: Blueprint, context: ConsoleContext) -> None:
    """Adds every page below ``/_console/``."""
    view = View(context, load_texts())
    view.attach(blueprint)
    RunPages(view).add_to(blueprint)
    RequestPages(view).add_to(blueprint)
    ContractPages(view).add_to(blueprint)
    _add_status(blueprint, view)


def _add_status(blueprint: Blueprint, view: View) -> None:
    def shown() -> Response:
        template = "_status.html" if is_fragment() else "status.html"
        return view.draw(template, status=status.status(view.context))

    def banner() -> Response:
        return view.draw("_banner.html")

    blueprint.add_url_rule("/status", "status", view.guarded(shown))
    blueprint.add_url_rule("/banner", "banner", view.guarded(banner))
