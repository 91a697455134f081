"""The service as an ASGI app, for other ASGI servers; ``ivrhooks serve`` needs none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import quote

from ivrhooks.http.body_reader import BodyReader, length_of
from ivrhooks.http.request import HttpRequest
from ivrhooks.http.response import CLOSE, raw_headers
from ivrhooks.http.route import Route
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.flask_app import build_app
from ivrhooks.server.pages.bridge import Reply
from ivrhooks.server.reload.config_store import ConfigStore
from ivrhooks.server.service import Service

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE_BODY = 1024 * 1024


class ClientGone(Exception):
    """The client disconnected before its request was complete."""


class AsgiApp(Service):
    """An ASGI app. It opens when the server's loop starts it."""

    def __init__(
        self, config_store: ConfigStore, recorder: RequestRecorder | None = None
    ) -> None:
        recorder = recorder or RequestRecorder(
            "asgi", config_store.current, lambda: config_store.problem
        )
        super().__init__(config_store, recorder, partial(build_app, recorder))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            with suppress(ClientGone):
                await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        dispatcher = await self.open()
        request = request_of(scope)
        route = dispatcher.match_target(request.target)
        await _take(route, request, receive)
        if route is None:
            reply = await self._page(request, scope)
        else:
            answer = await dispatcher.answer(route, request)
            reply = Reply(answer.status, raw_headers(answer), answer.body)
        await _send(send, request, reply)

    async def _page(self, request: HttpRequest, scope: Scope) -> Reply:
        host, port = scope.get("server") or ("localhost", 80)
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def deliver(reply: Reply) -> None:
            if not waiting.done():
                waiting.set_result(reply)

        self.pages.run(request, (host, port or 0), deliver)
        return await waiting

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})


def request_of(scope: Scope) -> HttpRequest:
    """Return the request of an ASGI scope, without its body."""
    client = scope["client"]
    request = HttpRequest(
        scope["method"],
        _path_of(scope.get("raw_path") or quote(scope["path"], safe="/:").encode()),
        scope["query_string"],
        peer=client[0] if client else "",
        scheme=scope.get("scheme", "http"),
    )
    request.version = scope.get("http_version", "1.1")
    for name, value in scope["headers"]:
        request.add(name, value)
    return request


def _path_of(target: bytes) -> bytes:
    """Return the path of a target, which some servers leave in absolute form."""
    scheme, mark, rest = target.partition(b"://")
    if not mark or scheme.lower() not in (b"http", b"https"):
        return target
    return b"/" + rest.partition(b"/")[2]


async def _take(route: Route | None, request: HttpRequest, receive: Receive) -> None:
    """Read the body within its limit. Raises ClientGone."""
    policy = None if route is None else route.policy
    if policy is not None:
        request.problem = policy.refuse_method(request.method)
        if request.problem is not None:
            return
    length = length_of(request.fields.get(b"content-length", b""))
    limit = PAGE_BODY if policy is None else policy.max_body
    reader = BodyReader(limit, length, expects=b"expect" in request.fields)
    more = True
    while more and not reader.enough:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        reader.add(message.get("body", b""))
        more = message.get("more_body", False)
    request.body = reader.body
    if reader.over:
        request.closes = True
        if policy is not None:
            request.problem = policy.too_large()


async def _send(send: Send, request: HttpRequest, reply: Reply) -> None:
    headers = [*reply.headers, CLOSE] if request.closes else reply.headers
    await send(
        {"type": "http.response.start", "status": reply.status, "headers": headers}
    )
    await send({"type": "http.response.body", "body": reply.body})


def create_asgi_app(config: str | None = None) -> AsgiApp:
    """Return the ASGI app of a configuration folder. Raises ConfigError."""
    return AsgiApp(ConfigStore.open(config))
