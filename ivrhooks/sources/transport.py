"""Carries requests to customer systems: with ``wire.py``, all that knows a client.

``AsyncTransport`` (aiohttp) carries what answers are made of; ``SyncTransport``
(requests) what people and the worker ask. Neither trusts a time-out of its library,
follows a redirect, keeps a cookie, reads the environment or repeats anything by itself.
Every exception of a library ends here, as a SourceError.
"""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, cast

import aiohttp  # noqa: TID251 - this is the one place
import requests  # noqa: TID251
import urllib3
from aiohttp.http_exceptions import HttpProcessingError  # noqa: TID251
from requests.adapters import HTTPAdapter  # noqa: TID251
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from yarl import URL

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.resilience.cut_off import cut_off
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.content import BodyReader
from ivrhooks.sources.headers import checked, clean
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.names import Names
from ivrhooks.sources.wire import Connector

KEEPALIVE = 15.0  # seconds an idle connection is kept
DEEP = 10  # exceptions that led to one another, of which the frames are let go

_NO_LINGER = struct.pack("ii", 1, 0)  # closing then tells a flooding server at once
_NO_BODY_STATUS = frozenset({204, 304})


class AsyncTransport:
    """Connections to one source, on the running loop.

    ``connections``: as many at most; those who come later wait for their deadline. A
    source has one transport of its own, so that none can use up another's. ``pace``:
    that of the process, so that all together take no more than their share.
    """

    def __init__(
        self, *, connections: int = 64, cpu_budget: CpuBudget | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        self._cpu_budget = cpu_budget or CpuBudget()
        self._names = Names(clock=loop.time)
        connector = Connector(
            self._cpu_budget,
            limit=connections,
            limit_per_host=0,
            keepalive_timeout=KEEPALIVE,
            resolver=cast(Any, self._names),
            use_dns_cache=False,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=_NoCookies(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
        )
        # aiohttp repeats GET, PUT and DELETE by itself where a kept connection breaks.
        self._session._retry_connection = False

    async def send(
        self, request: Request, *, deadline: Deadline, limit: int
    ) -> Response:
        """The whole response, its body within ``limit`` bytes, by ``deadline`` (an
        infinite one: for as long as the caller waits).

        Raises SourceError and nothing else. When it is cancelled, or the deadline
        passes, the connection is closed: the exchange has ended, not just our wait.
        """
        sent, url = checked(request), _address(request)
        try:
            if math.isinf(deadline.at):
                return await self._exchange(sent, url, limit)
            return await cut_off(self._exchange(sent, url, limit), deadline.remaining())
        except TimeoutError:
            raise SourceTimeout("no answer in time") from None
        except Exception as problem:
            raise _without_frames(problem) from None

    async def close(self) -> None:
        """Closes every connection; exchanges under way fail."""
        await self._session.close()
        await self._names.close()

    async def _exchange(self, request: Request, url: URL, limit: int) -> Response:
        answer = await self._session.request(
            request.method,
            url,
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
        )
        try:
            return await _read(request, answer, limit, self._cpu_budget)
        finally:
            answer.close()  # given back already where it was read to its end


class SyncTransport:
    """Connections for what people and the worker ask: one for each request. Safe to
    use from several threads."""

    def __init__(self) -> None:
        self._under_way: set[_Blocking] = set()

    def send(self, request: Request, *, timeout: float, limit: int) -> Response:
        """The whole response within ``limit`` bytes and ``timeout`` seconds, looking up
        the name and connecting included.

        Raises SourceError and nothing else. The exchange runs in a thread of its own,
        since nothing else can bound a name look-up; when its time is over its socket
        is shut, and the thread ends.
        """
        blocking = _Blocking(checked(request), limit)
        self._under_way.add(blocking)
        try:
            return blocking.answer(timeout)
        finally:
            self._under_way.discard(blocking)

    def close(self) -> None:
        """Ends the exchanges under way, wherever they are waited for."""
        for blocking in tuple(self._under_way):
            blocking.cut()


class _Blocking:
    """One exchange of requests, and the end that can be put to it from outside."""

    def __init__(self, request: Request, limit: int) -> None:
        self._request = request
        self._limit = limit
        self._result: Future[Response] = Future()
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_cut = False

    def answer(self, timeout: float) -> Response:
        threading.Thread(target=self._run, name="exchange", daemon=True).start()
        try:
            return self._result.result(timeout)
        except (TimeoutError, CancelledError):
            raise SourceTimeout("no answer in time") from None
        finally:
            self.cut()

    def cut(self) -> None:
        """Shuts the sockets: whoever waits on them is woken."""
        with self._lock:
            self._is_cut = True
            in_vain = self._result.cancel()
            for held in self._sockets:
                with suppress(OSError):
                    if in_vain:
                        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                    held.shutdown(socket.SHUT_RDWR)
                held.close()
            self._sockets.clear()

    def hold(self, connected: socket.socket) -> socket.socket:
        """Remembers a socket by a descriptor of our own, which TLS cannot take away."""
        with self._lock:
            self._sockets.append(connected.dup())
        if self._is_cut:
            self.cut()
        return connected

    def _run(self) -> None:
        try:
            outcome: Response | SourceError = self._exchange()
        except SourceError as problem:
            outcome = problem
        except Exception as problem:
            outcome = explained(problem)
        with self._lock:
            if self._result.cancelled():
                return
            if isinstance(outcome, SourceError):
                self._result.set_exception(outcome)
            else:
                self._result.set_result(outcome)

    def _exchange(self) -> Response:
        asked = self._request
        with requests.Session() as session:
            session.headers.clear()
            session.trust_env = False
            adapter = _adapter(self.hold)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            prepared = session.prepare_request(
                requests.Request(asked.method, asked.url, data=asked.body)
            )
            prepared.url = asked.url  # requests would quote it in its own way
            for name, value in asked.headers:
                prepared.headers[name] = value.encode("utf-8")  # type: ignore[assignment]
            with session.send(prepared, stream=True, allow_redirects=False) as answer:
                return self._read(answer)

    def _read(self, answer: requests.Response) -> Response:
        if answer.status_code == 101:
            raise SourceMalformed("the answer changes the protocol (101)")
        headers = {
            name.lower(): clean(value.encode("latin-1").decode("utf-8", "replace"))
            for name, value in answer.headers.items()
        }
        body = BodyReader(self._limit)
        if self._request.method != "HEAD":
            body.expect(headers.get("content-length"))
            for chunk in answer.raw.stream(16384, decode_content=False):
                body.take(chunk)
        encoding = headers.get("content-encoding", "")
        return Response(answer.status_code, headers, body.whole(encoding))


def _adapter(hold: Callable[[socket.socket], socket.socket]) -> HTTPAdapter:
    """An adapter that never repeats, and whose sockets are held."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return hold(super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return hold(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    adapter = HTTPAdapter(max_retries=0)
    trusted = ssl.create_default_context()  # as aiohttp's: the system's, not certifi's
    adapter.init_poolmanager(1, 1, ssl_context=trusted)
    adapter.poolmanager.pool_classes_by_scheme = {
        "http": PlainPool,
        "https": SecurePool,
    }
    return adapter


class _NoCookies(aiohttp.DummyCookieJar):
    """Keeps none, and does not even read them: a head may hold thousands."""

    def update_cookies_from_headers(self, *_: object) -> None:
        pass


async def _read(
    request: Request, answer: aiohttp.ClientResponse, limit: int, cpu_budget: CpuBudget
) -> Response:
    if answer.status == 101:
        raise SourceMalformed("the answer changes the protocol (101)")
    headers = {name.lower(): clean(value) for name, value in answer.headers.items()}
    if request.method == "HEAD" or answer.status in _NO_BODY_STATUS:
        return Response(answer.status, headers, b"")
    body = BodyReader(limit)
    body.expect(headers.get("content-length"))
    while chunk := await answer.content.readany():
        body.take(chunk)
    encoding = headers.get("content-encoding", "")
    if encoding:
        whole = await cpu_budget.run(lambda: body.whole(encoding))
    else:
        whole = body.whole(encoding)
    return Response(answer.status, headers, whole)


def _address(request: Request) -> URL:
    """The URL as it is, not quoted again. Raises SourceRejected."""
    try:
        url = URL(request.url, encoded=True)
        if url.raw_host and url.port:
            return url
    except ValueError:
        pass
    raise SourceRejected("the URL cannot be asked", received=False)


def _without_frames(problem: Exception) -> SourceError:
    """What it means, and the frames let go that it came through: they hold the
    connection, and that holds the problem. Python would have to search for such
    circles, and nobody is answered meanwhile."""
    led: BaseException | None = problem
    for _ in range(DEEP):
        if led is None:
            break
        led.__traceback__ = None
        led = led.__cause__ or led.__context__
    return problem if isinstance(problem, SourceError) else explained(problem)


def explained(problem: BaseException) -> SourceError:
    """What an exception of aiohttp, asyncio, ssl or yarl means."""
    problem = _reason(problem)
    for types, meaning in _MEANINGS:
        if isinstance(problem, types):
            error = meaning(f"{type(problem).__name__}: {_without_url(problem)}"[:300])
            error.received = types in _HEARD or getattr(problem, "heard", False)
            return error
    return SourceUnavailable(f"the HTTP client failed: {type(problem).__name__}")


def _reason(problem: BaseException) -> BaseException:
    """What requests has wrapped in "max retries exceeded with url"."""
    reason = getattr(problem.args[0], "reason", None) if problem.args else None
    return reason if isinstance(reason, HTTPError) else problem


def _without_url(problem: BaseException) -> str:
    """Its words, unless a URL may stand there: one holds telephone numbers and keys."""
    if isinstance(problem, aiohttp.ClientResponseError):
        return problem.message.splitlines()[0] if problem.message else ""
    if isinstance(problem, requests.RequestException):
        return "no more is said"
    return str(problem)


_Types = tuple[type[BaseException], ...]
_TIMEOUT: _Types = (TimeoutError, aiohttp.ServerTimeoutError, requests.Timeout)
_TLS: _Types = (aiohttp.ClientSSLError, ssl.SSLError, urllib3.exceptions.SSLError)
_NOT_CONNECTED: _Types = (aiohttp.ClientConnectorError, NewConnectionError)
_URL: _Types = (
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
)
_NO_HTTP: _Types = (aiohttp.ClientResponseError, HttpProcessingError)
_CUT: _Types = (aiohttp.ClientPayloadError, requests.exceptions.ChunkedEncodingError)
_BROKEN_SOMEWHERE: _Types = (requests.RequestException, HTTPError)
_BROKEN: _Types = (aiohttp.ClientConnectionError, OSError)

_HEARD = frozenset({_TIMEOUT, _TLS, _URL, _NO_HTTP, _CUT, _BROKEN_SOMEWHERE})
_MEANINGS: tuple[tuple[_Types, Callable[[str], SourceError]], ...] = (
    (_TIMEOUT, lambda _: SourceTimeout("no answer in time")),
    (_TLS, lambda text: SourceUnavailable(f"no secure connection: {text}")),
    (_NOT_CONNECTED, lambda text: SourceUnavailable(f"no connection: {text}")),
    (_URL, lambda _: SourceRejected("the URL cannot be asked")),
    (_NO_HTTP, lambda text: SourceMalformed(f"the answer is no HTTP: {text}")),
    (_CUT, lambda _: SourceUnavailable("the answer broke off before its end")),
    (_BROKEN_SOMEWHERE, lambda _: SourceUnavailable("the connection was closed")),
    (_BROKEN, lambda _: SourceUnavailable("the connection was closed")),
)
"""The first that fits; ``_HEARD``: those where something had come from the source, or
where asking again could not help."""
