"""Routes data requests to the endpoints in the Flask app: System API, FORM and JSON.

A path is matched as it is, before Flask's own routes: there are no redirects, a
trailing slash makes another path, and a reload needs no new routes. Your own hooks
(``before_request``, ``after_request``, signals) see each data request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, Request, Response, request
from flask.signals import request_finished, request_started
from werkzeug.datastructures import Headers
from werkzeug.routing import MapAdapter

from ivrhooks.answering.answer import Answer
from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.http.request import HttpRequest
from ivrhooks.http.response import JSON_TYPE
from ivrhooks.http.route import Route
from ivrhooks.server.pages.bridge import REQUEST
from ivrhooks.server.pages.wsgi_request import take, target_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ENGINE = "ivrhooks.engine"
"""The key of an app's ThreadRunner among its extensions. In an environ: the runner that
the server provides instead."""

ROUTE = "ivrhooks.route"
"""In an environ: the endpoint of the request, or None for a page; our own server has
matched it already."""

ANSWER = "ivrhooks.answer"
"""In an environ: where a server accepts an Answer unchanged."""


class EngineRunner(Protocol):
    """Gives the app an engine: a ThreadRunner, or the server's own loop."""

    def dispatcher(self) -> Dispatcher: ...
    def answer(
        self, dispatcher: Dispatcher, route: Route, request: HttpRequest
    ) -> Answer: ...


class App(Flask):
    """Flask without the work that a data request does not need."""

    hooks_of_ours = (0, 0)

    def count_hooks(self) -> None:
        """Count our own hooks; any further hook belongs to the user."""
        self.hooks_of_ours = self._hooks()

    def _hooks(self) -> tuple[int, int]:
        before, after = self.before_request_funcs, self.after_request_funcs
        return len(before.get(None, ())), len(after.get(None, ()))

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if ROUTE not in environ:
            runner: EngineRunner | None = self.extensions.get(ENGINE)
            route = None
            if runner is not None:
                route = runner.dispatcher().match_target(target_of(environ))
            environ[ROUTE] = route
        return super().wsgi_app(environ, start_response)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return None for an endpoint: it is matched by its path alone."""
        if request is None or request.environ.get(ROUTE) is not None:
            return None
        return super().create_url_adapter(request)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``: none of our views is asynchronous."""
        return func

    def full_dispatch_request(self) -> Response:
        """Return the answer without a Flask Response where no foreign hook sees it.

        Building a Response and reading it again costs half as much as the answer.
        """
        environ = request.environ
        if (
            environ.get(ROUTE) is None
            or self._hooks() != self.hooks_of_ours
            or request_started.receivers
            or request_finished.receivers
        ):
            return super().full_dispatch_request()
        self._got_first_request = True
        return WholeAnswer(self._answer(environ))  # type: ignore[return-value]

    def dispatch_request(self) -> Any:
        if request.environ.get(ROUTE) is None:
            return super().dispatch_request()
        return to_response(self._answer(request.environ))

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        runner: EngineRunner = environ.get(ENGINE) or self.extensions[ENGINE]
        route: Route = environ[ROUTE]
        http_request: HttpRequest = environ.get(REQUEST) or take(environ, route)
        return runner.answer(runner.dispatcher(), route, http_request)


class WholeAnswer:
    """An answer that Flask passes on unchanged."""

    __slots__ = ("answer",)

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if ANSWER in environ:
            environ[ANSWER] = self.answer
            start_response("200 OK", [])
            return ()
        return to_response(self.answer)(environ, start_response)


class AnswerResponse(Response):
    """An answer with complete headers (Werkzeug omits the body of a HEAD)."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers unchanged."""
        return self.headers


def to_response(answer: Answer) -> Response:
    """Return an answer as a Flask Response."""
    length = str(len(answer.body))
    headers = [("Content-Type", JSON_TYPE), ("Content-Length", length)]
    return AnswerResponse(
        [answer.body], answer.status, Headers([*headers, *answer.headers])
    )
