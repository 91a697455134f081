"""The connections to one source: reused, bounded, and ended with who asked.

How it is used::

    pool = ConnectionPool(connections=66, cpu_budget=shared)  # in the running loop
    handle = pool.start(request, on_done, limit=1048576)  # no task, future or timer
    handle.abort()  # its socket is closed at once
    response = await pool.exchange(request, limit=1048576)  # one future

``start`` sends the request in this very moment where a connection is free, and calls
``on_done(outcome)`` once, later, with a ``Response`` or a ``SourceError``; after
``abort`` never. It raises a SourceError where there is nothing to wait for (a URL that
cannot be asked, a pool that is closed). ``exchange`` is the same with one future: the
response, or the SourceError raised; cancelling whoever awaits it aborts the exchange.

Three things keep it cheap. ``deadline`` is a moment of the loop's clock; all exchanges
share one timer, and whoever ends an exchange by ``abort`` leaves it infinite. The lines
of a head are made once for each tuple of headers: the same tuple costs a look, an equal
one a hash. What differs from request to request goes into ``extra``: whole lines, each
with its end, already checked (``traceparent``); ``request_id`` is sent unless the
source says ``request_id: none`` or the request has such a header of its own.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from functools import partial

from ivrhooks.basics.errors import SourceError, SourceUnavailable
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.resilience.deadlines import Deadlines
from ivrhooks.sources.connection_settings import DIRECT, ConnectionSettings
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.connection import Connection
from ivrhooks.sources.transport.dial import Dialer
from ivrhooks.sources.transport.exchange import Exchange, OnDone
from ivrhooks.sources.transport.headers import Headers, head_lines
from ivrhooks.sources.transport.meanings import connection_ended, let_go
from ivrhooks.sources.transport.origin import Origin, read_origin, target_of
from ivrhooks.sources.transport.rate import RequestRate

IDLE = 15.0  # seconds that a connection is kept which nobody uses
DISTRUST = 10.0  # seconds in which none is kept, after one in vain; then double
LONGEST_DISTRUST = 600.0
HEADS = 256  # tuples of headers whose lines are kept

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_METHODS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"}) | _WITH_BODY


HeadLines = tuple[Origin | None, Headers, str, bool]
"""The lines of a head for an origin and such headers, and whether an X-Request-Id may
be added."""


class ConnectionPool:
    """The connections to one source, on the running loop.

    ``connections``: as many at most; exchanges beyond that wait until one is free. A
    source has a pool of its own, so that none can use up another's. ``cpu_budget``:
    that of the process, so that all together take no more than their share.
    ``settings`` say what stands between the source and us; ``rate``: how many requests
    may leave, where that is bounded.
    """

    def __init__(
        self,
        *,
        connections: int = 64,
        cpu_budget: CpuBudget | None = None,
        settings: ConnectionSettings = DIRECT,
        rate: RequestRate | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.cpu_budget = cpu_budget or CpuBudget()
        self.deadlines = Deadlines()
        self._dialer = Dialer(settings)
        self._sends_request_id = settings.request_id
        self._rate = rate
        self._queued: set[Exchange] = set()  # those that wait for their turn
        self._free = connections
        self._connections: set[Connection] = set()
        self._dials: dict[asyncio.Task[None], Exchange] = {}
        self._pending: deque[Exchange] = deque()
        self._home = ""  # the first origin's prefix: that of nearly all URLs
        self._origins: dict[str, Origin] = {}
        self._heads: dict[tuple[Origin, Headers], HeadLines] = {}
        self._last: HeadLines = (None, (), "", False)
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    def prepare(self, base_url: str) -> None:
        """Does what the first request to ``base_url`` would have to."""
        if base_url.startswith("https:"):
            self._dialer.prepare()

    # ------------------------------------------------------------------- asking

    async def exchange(
        self,
        request: Request,
        *,
        limit: int,
        deadline: float = math.inf,
        extra: str = "",
        request_id: str = "",
    ) -> Response:
        """The whole response, its body within ``limit`` bytes, by ``deadline``.

        Raises SourceError and nothing else. When it is cancelled, or the deadline
        passes, the connection is closed: the exchange has ended, not just our wait.
        """
        answered: asyncio.Future[Response | SourceError] = self._loop.create_future()
        handle = self.start(
            request,
            partial(_settle, answered),
            limit=limit,
            deadline=deadline,
            extra=extra,
            request_id=request_id,
        )
        try:
            outcome = await answered
        except asyncio.CancelledError:
            handle.abort()
            raise
        if isinstance(outcome, Response):
            return outcome
        try:
            raise outcome
        finally:
            del outcome, answered  # what is raised knows this frame: a cycle

    def start(
        self,
        request: Request,
        on_done: OnDone,
        *,
        limit: int,
        deadline: float = math.inf,
        extra: str = "",
        request_id: str = "",
        made: Callable[..., Exchange] = Exchange,
    ) -> Exchange:
        """Sends ``request``, now or as soon as a connection is free. Raises
        SourceError where it cannot be sent at all. ``made``: what makes the handle."""
        if self._closed:
            raise _closed()
        prefix, target = target_of(request.url, self._home)
        origin = self._origins.get(prefix) or self._new_origin(prefix)
        exchange = made(
            self,
            origin,
            self._payload(request, origin, target, extra, request_id),
            request.method == "HEAD",
            limit,
            deadline,
            on_done,
        )
        if deadline != math.inf:
            self.deadlines.watch(exchange, deadline)
        if self._rate is None:
            self._begin(exchange)
        else:
            self._queued.add(exchange)
            self._rate.start(exchange, self._begin_in_turn)
        return exchange

    def _begin_in_turn(self, exchange: Exchange) -> None:
        self._queued.discard(exchange)
        self._begin(exchange)

    def _begin(self, exchange: Exchange) -> None:
        """Sends it on a connection that is free, or waits for one."""
        idle = exchange.origin.idle
        while idle:
            connection = idle.pop()
            if connection.open:
                connection.send(exchange)
                return
            connection.drop()
        self._pending.append(exchange)
        self._serve_pending()

    async def close(self) -> None:
        """Closes every connection; exchanges under way fail."""
        self._closed = True
        self.deadlines.close()
        if self._sweep is not None:
            self._sweep.cancel()
        dials = dict(self._dials)
        for exchange in (*self._queued, *self._pending, *dials.values()):
            exchange.fail(_closed())
        for connection in tuple(self._connections):
            connection.cut(_closed())
        await asyncio.gather(*dials, return_exceptions=True)
        if self._rate is not None:
            await self._rate.close()
        await self._dialer.close()

    # -------------------------------------------------------------- the request

    def _new_origin(self, prefix: str) -> Origin:
        origin = read_origin(prefix)
        origin.reach_by(self._dialer.proxy_for(origin))
        self._origins[prefix] = origin
        self._home = self._home or prefix
        return origin

    def _payload(
        self,
        request: Request,
        origin: Origin,
        target: str,
        extra: str,
        request_id: str,
    ) -> bytes:
        """The bytes of a request. Raises SourceRejected."""
        last = self._last
        if last[0] is not origin or last[1] is not request.headers:
            last = self._head_lines(request.headers, origin)
        if request_id and last[3]:
            extra = f"{extra}X-Request-Id: {request_id}\r\n"
        if origin.forwards:
            target = f"http://{origin.authority}{target}"
        body = request.body
        if body is not None or request.method in _WITH_BODY:
            extra = f"{extra}Content-Length: {len(body or b'')}\r\n"
        head = f"{request.method} {target} HTTP/1.1\r\n{last[2]}{extra}\r\n".encode()
        return head if body is None else head + body

    def _head_lines(self, headers: Headers, origin: Origin) -> HeadLines:
        """The lines of such a head, kept for the next; those of the last request are
        found by a mere look."""
        last = self._heads.get((origin, headers))
        if last is None:
            lines = head_lines(headers, host=origin.authority, user=origin.user)
            if origin.proxy is not None and origin.forwards:
                lines += origin.proxy.request_lines
            named = any(name.lower() == "x-request-id" for name, _ in headers)
            if len(self._heads) >= HEADS:
                self._heads.clear()
            last = (origin, headers, lines, self._sends_request_id and not named)
            self._heads[(origin, headers)] = last
        self._last = last
        return last

    # ---------------------------------------------------------- the connections

    def release(self, connection: Connection) -> None:
        """Takes back a connection whose exchange has ended well."""
        origin = connection.origin
        if self._closed or (origin.in_vain and not self._is_worth_keeping(connection)):
            connection.drop()
            return
        pending = self._pending
        if pending and pending[0].origin is connection.origin:
            connection.send(pending.popleft())
            return
        connection.idle_since = self._loop.time()
        connection.origin.idle.append(connection)
        if pending:
            self._serve_pending()
        if self._sweep is None:
            self._sweep = self._loop.call_later(IDLE, self._close_idle)

    def forget(self, connection: Connection) -> None:
        """A connection has ended; another may take its place."""
        if connection in self._connections:
            self._connections.discard(connection)
            if connection in connection.origin.idle:
                connection.origin.idle.remove(connection)
            self._free += 1
            self._serve_pending()

    def distrust(self, origin: Origin) -> None:
        """A kept connection had been closed, so the others to ``origin`` may have been
        as well: whoever asks again does so on a new one. A server that closes each
        without a word of it has none kept for a while, and ever longer."""
        now = self._loop.time()
        if now >= origin.trusted_at:
            origin.in_vain += 1
            origin.trusted_at = now + _distrusted_for(origin)
        for connection in tuple(origin.idle):
            connection.drop()

    def _is_worth_keeping(self, connection: Connection) -> bool:
        """Whether kept connections serve again; one at a time tries it."""
        origin, now = connection.origin, self._loop.time()
        if connection.exchanges > 1:
            origin.in_vain, origin.trusted_at = 0, 0.0
        elif now < origin.trusted_at:
            return False
        else:
            origin.trusted_at = now + _distrusted_for(origin)
        return True

    def let_go(self, exchange: Exchange) -> None:
        """An exchange that nobody waits for any more."""
        self.deadlines.forget(exchange)
        connection = exchange.connection
        if connection is not None:
            if connection.carries(exchange):
                connection.drop()
        elif exchange.dial is not None:
            self._queued.discard(exchange)
            exchange.dial.cancel()
        elif exchange in self._pending:
            self._pending.remove(exchange)

    def _serve_pending(self) -> None:
        while self._pending and not self._closed:
            if self._free:
                self._free -= 1
                self._start_dial(self._pending.popleft())
            elif not self._drop_idle():
                return

    def _start_dial(self, exchange: Exchange) -> None:
        exchange.dial = dial = self._loop.create_task(self._dial(exchange))
        self._dials[dial] = exchange
        dial.add_done_callback(self._dials.pop)

    def _drop_idle(self) -> bool:
        """Ends a connection that nobody uses, to another host; its place is taken at
        once. False: there is none."""
        for origin in self._origins.values():
            if origin.idle:
                origin.idle[0].drop()
                return True
        return False

    async def _dial(self, exchange: Exchange) -> None:
        """Connects for ``exchange``; it alone waits for this, and ends it."""
        origin = exchange.origin
        made: list[Connection] = []
        try:
            await self._dialer.connect(
                origin, partial(self._new_connection, origin, made)
            )
        except SourceError as problem:
            exchange.dial = None
            self._free += 1
            exchange.done(let_go(problem))
            self._serve_pending()
        except BaseException:
            exchange.dial = None
            self._free += 1
            self._serve_pending()
            raise
        else:
            exchange.dial = None
            self._connected(made[0], exchange)

    def _new_connection(self, origin: Origin, made: list[Connection]) -> Connection:
        made.append(Connection(self, origin))
        return made[0]

    def _connected(self, connection: Connection, exchange: Exchange) -> None:
        self._connections.add(connection)
        if not connection.open:
            self.forget(connection)
            exchange.done(connection_ended(None, connection.origin, False, False))
        elif exchange.on_done is None:
            self.release(connection)
        else:
            connection.send(exchange)

    def _close_idle(self) -> None:
        self._sweep = None
        since = self._loop.time() - IDLE
        kept = [one for origin in self._origins.values() for one in origin.idle]
        for connection in kept:
            if connection.idle_since <= since:
                connection.drop()
        left = [one.idle_since for one in kept if one.idle_since > since]
        if left:
            self._sweep = self._loop.call_at(min(left) + IDLE, self._close_idle)


def _distrusted_for(origin: Origin) -> float:
    return min(DISTRUST * float(2 ** min(origin.in_vain - 1, 10)), LONGEST_DISTRUST)


def _closed() -> SourceError:
    return SourceUnavailable("the transport is closed", received=False)


def _settle(
    answered: asyncio.Future[Response | SourceError], outcome: Response | SourceError
) -> None:
    if not answered.done():
        answered.set_result(outcome)
