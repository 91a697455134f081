"""One HTTP/1.1 connection to a source, on httptools: one exchange at a time.

An answer is parsed where it comes in, in the loop. What no honest server sends (a head
without an end, a frame around nothing) ends the exchange; bytes that nobody asked for
end the connection. An exchange that costs more than half a millisecond of parsing waits
for its turns at the process's ``CpuBudget``, like all heavy work.

The parser's callbacks only note what they see. ``data_received`` reports an answer,
behind them, when all bytes that came with it have been looked at.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

import httptools

from ivrhooks.basics.errors import SourceError, SourceMalformed, SourceUnavailable
from ivrhooks.resilience.cpu_budget import TURN
from ivrhooks.sources.interface import Response
from ivrhooks.sources.transport.body import too_large
from ivrhooks.sources.transport.exchange import Exchange
from ivrhooks.sources.transport.headers import RawHeaders, ResponseHeaders
from ivrhooks.sources.transport.meanings import connection_ended, no_http
from ivrhooks.sources.transport.origin import Origin
from ivrhooks.sources.transport.proxy import Proxy, wants_credentials

if TYPE_CHECKING:
    from ivrhooks.sources.transport.pool import ConnectionPool

log = logging.getLogger(__name__)

CHUNK = 8 * 1024  # bytes parsed in one go: well under a millisecond, at the worst
PLAIN_CHUNK = 32 * 1024  # of a body without frames, in which there is nothing to parse
LARGE = 64 * 1024  # bytes read in one go: whoever sends so many waits for turns at once
HEAD = 64 * 1024  # bytes of an answer's head, of all that came before it too
LINES = 128  # of an answer's head
INTERIM = 16  # answers of the kind of `100 Continue` before the real one
FRAMING = 64 * 1024  # bytes around a body, beside as many as the body itself
AT_ONCE = 0.0005  # seconds of parsing that an exchange has before it waits for turns
SHORTEST_WATCHED = len("content-length")

PROXY_WANTS_CREDENTIALS = 407

_NO_BODY_STATUS = frozenset({204, 304})


class _Unasked(Exception):
    """Stops the parser: what comes now belongs to no exchange."""


class Connection(asyncio.Protocol):
    """A connection of a pool. ``exchanges``: how many it has carried."""

    __slots__ = (
        "_chunked",
        "_complete",
        "_encoding",
        "_exchange",
        "_fed",
        "_held",
        "_in_body",
        "_interim",
        "_keep",
        "_length",
        "_lost",
        "_parser",
        "_parts",
        "_pool",
        "_problem",
        "_queued",
        "_raw",
        "_refusal",
        "_size",
        "_spent",
        "_status",
        "_transport",
        "exchanges",
        "idle_since",
        "open",
        "origin",
    )

    def __init__(self, pool: ConnectionPool, origin: Origin) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.exchanges = 0
        self._pool = pool
        self.open = False  # whether a request may be sent on it
        self._transport: asyncio.Transport
        self._parser: httptools.HttpResponseParser
        self._exchange: Exchange | None = None
        self._held = b""  # read and not parsed; reading is paused meanwhile
        self._queued = False
        self._lost = False
        self._problem: Exception | None = None  # that it was lost by

    # ------------------------------------------------------------- an exchange

    def send(self, exchange: Exchange) -> None:
        """Sends a request; the answer is reported to it."""
        self._exchange = exchange
        exchange.connection = self
        self.exchanges += 1
        self._raw: RawHeaders = []
        self._parts: list[bytes] = []
        self._status = self._size = self._fed = self._interim = 0
        self._in_body = self._complete = self._chunked = self._keep = False
        self._length = -1
        self._encoding = b""
        self._refusal: SourceError | None = None
        self._spent = 0.0
        self._transport.write(exchange.payload)

    def carries(self, exchange: Exchange) -> bool:
        """Whether it works for ``exchange`` now."""
        return self._exchange is exchange

    def drop(self) -> None:
        """Ends the connection at once. What it works for learns nothing of it."""
        self._exchange = None
        self._held = b""
        self._lost = True
        if self.open:
            self.open = False
            self._transport.abort()
            del self._parser  # which knows this object: a reference cycle
            self._pool.forget(self)

    def cut(self, problem: SourceError) -> None:
        """Ends the connection at once; its exchange fails."""
        exchange = self._exchange
        self.drop()
        if exchange is not None:
            exchange.done(problem)

    # ---------------------------------------------------------------- callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._lost:  # behind a proxy: it spoke before this was called
            self._transport.abort()
            return
        self._parser = new_parser(self)
        self.open = True

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:
            self.drop()
        elif self._held or len(data) > LARGE:
            self._hold(self._held + data)
        elif self._fed or len(data) > CHUNK:
            self._parse(data, AT_ONCE)
        elif self._feed(data):  # the common case: a short answer, all at once
            self._finish(b"")

    def eof_received(self) -> bool:
        if self._exchange is None:
            self.drop()  # now, and not when the loop has closed it
        return False

    def connection_lost(self, problem: Exception | None) -> None:
        self._lost, self._problem = True, problem
        if not self._held or self._exchange is None:
            self._end()

    def _end(self) -> None:
        """Nothing more comes."""
        exchange, problem = self._exchange, self._problem
        until_closed = self._in_body_without_end() if exchange else False
        if until_closed and problem is None:
            self._keep = False
            self._finish(b"")
        elif exchange is not None:
            heard, in_body = self._fed > 0, self._in_body
            stale = self.exchanges > 1 and not heard
            self.drop()
            if stale:
                self._pool.distrust(self.origin)
            exchange.done(connection_ended(problem, self.origin, heard, in_body))
        else:
            self.drop()

    def _in_body_without_end(self) -> bool:
        return self._in_body and not self._chunked and self._length < 0

    # ------------------------------------------------------------------ parsing

    def _feed(self, data: bytes | memoryview) -> bool:
        """Whether the answer is complete. Where it cannot be read the exchange has
        failed, or waits for more within its bounds."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as problem:
            if not self._complete:
                self._fed += len(data)
                began = bytes(data[:2]) if self._fed == len(data) else b""
                self.cut(self._refusal or self._no_http(problem, began))
                return False
            self._keep = False  # something follows that nobody asked for
        if self._complete:
            return True
        self._count(len(data))
        return False

    def _count(self, size: int) -> None:
        """Ends an exchange that takes more than any honest one."""
        self._fed += size
        if not self._in_body:
            if self._fed > HEAD:
                self.cut(_endless_head())
        elif self._fed - self._size > HEAD + FRAMING + self._size:
            self.cut(SourceMalformed("the answer is nearly all frame and no body"))

    def _parse(self, data: bytes, seconds: float) -> None:
        """Parses chunk by chunk, and holds back what is left when ``seconds`` of this
        exchange's time are over."""
        clock = self._pool.cpu_budget.clock
        view = memoryview(data)
        at = 0
        while at < len(data):
            if at and self._spent > seconds:
                self._hold(data[at:])
                return
            size = PLAIN_CHUNK if self._is_plain() else CHUNK
            began = clock()
            complete = self._feed(view[at : at + size])
            self._spent += clock() - began
            at += size
            if complete:
                self._finish(data[at:])
                return
            if self._exchange is None:
                return

    def _is_plain(self) -> bool:
        return self._in_body and not self._chunked

    def _hold(self, data: bytes) -> None:
        """Keeps ``data`` for the next turn, and lets no more come."""
        self._held = data
        if not self._lost:
            self._transport.pause_reading()
        if not self._queued:
            self._queued = True
            self._pool.cpu_budget.later(self._go_on)

    def _go_on(self) -> None:
        self._queued = False
        data, self._held = self._held, b""
        if not data:
            return
        self._parse(data, self._spent + TURN)
        if self._held or not self.open:
            return
        if self._lost:
            self._end()
        else:  # also where it serves the next already
            self._transport.resume_reading()

    def _finish(self, rest: bytes) -> None:
        """Reports the answer. ``rest`` has come behind it."""
        exchange = self._exchange
        self._exchange = None
        if exchange is None:
            return
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        response = Response(self._status, ResponseHeaders(self._raw), body)
        encoding = self._encoding
        if self._keep and not (rest or self._lost or self.origin.forwards):
            self._pool.release(self)
        else:
            self.drop()
        if self._status == PROXY_WANTS_CREDENTIALS and self.origin.forwards:
            exchange.done(wants_credentials(cast(Proxy, self.origin.proxy)))
        elif encoding and body:
            exchange.unpack(response, encoding.decode("latin-1"))
        else:
            exchange.done(response)

    # -------------------------------------------------------- the parser's calls

    def on_message_begin(self) -> None:
        if self._complete:
            raise _Unasked

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            return  # a trailer: read by nobody
        if 0 in value:  # a NUL; asked for as bytes it costs four times as much
            self._refuse(SourceMalformed("the answer is no HTTP: a NUL in its head"))
        self._raw.append((name, value))
        if len(self._raw) > LINES:
            self._refuse(_endless_head())
        if len(name) >= SHORTEST_WATCHED:
            self._note(name.lower(), value)

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"content-length":
            self._length = int(value)
        elif name == b"content-encoding":
            self._encoding = value
        elif name == b"transfer-encoding":
            self._chunked = value.strip().lower() == b"chunked"
            if not self._chunked and value.strip().lower() != b"identity":
                self._refuse(
                    SourceMalformed("the answer has an unknown Transfer-Encoding")
                )

    def on_headers_complete(self) -> None:
        exchange, status = self._exchange, self._parser.get_status_code()
        if status < 200 or exchange is None:
            return
        if self._fed > HEAD - CHUNK and self._head_size() > HEAD:
            self._refuse(_endless_head())
        self._status = status
        self._in_body = True
        if exchange.bodyless:
            self._keep = self._parser.should_keep_alive()
            self._encoding = b""
            self._complete = True
            self._parser = new_parser(self)  # the other one waits for a body
        elif self._length > exchange.limit and status not in _NO_BODY_STATUS:
            self._refuse(too_large(exchange.limit))

    def _head_size(self) -> int:
        return sum(len(name) + len(value) + 4 for name, value in self._raw)

    def on_body(self, data: bytes) -> None:
        if self._complete:
            raise _Unasked
        self._size += len(data)
        if self._exchange is not None and self._size > self._exchange.limit:
            self._refuse(too_large(self._exchange.limit))
        self._parts.append(data)

    def on_message_complete(self) -> None:
        if self._complete:
            return
        if not self._in_body:
            self._pass_over_interim()
            return
        self._keep = self._parser.should_keep_alive()
        self._complete = True

    def _pass_over_interim(self) -> None:
        """`100 Continue` and the like, which precede the answer."""
        status = self._parser.get_status_code()
        if status == 101:
            self._refuse(SourceMalformed("the answer changes the protocol (101)"))
        if status < 100:
            self._refuse(SourceMalformed(f"the answer is no HTTP: status {status}"))
        self._interim += 1
        if self._interim > INTERIM:
            self._refuse(_endless_head())
        self._raw.clear()
        self._chunked = False
        self._length = -1
        self._encoding = b""

    def _refuse(self, problem: SourceError) -> None:
        self._refusal = problem
        raise _Unasked

    def _no_http(self, problem: Exception, began: bytes) -> SourceError:
        cause = problem.__context__
        if isinstance(problem, httptools.HttpParserCallbackError) and not isinstance(
            cause, _Unasked
        ):  # a mistake of ours, which must not pass for one of the source's
            log.error("reading an answer failed: %r", cause, exc_info=cause)
            return SourceUnavailable(f"internal error: {type(cause).__name__}")
        return no_http(problem, self.origin, began)


def new_parser(connection: Connection) -> httptools.HttpResponseParser:
    """A parser as lenient as browsers are: lines that end in LF alone, headers that are
    folded or hold a control character, blanks behind the size of a chunk."""
    parser = httptools.HttpResponseParser(connection)
    parser.set_dangerous_leniencies(
        lenient_headers=True,
        lenient_optional_cr_before_lf=True,
        lenient_spaces_after_chunk_size=True,
    )
    return parser


def _endless_head() -> SourceError:
    return SourceMalformed("the answer has no end of its head", code="too_large")
