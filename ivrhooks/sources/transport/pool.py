"""The connections to one source: reused, bounded, and closed on abort.

Usage::

    pool = ConnectionPool(connections=66, cpu_budget=shared)  # in the running loop
    handle = pool.start(request, on_done, limit=1048576)  # no task, future or timer
    handle.abort()  # its socket is closed at once
    response = await pool.exchange(request, limit=1048576)  # one future

``start`` sends the request at once where a connection is free. Later it calls
``on_done(outcome)`` once, with a ``Response`` or a ``SourceError``; after ``abort``
never. It raises SourceError where there is nothing to wait for: an invalid URL, a
closed pool. ``exchange`` awaits the same with one future. It returns the response or
raises the SourceError; cancellation aborts the exchange.

Three things keep it cheap. All exchanges share one timer; ``deadline`` is a time of the
loop's clock, infinite for a caller that calls ``abort`` itself. The header lines of
equal header tuples are built once. What differs from request to request goes into
``extra``: whole, checked lines with their line ends, such as ``traceparent``.
``request_id`` is sent unless the source says ``request_id: none`` or the request has
this header.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from functools import partial

from ivrhooks.basics.errors import SourceError, SourceUnavailable
from ivrhooks.basics.write_batch import WriteBatch
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.resilience.deadlines import Deadlines
from ivrhooks.sources.connection_settings import DIRECT, ConnectionSettings
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.connection import Connection
from ivrhooks.sources.transport.dial import Dialer
from ivrhooks.sources.transport.exchange import Exchange, OnDone
from ivrhooks.sources.transport.failures import connection_ended, without_traceback
from ivrhooks.sources.transport.headers import Headers, head_lines
from ivrhooks.sources.transport.origin import Origin, read_origin, target_of
from ivrhooks.sources.transport.rate import RequestRate

IDLE = 15.0  # seconds that an idle connection is kept
KEEP_NONE = 10.0  # seconds without idle connections after one was found closed; doubles
LONGEST_KEEP_NONE = 600.0
HEADS = 256  # header tuples whose lines are cached

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


HeadLines = tuple[Origin | None, Headers, str, bool]
"""Header lines of a request, and whether an X-Request-Id may be added to them."""


class ConnectionPool:
    """The connections to one source, on the running loop.

    ``connections``: their most; further exchanges wait. ``cpu_budget``: shared by the
    process, so that all sources keep within their share. ``settings``: TLS, proxy and
    allowed hosts; ``rate``: the rate limit, if any; ``writes``: those of the loop.
    """

    def __init__(
        self,
        *,
        connections: int = 64,
        cpu_budget: CpuBudget | None = None,
        settings: ConnectionSettings = DIRECT,
        rate: RequestRate | None = None,
        writes: WriteBatch | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.writes = writes or WriteBatch(self._loop)
        self.cpu_budget = cpu_budget or CpuBudget()
        self.deadlines = Deadlines()
        self._dialer = Dialer(settings)
        self._sends_request_id = settings.request_id
        self._rate = rate
        self._rate_limited: set[Exchange] = set()  # exchanges that wait for their rate
        self._free = connections
        self._connections: set[Connection] = set()
        self._dials: dict[asyncio.Task[None], Exchange] = {}
        self._pending: deque[Exchange] = deque()
        self._home = ""  # prefix of the first origin, and of nearly all URLs
        self._origins: dict[str, Origin] = {}
        self._heads: dict[tuple[Origin, Headers], HeadLines] = {}
        self._last: HeadLines = (None, (), "", False)
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    def prepare(self, base_url: str) -> None:
        """Do what the first request to ``base_url`` would have to do."""
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
        """Return the whole response, its body within ``limit`` bytes, by ``deadline``.
        Raises SourceError only. On cancellation and at the deadline the connection is
        closed."""
        answered: asyncio.Future[Response | SourceError] = self._loop.create_future()
        handle = self.start(
            request,
            partial(_resolve, answered),
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
            del outcome, answered  # the error refers to this frame: a cycle

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
        """Send ``request`` now, or as soon as a connection is free. Raises SourceError
        where it cannot be sent at all. ``made`` creates the handle."""
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
            self._rate_limited.add(exchange)
            self._rate.start(exchange, self._begin_in_turn)
        return exchange

    def _begin_in_turn(self, exchange: Exchange) -> None:
        self._rate_limited.discard(exchange)
        self._begin(exchange)

    def _begin(self, exchange: Exchange) -> None:
        """Send it on a free connection, or wait for one."""
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
        """Close every connection; running exchanges fail."""
        self._closed = True
        self.deadlines.close()
        if self._sweep is not None:
            self._sweep.cancel()
        dials = dict(self._dials)
        for exchange in (*self._rate_limited, *self._pending, *dials.values()):
            exchange.fail(_closed())
        for connection in tuple(self._connections):
            connection.fail(_closed())
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
        """Return the bytes of a request. Raises SourceRejected."""
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
        """Return the header lines for these headers, cached; the last ones are found by
        identity."""
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
        """Take back a connection whose exchange has ended well."""
        origin = connection.origin
        if self._closed or (
            origin.stale_in_a_row and not self._is_worth_keeping(connection)
        ):
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
        """Remove a closed connection; another may take its place."""
        if connection in self._connections:
            self._connections.discard(connection)
            if connection in connection.origin.idle:
                connection.origin.idle.remove(connection)
            self._free += 1
            self._serve_pending()

    def keep_none(self, origin: Origin) -> None:
        """Drop the idle connections to ``origin``, since one of them was found closed.
        For a while none is kept, longer each time: some servers close each connection
        without saying so."""
        now = self._loop.time()
        if now >= origin.keeps_from:
            origin.stale_in_a_row += 1
            origin.keeps_from = now + _keeps_none_for(origin)
        for connection in tuple(origin.idle):
            connection.drop()

    def _is_worth_keeping(self, connection: Connection) -> bool:
        """Return whether to keep a connection; after a failure one at a time."""
        origin, now = connection.origin, self._loop.time()
        if connection.exchanges > 1:
            origin.stale_in_a_row, origin.keeps_from = 0, 0.0
        elif now < origin.keeps_from:
            return False
        else:
            origin.keeps_from = now + _keeps_none_for(origin)
        return True

    def abandon(self, exchange: Exchange) -> None:
        """Release what serves an aborted exchange."""
        self.deadlines.forget(exchange)
        connection = exchange.connection
        if connection is not None:
            if connection.carries(exchange):
                connection.drop()
        elif exchange.dial is not None:
            self._rate_limited.discard(exchange)
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
        """Close an idle connection to another host; False where there is none."""
        for origin in self._origins.values():
            if origin.idle:
                origin.idle[0].drop()
                return True
        return False

    async def _dial(self, exchange: Exchange) -> None:
        """Connect for ``exchange``; it alone waits for this and can cancel it."""
        origin = exchange.origin
        made: list[Connection] = []
        try:
            await self._dialer.connect(
                origin, partial(self._new_connection, origin, made)
            )
        except SourceError as problem:
            exchange.dial = None
            self._free += 1
            exchange.done(without_traceback(problem))
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
        left: list[float] = []
        for origin in self._origins.values():
            for connection in tuple(origin.idle):
                if connection.idle_since <= since:
                    connection.drop()
                else:
                    left.append(connection.idle_since)
        if left:
            self._sweep = self._loop.call_at(min(left) + IDLE, self._close_idle)


def _keeps_none_for(origin: Origin) -> float:
    return min(
        KEEP_NONE * float(2 ** min(origin.stale_in_a_row - 1, 10)), LONGEST_KEEP_NONE
    )


def _closed() -> SourceError:
    return SourceUnavailable("the transport is closed", received=False)


def _resolve(
    answered: asyncio.Future[Response | SourceError], outcome: Response | SourceError
) -> None:
    if not answered.done():
        answered.set_result(outcome)
