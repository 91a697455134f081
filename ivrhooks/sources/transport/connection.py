"""One HTTP/1.1 connection to a source, parsed by httptools: one exchange at a time.

An answer is parsed in the event loop as it arrives. An answer with an endless head or
with more framing than body ends the exchange. Bytes outside any exchange end the
connection. An exchange that needs more than half a millisecond of parsing waits for its
turn at the process's ``CpuBudget``.

The parser's callbacks only record what they see. ``data_received`` reports an answer
after all bytes that arrived with it have been parsed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

import httptools

from ivrhooks.basics.errors import SourceError, SourceMalformed, SourceUnavailable
from ivrhooks.resilience.cpu_budget import SLICE
from ivrhooks.sources.interface import Response
from ivrhooks.sources.transport.body import too_large
from ivrhooks.sources.transport.exchange import Exchange
from ivrhooks.sources.transport.failures import (
    connection_ended,
    endless_head,
    no_http,
)
from ivrhooks.sources.transport.headers import (
    RawHeaders,
    ResponseHeaders,
    response_parser,
)
from ivrhooks.sources.transport.origin import Origin
from ivrhooks.sources.transport.proxy import Proxy, wants_credentials

if TYPE_CHECKING:
    from ivrhooks.sources.transport.pool import ConnectionPool

log = logging.getLogger(__name__)

CHUNK = 8 * 1024  # bytes parsed at once: takes well under a millisecond
PLAIN_CHUNK = 32 * 1024  # the same for a body without chunks, which needs no parsing
LARGE = 64 * 1024  # bytes read at once that make the exchange wait for its turn
HEAD = 64 * 1024  # bytes of an answer's head, with all interim answers
LINES = 128  # header lines of an answer
INTERIM = 16  # interim answers, such as `100 Continue`, before the final one
FRAMING = 64 * 1024  # bytes of framing, beside as many as the body has
AT_ONCE = 0.0005  # seconds of parsing before an exchange waits for its turn
SHORTEST_WATCHED = len("content-length")

PROXY_WANTS_CREDENTIALS = 407

_NO_BODY_STATUS = frozenset({204, 304})


class _Unexpected(Exception):
    """Stops the parser: further bytes belong to no exchange."""


class Connection(asyncio.Protocol):
    """A connection of a pool. ``exchanges``: how many it has carried."""

    __slots__ = (
        "_chunked",
        "_complete",
        "_deferred",
        "_encoding",
        "_exchange",
        "_fed",
        "_in_body",
        "_interim",
        "_is_deferred",
        "_keep",
        "_length",
        "_lost",
        "_parser",
        "_parts",
        "_pool",
        "_problem",
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
        self.open = False  # whether a request may be sent
        self._transport: asyncio.Transport
        self._parser: httptools.HttpResponseParser
        self._exchange: Exchange | None = None
        self._deferred = b""  # read, but not parsed; reading is paused meanwhile
        self._is_deferred = False
        self._lost = False
        self._problem: Exception | None = None  # why it was lost
        self._forget_answer()

    # ------------------------------------------------------------- an exchange

    def send(self, exchange: Exchange) -> None:
        """Send a request; its answer is reported to ``exchange``."""
        self._exchange = exchange
        exchange.connection = self
        self.exchanges += 1
        self._pool.writes.write(self._transport, exchange.payload)

    def _forget_answer(self) -> None:
        """Get ready to parse the next answer."""
        self._raw: RawHeaders = []
        self._parts: list[bytes] = []
        self._status = self._size = self._fed = self._interim = 0
        self._in_body = self._complete = self._chunked = self._keep = False
        self._length = -1
        self._encoding = b""
        self._refusal: SourceError | None = None
        self._spent = 0.0

    def carries(self, exchange: Exchange) -> bool:
        """Return whether it serves ``exchange`` now."""
        return self._exchange is exchange

    def drop(self) -> None:
        """Close the connection at once, without a report to its exchange."""
        self._exchange = None
        self._deferred = b""
        self._lost = True
        if self.open:
            self.open = False
            self._transport.abort()
            del self._parser  # the parser refers to this object: a reference cycle
            self._pool.forget(self)

    def fail(self, problem: SourceError) -> None:
        """Close the connection at once; its exchange fails with ``problem``."""
        exchange = self._exchange
        self.drop()
        if exchange is not None:
            exchange.done(problem)

    # ---------------------------------------------------------------- callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._lost:  # the proxy sent bytes before this was called
            self._transport.abort()
            return
        self._parser = response_parser(self)
        self.open = True

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            self.drop()
        elif self._deferred or len(data) > LARGE:
            self._defer(self._deferred + data)
        elif self._fed or len(data) > CHUNK:
            self._parse(data, AT_ONCE)
        elif not self._read_whole(exchange, data) and self._feed(data):
            if self._keep and not (self._interim or self.origin.forwards):
                remember = self.origin.known.remember
                remember(data, self._status, self._raw, self._length)
            self._finish(b"")

    def _read_whole(self, exchange: Exchange, data: bytes) -> bool:
        """Report the common answer: short, in one piece, under a head that the parser
        has read before. Return False where ``data`` is another."""
        known = self.origin.known.find(data)
        if known is None or exchange.bodyless or known.length > exchange.limit:
            return False
        self._exchange = None
        self._pool.release(self)
        exchange.done(Response(known.status, known.headers, data[known.size :]))
        return True

    def eof_received(self) -> bool:
        if self._exchange is None:
            self.drop()  # now, before the loop reports the close
        return False

    def connection_lost(self, problem: Exception | None) -> None:
        self._lost, self._problem = True, problem
        if not self._deferred or self._exchange is None:
            self._end()

    def _end(self) -> None:
        """Handle the end of the stream."""
        exchange, problem = self._exchange, self._problem
        endless = self._in_body and not self._chunked and self._length < 0
        if exchange is not None and endless and problem is None:
            self._keep = False
            self._finish(b"")
        elif exchange is not None:
            heard, in_body = self._fed > 0, self._in_body
            stale = self.exchanges > 1 and not heard
            self.drop()
            if stale:
                self._pool.keep_none(self.origin)
            exchange.done(connection_ended(problem, self.origin, heard, in_body))
        else:
            self.drop()

    # ------------------------------------------------------------------ parsing

    def _feed(self, data: bytes | memoryview) -> bool:
        """Parse ``data`` and return whether the answer is complete.

        Where it returns False, the exchange has failed or waits for more bytes.
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as problem:
            if not self._complete:
                self._fed += len(data)
                began = bytes(data[:2]) if self._fed == len(data) else b""
                self.fail(self._refusal or self._no_http(problem, began))
                return False
            self._keep = False  # unexpected bytes follow
        if self._complete:
            return True
        self._count(len(data))
        return False

    def _count(self, size: int) -> None:
        """End an exchange whose head or framing is larger than any legitimate one."""
        self._fed += size
        if not self._in_body:
            if self._fed > HEAD:
                self.fail(endless_head())
        elif self._fed - self._size > HEAD + FRAMING + self._size:
            self.fail(SourceMalformed("the answer has more framing than body"))

    def _parse(self, data: bytes, seconds: float) -> None:
        """Parse chunk by chunk. Hold the rest when the exchange has used
        ``seconds``."""
        clock = self._pool.cpu_budget.clock
        view = memoryview(data)
        at = 0
        while at < len(data):
            if at and self._spent > seconds:
                self._defer(data[at:])
                return
            is_plain = self._in_body and not self._chunked
            size = PLAIN_CHUNK if is_plain else CHUNK
            began = clock()
            complete = self._feed(view[at : at + size])
            self._spent += clock() - began
            at += size
            if complete:
                self._finish(data[at:])
                return
            if self._exchange is None:
                return

    def _defer(self, data: bytes) -> None:
        """Keep ``data`` for the next turn and pause reading."""
        self._deferred = data
        if not self._lost:
            self._transport.pause_reading()
        if not self._is_deferred:
            self._is_deferred = True
            self._pool.cpu_budget.later(self._parse_deferred)

    def _parse_deferred(self) -> None:
        self._is_deferred = False
        data, self._deferred = self._deferred, b""
        if not data:
            return
        self._parse(data, self._spent + SLICE)
        if self._deferred or not self.open:
            return
        if self._lost:
            self._end()
        else:  # also where it serves the next exchange already
            self._transport.resume_reading()

    def _finish(self, rest: bytes) -> None:
        """Report the answer. ``rest`` arrived after it."""
        exchange = self._exchange
        self._exchange = None
        if exchange is None:
            return
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        response = Response(self._status, ResponseHeaders(self._raw), body)
        encoding, keep = self._encoding, self._keep
        self._forget_answer()
        if keep and not (rest or self._lost or self.origin.forwards):
            self._pool.release(self)
        else:
            self.drop()
        if response.status == PROXY_WANTS_CREDENTIALS and self.origin.forwards:
            exchange.done(wants_credentials(cast(Proxy, self.origin.proxy)))
        elif encoding and body:
            exchange.unpack(response, encoding.decode("latin-1"))
        else:
            exchange.done(response)

    # -------------------------------------------------------- the parser's calls

    def on_message_begin(self) -> None:
        if self._complete:
            raise _Unexpected

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            return  # trailers are ignored
        if 0 in value:  # a NUL; the same search with bytes costs four times as much
            self._refuse(SourceMalformed("the answer is no HTTP: a NUL in its head"))
        self._raw.append((name, value.rstrip(b" \t")))  # llhttp leaves them
        if len(self._raw) > LINES:
            self._refuse(endless_head())
        if len(name) >= SHORTEST_WATCHED:
            self._note_framing(name.lower(), value)

    def _note_framing(self, name: bytes, value: bytes) -> None:
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
            self._refuse(endless_head())
        self._status = status
        self._in_body = True
        if exchange.bodyless:
            self._keep = self._parser.should_keep_alive()
            self._encoding = b""
            self._complete = True
            self._parser = response_parser(self)  # the old parser waits for a body
        elif self._length > exchange.limit and status not in _NO_BODY_STATUS:
            self._refuse(too_large(exchange.limit))

    def _head_size(self) -> int:
        return sum(len(name) + len(value) + 4 for name, value in self._raw)

    def on_body(self, data: bytes) -> None:
        if self._complete:
            raise _Unexpected
        self._size += len(data)
        if self._exchange is not None and self._size > self._exchange.limit:
            self._refuse(too_large(self._exchange.limit))
        self._parts.append(data)

    def on_message_complete(self) -> None:
        if self._complete:
            return
        if not self._in_body:
            self._skip_interim()
            return
        self._keep = self._parser.should_keep_alive()
        self._complete = True

    def _skip_interim(self) -> None:
        """Discard an interim answer, such as `100 Continue`."""
        status = self._parser.get_status_code()
        if status == 101:
            self._refuse(SourceMalformed("the answer changes the protocol (101)"))
        if status < 100:
            self._refuse(SourceMalformed(f"the answer is no HTTP: status {status}"))
        self._interim += 1
        if self._interim > INTERIM:
            self._refuse(endless_head())
        self._raw.clear()
        self._chunked = False
        self._length = -1
        self._encoding = b""

    def _refuse(self, problem: SourceError) -> None:
        self._refusal = problem
        raise _Unexpected

    def _no_http(self, problem: Exception, began: bytes) -> SourceError:
        cause = problem.__context__
        if isinstance(problem, httptools.HttpParserCallbackError) and not isinstance(
            cause, _Unexpected
        ):  # an error of ours, which must not count as one of the source's
            log.error("internal error in reading an answer: %r", cause, exc_info=cause)
            return SourceUnavailable(f"internal error: {type(cause).__name__}")
        return no_http(problem, self.origin, began)
