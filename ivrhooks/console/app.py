"""Puts the console together: access, JSON API and pages under ``/_console/``, and the
page at ``/`` that leads a browser to it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from ivrhooks.console import access, api
from ivrhooks.console.access import may_see
from ivrhooks.console.context import ConsoleContext
from ivrhooks.console.pages.contract import ContractPages
from ivrhooks.console.pages.outbox import OutboxPages
from ivrhooks.console.pages.replay import ReplayPages
from ivrhooks.console.pages.requests import RequestPages
from ivrhooks.console.pages.run import RunPages
from ivrhooks.console.pages.sources import SourcesPage
from ivrhooks.console.pages.status import StatusPage
from ivrhooks.console.pages.tables import TablePages
from ivrhooks.console.pages.try_template import TryPage
from ivrhooks.console.pages.view import View

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'none'",
    )
)


def create_console(context: ConsoleContext) -> Blueprint:
    """The blueprint of the whole console. While ``context.token()`` is empty each of
    its paths is a 404.

    Templates and static files come from the folders of these names beside this file.
    Each request has passed ``access`` when a view is called: 404 (switched off), 403
    (peer, forwarded), 401 (no token), 400 (a browser's POST without its CSRF token: the
    form field ``csrf_token`` or the header ``X-CSRF-Token``;
    ``access.csrf_token(context)`` gives it).
    """
    blueprint = Blueprint(
        "console",
        __name__,
        url_prefix=access.ROOT,
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    access.guard(blueprint, context)
    api.register(blueprint, context)
    _add_pages(blueprint, context)
    return blueprint


def _add_pages(blueprint: Blueprint, context: ConsoleContext) -> None:
    view = View(context)
    view.attach(blueprint)
    RunPages(view).add_to(blueprint)
    RequestPages(view).add_to(blueprint)
    ReplayPages(view).add_to(blueprint)
    ContractPages(view).add_to(blueprint)
    OutboxPages(view).add_to(blueprint)
    SourcesPage(view).add_to(blueprint)
    TryPage(view).add_to(blueprint)
    TablePages(view).add_to(blueprint)
    StatusPage(view).add_to(blueprint)


def welcome(context: ConsoleContext) -> Response | None:
    """Return the page at ``/``; None for a program or a forbidden console.

    None becomes the 404 that every other path has.
    """
    browser = "text/html" in request.headers.get("Accept", "")
    if request.path != "/" or request.method not in ("GET", "HEAD") or not browser:
        return None
    if not may_see(context, request):
        return None
    text = render_template("console/welcome.html", console=bool(context.token()))
    response = make_response(text, 200)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
