"""Puts the console together: access, JSON API and pages under ``/_console/``."""

from __future__ import annotations

from flask import Blueprint

from ivrhooks.console import access, api
from ivrhooks.console.context import ConsoleContext
from ivrhooks.console.pages import blueprint as pages


def create_console(context: ConsoleContext) -> Blueprint:
    """The blueprint of the whole console. While ``context.token()`` is empty each of
    its paths is a 404.

    Pages come from ``pages.register(blueprint, context)``, templates and static files
    from the folders of these names beside this file. Each request has passed
    ``access`` when a view is called: 404 (switched off), 403 (peer, forwarded), 401 (no
    token), 400 (a browser's POST without its CSRF token: the form field ``csrf_token``
    or the header ``X-CSRF-Token``; ``access.csrf_token(context)`` gives it).
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
    pages.register(blueprint, context)
    return blueprint
