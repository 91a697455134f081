"""The Flask door in an event loop: the whole Flask app, and no thread for each caller.

A data request's view runs in the loop, and waits there for the engine; the pages, which
read files and databases, keep threads.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Flask

from ivrhooks.answering.answer import Answer
from ivrhooks.http.dispatcher import Dispatcher, Route
from ivrhooks.http.request import Arrival, Message, join_values
from ivrhooks.http.test_runs.test_run import TestRun
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.server import await_only as waiting
from ivrhooks.server.asgi import AsgiApp, Scope, Send, reply
from ivrhooks.server.blueprint import ARRIVAL
from ivrhooks.server.engine_runner import ENGINE, ThreadRunner

_TEXTS = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class WsgiApp(AsgiApp):
    """An ASGI app over the Flask app of ``wsgi.py``."""

    def __init__(self, app: Flask) -> None:
        engine: ThreadRunner = app.extensions[ENGINE]
        self._app = app
        super().__init__(engine.config_store, engine.recorder, self._page)

    def _page(self, environ: dict[str, Any], start_response: Any) -> Any:
        """What is no endpoint; the view of the endpoints need not look again."""
        environ[ENGINE] = None
        return self._app(environ, start_response)

    async def serve(
        self,
        dispatcher: Dispatcher,
        route: Route,
        scope: Scope,
        arrival: Arrival,
        send: Send,
    ) -> None:
        environ = environ_of(scope, arrival)
        environ[ENGINE] = InlineRunner(dispatcher)
        said = Reply()
        body = await waiting.run(partial(self._call, environ, said))
        await reply(scope, send, arrival, said.status, said.headers, body)

    def _call(self, environ: dict[str, Any], said: Reply) -> bytes:
        pieces: Any = self._app(environ, said.begin)
        try:
            return b"".join(pieces)
        finally:
            pieces.close()


class Reply:
    """What the Flask app says before the body."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []

    def begin(
        self, status: str, headers: list[tuple[str, str]], problem: Any = None
    ) -> Any:
        """WSGI's ``start_response``."""
        self.status = int(status[:3])
        self.headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in headers
        ]


class InlineRunner:
    """Lends the engine of the loop that the views run in; as an ThreadRunner does."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def dispatcher(self) -> Dispatcher:
        """The one that was asked when the request came."""
        return self._dispatcher

    def answer(
        self,
        dispatcher: Dispatcher,
        route: Route,
        message: Message,
        deadline: Deadline,
        test_run: TestRun | None = None,
    ) -> Answer:
        """The engine's answer, which never raises and keeps its deadline."""
        return waiting.wait_for(dispatcher.answer(route, message, deadline, test_run))


def environ_of(scope: Scope, arrival: Arrival) -> dict[str, Any]:
    """The request as WSGI (PEP 3333) has it."""
    host, port = scope.get("server") or ("localhost", 80)
    peer = scope.get("client")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": peer[0] if peer else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(arrival.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "asgi.scope": scope,
        ARRIVAL: arrival,
    }
    for name, value in _lines(scope):
        if name not in environ or name == "CONTENT_TYPE":
            environ[name] = value
        else:
            environ[name] = join_values(environ[name], value)
    return environ


def _lines(scope: Scope) -> Iterator[tuple[str, str]]:
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1")
        key = _TEXTS.get(name) or "HTTP_" + name.upper().replace("-", "_")
        yield key, value.decode("latin-1")
