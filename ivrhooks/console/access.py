"""Decides who may use the console: by address, token, and origin of a POST.

It runs before any view is called, in this order: 404 while the console is off, 403 for
remote peers and proxies, 401 without a token, 400 for a browser's POST that does not
come from a page of the console.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from ipaddress import ip_address

from flask import Blueprint, Request, Response, redirect, render_template, request
from jinja2 import TemplateNotFound
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as AnyResponse

from ivrhooks.console import session
from ivrhooks.console.context import ConsoleContext, ConsoleError
from ivrhooks.console.replies import refusal
from ivrhooks.languages.catalogue import because

ROOT = "/_console"
SIGN_IN = "console/sign_in.html"
SIGN_IN_PATH = f"{ROOT}/sign-in"
"""Where the sign-in page sends the token."""

PROBLEM = "console/problem.html"
FORM_FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
FRAGMENT = "X-Fragment"
"""The header with which a script asks for a part of a page."""

_FORWARDING = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "fastly-client-ip",
        "fly-client-ip",
        "x-appengine-user-ip",
        "x-azure-clientip",
        "x-envoy-external-address",
        "x-original-forwarded-for",
        "cdn-loop",
    }
)
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_WRONG = because("console_token")

_LOG_EVERY_SECONDS = 60.0
"""Seconds between two log lines about wrong tokens."""

_logger = logging.getLogger("ivrhooks.console")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]+")
_SAFE = frozenset({"GET", "HEAD"})
_OPEN = frozenset({f"{ROOT}/static/console.css"})  # the sign-in page needs it


def guard(blueprint: Blueprint, context: ConsoleContext) -> None:
    """Add the rules before every view of the console, and the headers after it."""
    wrong_tokens = WrongTokenLog()

    @blueprint.before_app_request
    def decide() -> AnyResponse | None:
        if not request.path.startswith(ROOT):
            return None
        try:
            return _decide(context, request)
        except ConsoleError as error:
            if error.reason is _WRONG:
                wrong_tokens.note(request.remote_addr or "", context.now())
            return _refusal_response(error)

    @blueprint.errorhandler(ConsoleError)
    def refused(error: ConsoleError) -> AnyResponse:
        return _refusal_response(error)

    @blueprint.app_context_processor
    def names() -> dict[str, object]:
        return {"csrf_token": lambda: csrf_token(context)}

    blueprint.after_app_request(_protect)


class WrongTokenLog:
    """Logs how many requests had a wrong token, at most once in a while."""

    def __init__(self) -> None:
        self._count = 0
        self._logged_at = -math.inf

    def note(self, peer: str, now: float) -> None:
        """Count one more, from ``peer``."""
        self._count += 1
        if abs(now - self._logged_at) < _LOG_EVERY_SECONDS:
            return
        what = f"{self._count} requests" if self._count > 1 else "a request"
        _logger.warning("console: %s with a wrong token, from %s", what, peer)
        self._count, self._logged_at = 0, now


def csrf_token(context: ConsoleContext) -> str:
    """Return what a POST of this browser's session must carry."""
    cookie = request.cookies.get(session.COOKIE, "")
    return session.csrf_token(cookie, context.token())


def _decide(context: ConsoleContext, request: Request) -> AnyResponse | None:
    """Return an answer that ends the request here, or None. Raises ConsoleError."""
    token = context.token()
    if not token:
        raise ConsoleError(404, "not_found", because("nothing_here"))
    if not context.configuration().console.allow_remote:
        _refuse_remote(request)
    if request.path in _OPEN or _bearer(request, token):
        return None
    sent_token = request.args.get("token")
    if sent_token is not None and request.method in _SAFE and not _is_api(request):
        return _sign_in(request, sent_token, token, context.now(), request.path)
    if request.path == SIGN_IN_PATH and request.method == "POST":
        typed = _typed_token(request.form.get("token", ""))
        return _sign_in(request, typed, token, context.now(), _next_page(request))
    cookie = request.cookies.get(session.COOKIE, "")
    if not cookie or not session.is_open(cookie, token, context.now()):
        raise ConsoleError(
            401,
            "unauthorized",
            because("console_sign_in"),
        )
    if request.method not in _SAFE:
        _refuse_forged(request, session.csrf_token(cookie, token))
    return None


