"""Builds the Flask app: the whole WSGI server, and the pages of the ASGI server.

Every error in it is answered in JSON.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.log.telemetry import log_data_request
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.console.access import ROOT, page_of
from ivrhooks.console.app import create_console, welcome
from ivrhooks.console.context import ConsoleContext, ConsoleError
from ivrhooks.http.request import request_id
from ivrhooks.http.response import JSON_TYPE, json_body
from ivrhooks.languages.catalogue import because
from ivrhooks.observe.readiness import Readiness
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.engine_runner import ThreadRunner
from ivrhooks.server.gunicorn_hooks import config_store_or_exit
from ivrhooks.server.pages import metrics
from ivrhooks.server.pages.address import own_address
from ivrhooks.server.pages.app import ENGINE, App, to_response
from ivrhooks.server.pages.wsgi_request import request_of
from ivrhooks.server.reload.config_store import ConfigStore

RECORDER = "ivrhooks.recorder"
"""The key of an app's recorder among its extensions."""

CONSOLE = "ivrhooks.console"
"""The key of the console's context among the extensions."""

_logger = logging.getLogger("ivrhooks.server.flask_app")
_LOGGED = 200  # letters of an unknown path
_CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "too_many_requests",
}


def create_app(config: str | None = None) -> Flask:
    """Return the Flask app of a configuration folder: ``config``, else IVRHOOKS_CONFIG,
    else ./configs. Raises ConfigError."""
    return app_of(ConfigStore.open(config))


def create_app_or_exit() -> Flask:
    """Return the Flask app of the master's configuration, else of IVRHOOKS_CONFIG's;
    print a refused configuration's problems and exit."""
    return app_of(config_store_or_exit())


def app_of(config_store: ConfigStore) -> Flask:
    """Return the Flask app over a configuration store."""
    recorder = RequestRecorder(
        "wsgi", config_store.current, lambda: config_store.problem
    )
    app = build_app(recorder)
    app.extensions[ENGINE] = ThreadRunner(config_store, recorder)
    return app


def build_app(recorder: RequestRecorder) -> Flask:
    """Return the app with all pages that are no endpoints, and with JSON error
    handlers."""
    app = App("ivrhooks", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False
    app.extensions[RECORDER] = recorder
    app.register_blueprint(_health(recorder.readiness))
    app.register_blueprint(
        metrics.create_blueprint(recorder.workers, outbox=recorder.actions.summary)
    )
    context = app.extensions[CONSOLE] = _context(recorder)
    app.register_blueprint(create_console(context))
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Exception, _apologise)
    app.after_request(_identify)
    app.count_hooks()
    return app


def _context(recorder: RequestRecorder) -> ConsoleContext:
    return ConsoleContext(
        configuration=lambda: recorder.configuration,
        token=lambda: recorder.token,
        journal=lambda: recorder.journal,
        workers=recorder.workers,
        address=lambda: own_address(request.environ),
        now=recorder.now,
        outbox=lambda: recorder.actions.stored,
        order=recorder.order,
    )


def _refuse(error: HTTPException) -> Response:
    """Answer Flask's own refusals in our format; a redirect becomes a 404. A browser at
    ``/`` gets a page that links to the console."""
    page = welcome(current_app.extensions[CONSOLE])
    if page is not None:
        return page
    status = error.code or 404
    code = "not_found" if status < 400 else _CODES.get(status, "bad_request")
    allow = {}
    if status == 405 and error.get_response().headers.get("Allow"):
        methods = error.get_response().headers["Allow"]
        allow = {"Allow": ", ".join(sorted(methods.replace(" ", "").split(",")))}
    refusal = ContractError(code, _REASONS[code], headers=allow)
    trace = _trace()
    answer = refuse(None, refusal, trace.request_id, trace)
    if request.path.startswith(ROOT):
        page = _console_page(refusal)
        if page is not None:
            return page
    else:
        recorder: RequestRecorder = current_app.extensions[RECORDER]
        recorder.not_found(answer, request_of(request.environ).head())
    log_data_request(answer.trace, answer.status)
    return to_response(answer)


def _console_page(refusal: ContractError) -> Response | None:
    """Return the page that a person gets for an unknown console page."""
    code = "unknown_page" if refusal.code == "not_found" else refusal.code
    page = page_of(ConsoleError(refusal.status, code, refusal.reason))
    if page is not None:
        page.headers.extend(refusal.headers)
    return page


def _trace() -> Trace:
    """Return what the log says of a request to no endpoint, often one with a wrong
    path."""
    raw: str = request.environ.get("PATH_INFO", "")
    text = raw.encode("latin-1", "replace").decode("utf-8", "replace")
    path = mask_text(text[: 2 * _LOGGED])
    peer = request.remote_addr or ""
    return Trace("", _identity(), method=request.method, path=path[:_LOGGED], peer=peer)


_REASONS = {
    "not_found": because("nothing_here"),
    "method_not_allowed": because("method_here"),
    "too_large": because("body_too_large"),
    "unauthorized": because("hook_signs_in"),
    "forbidden": because("hook_forbids"),
    "too_many_requests": because("hook_limits"),
    "bad_request": because("unreadable"),
}


def _apologise(error: Exception) -> Response:
    """Answer an internal error on a page; endpoints handle their own."""
    _logger.error("internal error in page %s", request.endpoint, exc_info=error)
    body = {"error": {"code": "internal_error", "message": "a mistake of ivrhooks"}}
    return Response(json_body(body), 500, content_type=JSON_TYPE)


def _identify(response: Response) -> Response:
    if "X-Request-Id" not in response.headers:
        response.headers["X-Request-Id"] = _identity()
    return response


def _identity() -> str:
    value = request.headers.get("X-Request-Id", "")
    return request_id(value.encode("latin-1", "replace"))


def _health(readiness: Callable[[], Readiness]) -> Blueprint:
    """``/healthz``: the process answers. ``/readyz``: whether the server is ready, and
    its problems; with ``?strict=1`` any problem makes it unready."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        strict = request.args.get("strict", "0").lower() not in ("0", "false", "no")
        report = readiness().report(strict=strict)
        return _json(report, 200 if report["ready"] else 503)

    return blueprint


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(json_body(value), status, content_type=JSON_TYPE)
