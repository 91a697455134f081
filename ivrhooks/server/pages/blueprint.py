"""The WSGI server's way to the endpoints: System API, FORM and JSON alike.

A path is looked up as it is, before Flask's own routes: there are no redirects, a
trailing slash is another path, and a reload needs no new routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from flask import Blueprint, Request, Response, request
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.datastructures import Headers

from ivrhooks.answering.answer import Answer
from ivrhooks.basics.errors import ContractError
from ivrhooks.http.access_policy import AccessPolicy
from ivrhooks.http.body_reader import DRAINED, BodyReader
from ivrhooks.http.dispatcher import Dispatcher, Route
from ivrhooks.http.request import HttpRequest
from ivrhooks.http.response import JSON_TYPE
from ivrhooks.server.engine_runner import ENGINE
from ivrhooks.server.pages.bridge import REQUEST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PIECE = 65536

_BARE = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
_TWICE = frozenset({"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"})
"""What some servers give beside CONTENT_TYPE and CONTENT_LENGTH."""


class EngineRunner(Protocol):
    """Lends an engine to views: an ThreadRunner, or the server's own loop."""

    def dispatcher(self) -> Dispatcher: ...
    def answer(
        self, dispatcher: Dispatcher, route: Route, request: HttpRequest
    ) -> Answer: ...


def create_blueprint(engine: EngineRunner) -> Blueprint:
    """Serves every endpoint of today's configuration. A server that lends an engine of
    its own says so in the environ, by ENGINE; None there: this path is no endpoint."""
    blueprint = Blueprint("endpoints", __name__)

    @blueprint.before_app_request
    def serve() -> Response | None:
        lent: EngineRunner | None = request.environ.get(ENGINE, engine)
        if lent is None:
            return None
        dispatcher = lent.dispatcher()
        route = dispatcher.match(_path(request))
        if route is None:
            return None
        asked: HttpRequest = request.environ.get(REQUEST) or _take(request, route)
        return to_response(lent.answer(dispatcher, route, asked))

    return blueprint


class AnswerResponse(Response):
    """An answer whose headers are whole already (Werkzeug leaves out the body of a
    HEAD)."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """As they are."""
        return self.headers


def to_response(answer: Answer) -> Response:
    """An answer as Flask sends it."""
    length = str(len(answer.body))
    headers = [("Content-Type", JSON_TYPE), ("Content-Length", length)]
    return AnswerResponse(
        [answer.body], answer.status, Headers([*headers, *answer.headers])
    )


def request_of(environ: Mapping[str, Any]) -> HttpRequest:
    """The request of a WSGI environ: as our server read it, else without its body."""
    read: HttpRequest | None = environ.get(REQUEST)
    if read is not None:
        return read
    target = environ.get("RAW_URI") or quote(
        environ.get("PATH_INFO", ""), encoding="latin-1"
    )
    request = HttpRequest(
        environ["REQUEST_METHOD"],
        target.partition("?")[0].encode("latin-1", "replace"),
        environ.get("QUERY_STRING", "").encode("latin-1", "replace"),
        peer=environ.get("REMOTE_ADDR", ""),
        scheme=environ.get("wsgi.url_scheme", "http"),
    )
    request.version = environ.get("SERVER_PROTOCOL", "HTTP/1.1").removeprefix("HTTP/")
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = "" if key in _TWICE else key[5:]
        else:
            name = key if value and key in _BARE else ""
        if name:
            request.add(
                name.replace("_", "-").encode("latin-1", "replace"),
                value.encode("latin-1", "replace"),
            )
    return request


def _take(asked: Request, route: Route) -> HttpRequest:
    """A data request that the server has not read yet."""
    request = request_of(asked.environ)
    request.problem = route.policy.refuse_method(request.method)
    if request.problem is None:
        try:
            request.body = _read_body(asked, route.policy)
        except ContractError as problem:
            request.problem = problem
    return request


def _path(asked: Request) -> str:
    raw: str = asked.environ.get("PATH_INFO", "")
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def _read_body(asked: Request, policy: AccessPolicy) -> bytes:
    """The whole body. Raises the policy's 413, and 400 where the body is broken or ends
    too soon; nothing of it is repeated, that may hold a telephone number."""
    length = asked.content_length
    if length is None and not asked.environ.get("wsgi.input_terminated"):
        return b""
    reader = BodyReader(policy.max_body, length or 0)
    try:
        left = _read_pieces(asked.environ["wsgi.input"], reader, length)
    except (OSError, NoMoreData) as broken:
        raise ContractError("bad_request", "the request was not complete") from broken
    except ParseException as broken:  # under gunicorn's own workers
        raise ContractError("bad_request", "the body is no HTTP") from broken
    if reader.over:
        raise policy.too_large()
    if left:
        raise ContractError("bad_request", "the body is shorter than Content-Length")
    return reader.body


def _read_pieces(stream: Any, reader: BodyReader, length: int | None) -> int:
    """Bytes that are missing at the end."""
    left = DRAINED * 2 if length is None else length
    while left > 0 and not reader.enough:
        piece = stream.read(min(left, PIECE))
        if not piece:
            break
        reader.add(piece)
        left -= len(piece)
    return 0 if length is None else left
