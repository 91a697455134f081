"""The express door: data requests straight to the engine, in the server's own loop.

Every other path is handed to the Flask app.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from a2wsgi import WSGIMiddleware

from ivrhooks.basics.errors import ContractError
from ivrhooks.http.access_policy import AccessPolicy
from ivrhooks.http.dispatcher import Dispatcher, Route, open_dispatcher
from ivrhooks.http.raw_head import head_of_scope
from ivrhooks.http.request import Arrival, Message, read_headers, request_id
from ivrhooks.http.response import CLOSE, Header, raw_headers
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.config_store import ConfigStore
from ivrhooks.server.config_watch import ConfigWatcher
from ivrhooks.server.flask_app import build_app
from ivrhooks.server.protocol import BROKEN, CYCLE, MESSAGES, answer_at_once

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE_THREADS = 16
DRAINED = 16 * 1024 * 1024  # of a body that is too large, before its sender is left


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
            route = dispatcher.find(scope["path"])
            if route is None:
                await self._pages(scope, receive, send)  # type: ignore[arg-type]
            else:
                arrival = await take(route, scope, receive)
                if arrival is not None:
                    await self.serve(dispatcher, route, scope, arrival, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def serve(
        self,
        dispatcher: Dispatcher,
        route: Route,
        scope: Scope,
        arrival: Arrival,
        send: Send,
    ) -> None:
        """Answers one data request."""
        message = _message(scope, arrival.headers, arrival.body)
        if arrival.problem is not None:
            answer = dispatcher.refuse(route, arrival.problem, message)
        else:
            test_run = dispatcher.test_run(route, message)
            deadline = dispatcher.deadline(route.plan, test_run)
            answer = await dispatcher.answer(route, message, deadline, test_run)
        headers = raw_headers(answer)
        await reply(scope, send, arrival, answer.status, headers, answer.body)

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


async def take(route: Route, scope: Scope, receive: Receive) -> Arrival | None:
    """A data request once it is complete or refused; None where the caller is gone."""
    headers = read_headers(scope["headers"])
    refused = route.policy.refuse_method(scope["method"])
    if refused is not None:
        return Arrival(headers, b"", refused, closes=False)
    try:
        body = await _read_body(receive, headers, route.policy)
    except ContractError as error:
        return Arrival(headers, b"", error, closes=True)
    except ClientGone:
        return None
    if BROKEN in scope:
        code = scope[BROKEN]
        return Arrival(headers, body, ContractError(code, MESSAGES[code]), closes=True)
    return Arrival(headers, body)


def _message(scope: Scope, headers: dict[str, str], body: bytes) -> Message:
    return Message(
        scope["method"],
        headers,
        scope["query_string"],
        body,
        _peer(scope),
        request_id(headers),
        head_of_scope(scope),
    )


def _peer(scope: Scope) -> str:
    client = scope["client"]
    return client[0] if client else ""


async def reply(
    scope: Scope,
    send: Send,
    arrival: Arrival,
    status: int,
    headers: list[Header],
    body: bytes,
) -> None:
    """Sends a whole answer; under our own protocol in one piece."""
    cycle = scope.pop(CYCLE, None)  # that holds the scope: a circle
    if cycle is not None:
        cycle.keep_alive = cycle.keep_alive and not arrival.closes
        if answer_at_once(cycle, status, headers, body):
            return
    if arrival.closes:
        headers = [*headers, CLOSE]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _read_body(
    receive: Receive, headers: dict[str, str], policy: AccessPolicy
) -> bytes:
    """The whole body. Raises the gate's 413, ClientGone."""
    length = _length(headers)
    if length > policy.max_body:
        # Its sender may read no answer before the body is sent: take it, drop it; one
        # far too large, or one that waits to be asked for, is not waited for.
        if length <= DRAINED and "expect" not in headers:
            await _drain(receive, DRAINED)
        raise policy.too_large()
    message = await _next(receive)
    body: bytes = message["body"]
    while message["more_body"] and len(body) <= policy.max_body:
        message = await _next(receive)
        body += message["body"]
    if len(body) > policy.max_body:
        if message["more_body"]:
            await _drain(receive, DRAINED)
        raise policy.too_large()
    return body


async def _drain(receive: Receive, most: int) -> None:
    more = True
    while more and most > 0:
        message = await _next(receive)
        most -= len(message["body"])
        more = message["more_body"]


async def _next(receive: Receive) -> dict[str, Any]:
    """The next piece of the body; ``more_body`` says whether it is the last."""
    message = await receive()
    if message["type"] != "http.request":
        raise ClientGone
    message.setdefault("body", b"")
    message.setdefault("more_body", False)
    return message


def _length(headers: dict[str, str]) -> int:
    """Content-Length as the server has already checked it; 0 where there is none."""
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def create_asgi_app(config: str | None = None) -> AsgiApp:
    """The ASGI app of a configuration folder. Raises ConfigError."""
    return AsgiApp(ConfigStore.open(config))
