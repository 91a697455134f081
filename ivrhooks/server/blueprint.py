"""The Flask door's way to the endpoints: System API, FORM and JSON alike.

A path is looked up as it is, before Flask's own routes: there are no redirects, a
trailing slash is another path, and a reload needs no new routes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from flask import Blueprint, Request, Response, request
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.datastructures import Headers

from ivrhooks.answering.answer import Answer
from ivrhooks.basics.errors import ContractError
from ivrhooks.http.access_policy import AccessPolicy
from ivrhooks.http.dispatcher import Dispatcher, Route
from ivrhooks.http.raw_head import raw_head
from ivrhooks.http.request import Arrival, Message, read_headers, request_id
from ivrhooks.http.response import JSON_TYPE
from ivrhooks.http.test_runs.test_run import TestRun
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.server.engine_runner import ENGINE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ARRIVAL = "ivrhooks.arrival"
"""In an environ: the Arrival, where the server has read the request already."""

DRAINED = 16 * 1024 * 1024

_TWICE = frozenset({"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"})
"""What some servers give beside CONTENT_TYPE and CONTENT_LENGTH."""


class EngineRunner(Protocol):
    """Lends an engine to views: an ThreadRunner, or the server's own loop."""

    def dispatcher(self) -> Dispatcher: ...
    def answer(
        self,
        dispatcher: Dispatcher,
        route: Route,
        message: Message,
        deadline: Deadline,
        test_run: TestRun | None = None,
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
        route = dispatcher.find(_path(request))
        if route is None:
            return None
        return to_response(_answer(lent, dispatcher, route, request))

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


def caller_headers(asked: Request) -> dict[str, str]:
    """The headers of a request, bytes re-read as UTF-8."""
    return read_headers(
        (
            name.replace("_", "-").encode("latin-1", "replace"),
            value.encode("latin-1", "replace"),
        )
        for name, value in _named(asked.environ)
    )


def _named(environ: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The headers of a WSGI request, of which two have names of their own."""
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            if key not in _TWICE:
                yield key[5:], value
        elif value and (key == "CONTENT_TYPE" or key == "CONTENT_LENGTH"):
            yield key, value


def _answer(
    engine: EngineRunner, dispatcher: Dispatcher, route: Route, asked: Request
) -> Answer:
    arrival: Arrival = asked.environ.get(ARRIVAL) or _take(asked, route.policy)
    message = Message(
        asked.environ["REQUEST_METHOD"],
        arrival.headers,
        asked.query_string,
        arrival.body,
        _peer(asked),
        request_id(arrival.headers),
        raw_head(asked.environ),
    )
    if arrival.problem is not None:
        return dispatcher.refuse(route, arrival.problem, message)
    test_run = dispatcher.test_run(route, message)
    deadline = dispatcher.deadline(route.plan, test_run)
    return engine.answer(dispatcher, route, message, deadline, test_run)


def _take(asked: Request, policy: AccessPolicy) -> Arrival:
    """A data request that the server has not read yet."""
    headers = caller_headers(asked)
    refusal = policy.refuse_method(asked.environ["REQUEST_METHOD"])
    if refusal is not None:
        return Arrival(headers, b"", refusal)
    try:
        return Arrival(headers, _read_body(asked, policy))
    except ContractError as problem:
        return Arrival(headers, b"", problem)


def _peer(asked: Request) -> str:
    peer: str = asked.environ.get("REMOTE_ADDR", "")
    return peer


def _path(asked: Request) -> str:
    raw: str = asked.environ.get("PATH_INFO", "")
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def _read_body(asked: Request, policy: AccessPolicy) -> bytes:
    """The whole body. Raises the gate's 413, and 400 where the body is broken or ends
    too soon; nothing of it is repeated, that may hold a telephone number."""
    stream, length = asked.environ["wsgi.input"], asked.content_length
    if length is None and not asked.environ.get("wsgi.input_terminated"):
        return b""
    limit = policy.max_body
    try:
        if (length or 0) > limit:
            _drain(stream, length or 0)
            raise policy.too_large()
        body: bytes = stream.read(limit + 1 if length is None else length)
        if len(body) > limit:
            _drain(stream, DRAINED)
            raise policy.too_large()
    except (OSError, NoMoreData) as broken:
        raise ContractError("bad_request", "the request was not complete") from broken
    except ParseException as broken:  # under gunicorn's own workers
        raise ContractError("bad_request", "the body is no HTTP") from broken
    if length is not None and len(body) < length:
        raise ContractError("bad_request", "the body is shorter than Content-Length")
    return body


def _drain(stream: Any, length: int) -> None:
    """Takes and drops what is left of a body that is too large: its sender may read no
    answer before everything is sent. One far too large is not waited for."""
    left = length if length <= DRAINED else 0
    while left > 0 and (piece := stream.read(min(left, 65536))):
        left -= len(piece)
