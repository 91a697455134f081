"""The Flask door in an event loop: the whole Flask app, and no thread for each caller.

A data request's view runs in the loop, and waits there for the engine; the pages, which
read files and databases, keep threads.
"""

from __future__ import annotations

import io
import sys
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask

from ivrhooks.answering.answer import Answer
from ivrhooks.http.dispatcher import Dispatcher, Route
from ivrhooks.http.request import HttpRequest
from ivrhooks.server import await_only as waiting
from ivrhooks.server.asgi import AsgiApp, Scope, Send, reply
from ivrhooks.server.blueprint import REQUEST
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
        request: HttpRequest,
        send: Send,
    ) -> None:
        environ = environ_of(scope, request)
        environ[ENGINE] = InlineRunner(dispatcher)
        said = Reply()
        body = await waiting.run(partial(self._call, environ, said))
        await reply(scope, send, request, said.status, said.headers, body)

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
        self, dispatcher: Dispatcher, route: Route, request: HttpRequest
    ) -> Answer:
        """The engine's answer, which never raises and keeps its deadline."""
        return waiting.wait_for(dispatcher.answer(route, request))


def environ_of(scope: Scope, request: HttpRequest) -> dict[str, Any]:
    """The request as WSGI (PEP 3333) has it."""
    host, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.target).decode("latin-1"),
        "QUERY_STRING": request.query.decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{request.version}",
        "REMOTE_ADDR": request.peer,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        REQUEST: request,
    }
    for raw, value in request.fields.items():
        name = raw.decode("latin-1")
        key = _TEXTS.get(name) or "HTTP_" + name.upper().replace("-", "_")
        environ[key] = value.decode("latin-1")
    return environ
