"""What a browser is shown at ``/``: that the server runs, and where the console is."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from ivrhooks.console.access import may_see
from ivrhooks.console.context import ConsoleContext

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'none'",
    )
)


def welcome(context: ConsoleContext) -> Response | None:
    """The page, or None for whoever is no browser or may not see the console: they get
    the 404 that every other path has."""
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
