"""Carries requests to customer systems: the only file that knows an HTTP client.

``AsyncTransport`` (aiohttp) carries what answers are made of; ``SyncTransport``
(requests) what people and the worker ask. Neither trusts a time-out of its library,
follows a redirect, keeps a cookie, reads the environment or repeats anything by itself.
Every exception of a library ends here, as a SourceError.
"""

from __future__ import annotations

import asyncio
import functools
import math
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, cast

import aiohttp  # noqa: TID251 - this is the one place
from aiohttp.client_proto import ResponseHandler  # noqa: TID251
from aiohttp.http_exceptions import HttpProcessingError  # noqa: TID251
from yarl import URL

import ivrhooks
from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.content import BodyReader
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.names import Names

USER_AGENT = f"ivrhooks/{ivrhooks.__version__}"
KEEPALIVE = 15.0  # seconds an idle connection is kept

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE = re.compile("[\r\n\x00\ud800-\udfff]")
_NO_BODY_STATUS = frozenset({204, 304})


class AsyncTransport:
    """Connections to one source, on the running loop.

    ``connections``: as many at most; those who come later wait for their deadline. A
    source has one transport of its own, so that none can use up another's.
    """

    def __init__(self, *, connections: int = 64) -> None:
        loop = asyncio.get_running_loop()
        self._names = Names(clock=loop.time)
        connector = aiohttp.TCPConnector(
            limit=connections,
            limit_per_host=0,
            keepalive_timeout=KEEPALIVE,
            resolver=cast(Any, self._names),
            use_dns_cache=False,
        )
        connector._factory = cast(Any, functools.partial(_Wire, loop=loop))
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            middlewares=(_ask_once,),
            skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
        )

    async def send(
        self, request: Request, *, deadline: Deadline, limit: int
    ) -> Response:
        """The whole response, its body within ``limit`` bytes, by ``deadline`` (an
        infinite one: for as long as the caller waits).

        Raises SourceError and nothing else. When it is cancelled, or the deadline
        passes, the connection is closed: the exchange has ended, not just our wait.
        """
        checked = _checked(request)
        left = deadline.remaining()
        try:
            async with asyncio.timeout(None if math.isinf(left) else left):
                return await self._exchange(checked, limit)
        except SourceError:
            raise
        except TimeoutError:
            raise SourceTimeout("no answer in time") from None
        except Exception as problem:
            raise explained(problem) from problem

    async def close(self) -> None:
        """Closes every connection; exchanges under way fail."""
        await self._session.close()
        await self._names.close()

    async def _exchange(self, request: Request, limit: int) -> Response:
        answer = await self._session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
        )
        try:
            return await _read(request, answer, limit)
        finally:
            answer.close()  # given back already where it was read to its end


class _Wire(ResponseHandler):
    """aiohttp's protocol, which also knows whether anything was heard since the
    request left, and is never reused after bytes that nobody had asked for."""

    heard = False

    def set_response_params(self, **params: Any) -> None:
        self.heard = False
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        self.heard = True
        super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        exc.heard = self.heard  # type: ignore[attr-defined]
        super().set_exception(exc, *cause)

    def is_connected(self) -> bool:
        return super().is_connected() and not self.should_close

    def close(self) -> None:
        self.abort()  # close() would first wait for what is unsent, or for TLS


async def _ask_once(
    request: aiohttp.ClientRequest,
    handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
) -> aiohttp.ClientResponse:
    """Turns a broken connection into our error before aiohttp can see it: it repeats
    GET, PUT and DELETE by itself where a kept connection breaks."""
    try:
        return await handler(request)
    except aiohttp.ClientError as problem:
        raise explained(problem) from problem


async def _read(
    request: Request, answer: aiohttp.ClientResponse, limit: int
) -> Response:
    if answer.status == 101:
        raise SourceMalformed("the answer changes the protocol (101)")
    headers = {name.lower(): _clean(value) for name, value in answer.headers.items()}
    if request.method == "HEAD" or answer.status in _NO_BODY_STATUS:
        return Response(answer.status, headers, b"")
    body = BodyReader(limit)
    body.expect(headers.get("content-length"))
    while chunk := await answer.content.readany():
        body.take(chunk)
    return Response(
        answer.status, headers, body.whole(headers.get("content-encoding", ""))
    )


def _clean(value: str) -> str:
    """Bytes beyond UTF-8 come as lone surrogates, which nothing can be made of."""
    return value if value.isascii() else _UNSENDABLE.sub("\ufffd", value)


def _checked(request: Request) -> Request:
    """``request`` with our own headers. Raises SourceRejected where it cannot be sent
    as it is: another scheme than http(s), CR, LF or NUL in a header."""
    if not request.url.lower().startswith(("http://", "https://")):
        raise SourceRejected("only http and https are asked")
    names = set()
    for name, value in request.headers:
        if not _TOKEN.fullmatch(name):
            raise SourceRejected(f"{name[:40]!r} is no header name")
        if _UNSENDABLE.search(value):
            raise SourceRejected(f"the header {name} holds a line break or a NUL")
        names.add(name.lower())
    own = (
        ("User-Agent", USER_AGENT),
        ("Accept-Encoding", "identity"),
        ("Accept", "*/*"),
    )
    added = tuple(pair for pair in own if pair[0].lower() not in names)
    return Request(request.method, request.url, request.headers + added, request.body)


def explained(problem: BaseException) -> SourceError:
    """What an exception of aiohttp, asyncio, ssl or yarl means."""
    for types, meaning in _MEANINGS:
        if isinstance(problem, types):
            error = meaning(f"{type(problem).__name__}: {problem}"[:300])
            error.received = types in _HEARD or getattr(problem, "heard", False)
            return error
    return SourceUnavailable(f"the HTTP client failed: {type(problem).__name__}")


_Types = tuple[type[BaseException], ...]
_TIMEOUT: _Types = (TimeoutError, aiohttp.ServerTimeoutError)
_TLS: _Types = (aiohttp.ClientSSLError, ssl.SSLError)
_NOT_CONNECTED: _Types = (aiohttp.ClientConnectorError,)
_URL: _Types = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)
_NO_HTTP: _Types = (aiohttp.ClientResponseError, HttpProcessingError)
_CUT: _Types = (aiohttp.ClientPayloadError,)
_BROKEN: _Types = (aiohttp.ClientConnectionError, OSError)

_HEARD = frozenset({_TIMEOUT, _TLS, _URL, _NO_HTTP, _CUT})
_MEANINGS: tuple[tuple[_Types, Callable[[str], SourceError]], ...] = (
    (_TIMEOUT, lambda _: SourceTimeout("no answer in time")),
    (_TLS, lambda text: SourceUnavailable(f"no secure connection: {text}")),
    (_NOT_CONNECTED, lambda text: SourceUnavailable(f"no connection: {text}")),
    (_URL, lambda _: SourceRejected("the URL cannot be asked")),
    (_NO_HTTP, lambda text: SourceMalformed(f"the answer is no HTTP: {text}")),
    (_CUT, lambda _: SourceUnavailable("the answer broke off before its end")),
    (_BROKEN, lambda _: SourceUnavailable("the connection was closed")),
)
"""The first that fits; ``_HEARD``: those where something had come from the source, or
where asking again could not help."""