def may_see(context: ConsoleContext, request: Request) -> bool:
    """Return whether a request comes from where the console may be used."""
    if context.configuration().console.allow_remote:
        return True
    try:
        _refuse_remote(request)
    except ConsoleError:
        return False
    return True


def _refuse_remote(request: Request) -> None:
    if not is_loopback(request.environ.get("REMOTE_ADDR", "")):
        raise ConsoleError(403, "forbidden", because("console_local"))
    if _forwarded(request.headers):
        raise ConsoleError(403, "forbidden", because("console_proxy"))


def _forwarded(headers: Headers) -> bool:
    names = [name.lower() for name in headers.keys()]  # noqa: SIM118 - these are pairs
    return any(name in _FORWARDING or name.startswith("x-forwarded") for name in names)


def is_loopback(peer: str) -> bool:
    """Return whether an address is this machine's own."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _bearer(request: Request, token: str) -> bool:
    """Return whether the request has the token in its Authorization header.

    Raises ConsoleError where it has another one.
    """
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    if session.is_same(credentials.strip(), token):
        return True
    raise ConsoleError(401, "unauthorized", _WRONG)


def _typed_token(typed: str) -> str:
    """Return the token from what was typed: the token itself, or the whole link."""
    return typed.strip().rpartition("?token=")[2]


def _next_page(request: Request) -> str:
    """Return the page after sign-in: one of the console, never another address."""
    page = request.form.get("next", "")
    ours = page.startswith(f"{ROOT}/") and _PLAIN_PATH.fullmatch(page)
    return page if ours and ".." not in page else f"{ROOT}/"


def _sign_in(
    request: Request, sent: str, token: str, now: float, page: str
) -> AnyResponse:
    """Sign in from the printed link or the page; redirect to an address without
    token."""
    if not session.is_same(sent, token):
        raise ConsoleError(401, "unauthorized", _WRONG)
    response = redirect(page, 303)
    response.set_cookie(
        session.COOKIE,
        session.open_session(token, now),
        max_age=int(session.LIVES),
        path=ROOT,
        secure=request.environ.get("wsgi.url_scheme") == "https",
        httponly=True,
        samesite="Strict",
    )
    return response


def _refuse_forged(request: Request, expected: str) -> None:
    sent = request.headers.get(HEADER)
    if sent is None and not _is_api(request):
        sent = request.form.get(FORM_FIELD)
    if sent is None or not session.is_same(sent, expected):
        raise ConsoleError(
            400,
            "csrf",
            because("console_old_page"),
        )


def _is_api(request: Request) -> bool:
    return request.path.startswith(f"{ROOT}/api/")


def page_of(error: ConsoleError) -> Response | None:
    """Return the page with a refusal for a signed-in browser; None for a program, which
    gets JSON."""
    return _page(PROBLEM, error) if _wants_page(request) else None


def _wants_page(request: Request) -> bool:
    if _is_api(request) or FRAGMENT in request.headers:
        return False
    return "text/html" in request.headers.get("Accept", "")


def _refusal_response(error: ConsoleError) -> AnyResponse:
    """Return a refusal: JSON, or a page for a browser without token or with an outdated
    page."""
    response: AnyResponse = refusal(error)
    template = {"unauthorized": SIGN_IN, "csrf": PROBLEM}.get(error.code)
    if template and _wants_page(request):
        page = _page(template, error)
        response = page if page is not None else response
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _page(template: str, error: ConsoleError) -> Response | None:
    try:
        text = render_template(template, error=error, problem=error)
        return Response(text, error.status)
    except TemplateNotFound:
        return None


def _protect(response: Response) -> Response:
    """Add the headers of everything below ``/_console``."""
    if request.path.startswith(ROOT):
        for name, value in _HEADERS.items():
            response.headers[name] = value
    return response
