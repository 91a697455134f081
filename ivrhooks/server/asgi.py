"""The ASGI server: data requests straight to the engine, in the server's own loop.

Every other path is handed to the Flask app.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from a2wsgi import WSGIMiddleware

from ivrhooks.basics.errors import ContractError
from ivrhooks.http.body_reader import BodyReader, length_of
from ivrhooks.http.dispatcher import Dispatcher, Route, open_dispatcher
from ivrhooks.http.request import HttpRequest
from ivrhooks.http.response import CLOSE, Header, raw_headers
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.config_store import ConfigStore
from ivrhooks.server.config_watch import ConfigWatcher
from ivrhooks.server.flask_app import build_app
from ivrhooks.server.protocol import BROKEN, CYCLE, HEAD, MESSAGES, answer_at_once

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE_THREADS = 16


class ClientGone(Exception):
    """The caller hung up before its request was complete."""


class AsgiApp:
    """An ASGI app. Its engine is opened when the server's loop starts it up."""

    def __init__(
        self,
        config_store: ConfigStore,
        recorder: RequestRecorder | None = None,
        pages: Any = None,
    ) -> None:
        """``pages``: the WSGI app of every other path."""
        self.recorder = recorder or RequestRecorder(
            "express", config_store.current, lambda: config_store.problem
        )
        self._config_store = config_store
        self._dispatcher: Dispatcher | None = None
        self._config_watcher: ConfigWatcher | None = None
        pages = pages or build_app(config_store, self.recorder)
        self._pages = WSGIMiddleware(pages, workers=PAGE_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            dispatcher = self._dispatcher or await self._open()
            route = dispatcher.match(scope["path"])
            if route is None:
                await self._pages(scope, receive, send)  # type: ignore[arg-type]
            else:
                request = await take(route, scope, receive)
                if request is not None:
                    await self.serve(dispatcher, route, scope, request, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def serve(
        self,
        dispatcher: Dispatcher,
        route: Route,
        scope: Scope,
        request: HttpRequest,
        send: Send,
    ) -> None:
        """Answers one data request."""
        answer = await dispatcher.answer(route, request)
        headers = raw_headers(answer)
        await reply(scope, send, request, answer.status, headers, answer.body)

    def reload(self) -> None:
        """Reads the configuration again, changed or not (HUP)."""
        if self._config_watcher is not None:
            self._config_watcher.ask()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._config_watcher is not None:
            await self._config_watcher.close()
        self.recorder.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> Dispatcher:
        """Also called by a first request, where a server knows no lifespan."""
        dispatcher = await open_dispatcher(self._config_store.current, self.recorder)
        if self._dispatcher is not None:  # two first requests at once
            await dispatcher.engine.close()
            return self._dispatcher
        self._swap(dispatcher)
        self._config_watcher = ConfigWatcher(self._config_store, dispatcher, self._swap)
        self._config_watcher.start()
        return dispatcher

    def _swap(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self.recorder.follow(dispatcher)


async def take(route: Route, scope: Scope, receive: Receive) -> HttpRequest | None:
    """A data request once it is complete or refused; None where the caller is gone."""
    request = request_of(scope)
    request.problem = route.policy.refuse_method(request.method)
    if request.problem is not None:
        return request
    try:
        await _read_body(receive, request, route)
    except ClientGone:
        return None
    if request.problem is None and BROKEN in scope:
        code = scope[BROKEN]
        request.problem, request.closes = ContractError(code, MESSAGES[code]), True
    return request


def request_of(scope: Scope) -> HttpRequest:
    """The request of an ASGI scope, without its body."""
    client = scope["client"]
    request = HttpRequest(
        scope["method"],
        scope.get("raw_path") or quote(scope["path"]).encode(),
        scope["query_string"],
        peer=client[0] if client else "",
        scheme=scope.get("scheme", "http"),
    )
    request.version = scope.get("http_version", "1.1")
    request.raw = scope.get(HEAD, b"")
    for name, value in scope["headers"]:
        request.add(name, value)
    return request


async def reply(
    scope: Scope,
    send: Send,
    request: HttpRequest,
    status: int,
    headers: list[Header],
    body: bytes,
) -> None:
    """Sends a whole answer; under our own protocol in one piece."""
    cycle = scope.pop(CYCLE, None)  # that holds the scope: a circle
    if cycle is not None:
        cycle.keep_alive = cycle.keep_alive and not request.closes
        if answer_at_once(cycle, status, headers, body):
            return
    if request.closes:
        headers = [*headers, CLOSE]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _read_body(receive: Receive, request: HttpRequest, route: Route) -> None:
    """Takes the body, or 413. Raises ClientGone."""
    fields, policy = request.fields, route.policy
    length, expects = length_of(fields.get(b"content-length", b"")), b"expect" in fields
    reader = BodyReader(policy.max_body, length, expects=expects)
    more = True
    while more and not reader.enough:
        message = await _next(receive)
        reader.add(message["body"])
        more = message["more_body"]
    request.body = reader.body
    if reader.over:
        request.problem, request.closes = policy.too_large(), True


async def _next(receive: Receive) -> dict[str, Any]:
    """The next piece of the body; ``more_body`` says whether it is the last."""
    message = await receive()
    if message["type"] != "http.request":
        raise ClientGone
    message.setdefault("body", b"")
    message.setdefault("more_body", False)
    return message


def create_asgi_app(config: str | None = None) -> AsgiApp:
    """The ASGI app of a configuration folder. Raises ConfigError."""
    return AsgiApp(ConfigStore.open(config))
