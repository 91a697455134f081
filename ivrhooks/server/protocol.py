"""Serves one HTTP/1.1 connection: data requests by the dispatcher, pages by Flask.

A request is *open* from its first byte to the last byte of its body. Open requests and
connections without a request have a time limit. Answers are sent in the order of their
requests, each in one piece.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ivrhooks.answering.answer import Answer
from ivrhooks.basics.errors import ContractError
from ivrhooks.http.body_reader import BodyReader, length_of
from ivrhooks.http.request import HttpRequest, request_id
from ivrhooks.http.response import Header, answer_bytes, refuse_bare, reply_bytes
from ivrhooks.server.request_reader import (
    BODY,
    HEAD,
    IDLE,
    REASONS,
    Refused,
    RequestReader,
)

if TYPE_CHECKING:
    from ivrhooks.http.route import Route
    from ivrhooks.server.connections import Connections

HEAD_SECONDS = 10.0
BODY_SECONDS = 10.0
LINGER_SECONDS = 2.0
LAST_SECONDS = 0.25
NEVER = float("inf")

PAGE_BODY = 1024 * 1024
"""How many bytes of body a page accepts; the console needs no more."""

_NO_REQUEST = HttpRequest()

_logger = logging.getLogger("ivrhooks.server.protocol")


class HttpProtocol(RequestReader, asyncio.Protocol):
    """``expires``: when this connection is closed if nothing arrives."""

    transport: asyncio.Transport

    def __init__(self, connections: Connections) -> None:
        super().__init__(connections.heads)
        self.expires = NEVER
        self._connections = connections
        self._app = connections.app
        self._now = connections.now
        self._writes = connections.writes
        self._route: Route | None = None
        self._request = _NO_REQUEST  # the one being read
        self._body: BodyReader | None = None
        self._drops_body = False  # its body: the answer needs none
        self._awaits_continue = False  # its client waits for 100 Continue
        self._current: HttpRequest | None = None  # the one being answered
        self._abandon: Callable[[], None] | None = None
        self._queue: deque[tuple[Route | None, HttpRequest]] = deque()
        self._is_idle = False  # answered, and the next request has not begun
        self._paused = self._serves_queue = False
        self._drops_input = False  # all further bytes are dropped
        self._ending = False  # after the requests so far
        self._has_read_request = False  # a request ended in the latest bytes

    # ------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self.peer = str(peer[0])
        if transport.get_extra_info("sslcontext") is not None:
            self.scheme = "https"
        self._connections.open.add(self)
        self._expire_in(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.open.discard(self)
        self._drops_input = True
        self._queue.clear()
        if self._current is not None and self._abandon is not None:
            self._abandon()
            self._current = self._abandon = None
        self.expires = NEVER
        self.parser = None  # breaks a reference cycle

    def eof_received(self) -> bool:
        """Answer a client that has closed its sending side."""
        if not self._drops_input and self.reading != IDLE:
            self._refuse("bad_request")
            return True
        if self._current is None:
            self._writes.flush()  # the transport closes itself
            return False
        self._ending = True
        return True

    def shutdown(self) -> None:
        """End after the answers that are due; called once, when the worker ends."""
        self._ending = True
        if self._current is None:
            self._connections.loop.call_later(LAST_SECONDS, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self._current is None:
            self._end(waits=False)

    def data_received(self, data: bytes) -> None:
        if self._drops_input:
            return
        if (
            self._current is None
            and self.reading == IDLE
            and self._serve_whole_request(data)
        ):
            return
        if self._is_idle:
            self._is_idle, self.expires = False, NEVER
        self._has_read_request = False
        try:
            self.feed(data)
        except Refused as refused:
            self._refuse(refused.code)
        else:
            if self.expires == NEVER:
                self._set_time_limit()

    def _serve_whole_request(self, data: bytes) -> bool:
        """Start the answer to a whole data request; return False if it must be
        parsed."""
        request = self.heads.read(data, self.peer, self.scheme)
        if request is None or self._awaits_line or self._queue:
            return False
        route = self._app.match(request.target)
        if route is None:
            return False
        policy = route.policy
        if request.method not in policy.methods or len(request.body) > policy.max_body:
            return False
        if self._ending:
            request.closes = self._drops_input = True
        self._is_idle, self.expires = False, NEVER
        self._has_read_request = True
        self._current = request
        self._abandon = self._app.serve(route, request, self)
        return True

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read its answers."""
        self._pause()

    def resume_writing(self) -> None:
        if not self._queue:
            self._resume()

    # -------------------------------------------------------------- waiting times

    def _set_time_limit(self) -> None:
        """Set the time limit for what the client has to send next, if anything."""
        if self._drops_input:
            return
        if self.reading == BODY:
            self._expire_in(BODY_SECONDS)
        elif self.reading == HEAD or self._current is None:
            self._expire_in(HEAD_SECONDS)

    def _expire_in(self, seconds: float) -> None:
        self.expires = self._now() + seconds

    def expired(self) -> None:
        """The time is over."""
        self.expires = NEVER
        if not self._drops_input and self.reading != IDLE:
            self._refuse("request_timeout")
        else:
            self._end(waits=False)

    # ---------------------------------------------------------- what has been read

    def head_read(self, request: HttpRequest) -> None:
        """Find the route and the largest body that it accepts."""
        self.expires = NEVER
        self._request, self._body, self._drops_body = request, None, self._drops_input
        if self._drops_input:
            return
        if self._ending:
            request.closes = True
        route = self._route = self._app.match(request.target)
        limit = PAGE_BODY
        if route is not None:
            policy = route.policy
            if request.method not in policy.methods:
                request.problem = policy.refuse_method(request.method)
                self._on_request_read(early=True)
                return
            limit = policy.max_body
        fields = request.fields
        if b"transfer-encoding" in fields or b"expect" in fields:
            self._expect_body(request, limit)
        elif b"content-length" in fields:
            length = fields[b"content-length"]
            if not length.isdigit() or len(length) > 18 or int(length) > limit:
                self._expect_body(request, limit)

    def _expect_body(self, request: HttpRequest, limit: int) -> None:
        """Prepare for a body that may be too large or waits for ``100 Continue``."""
        fields = request.fields
        expects = fields.get(b"expect")
        length = length_of(fields.get(b"content-length", b""))
        self._body = BodyReader(limit, length, expects=expects is not None)
        if self._body.enough:
            self._refuse_body()
        elif expects is not None and expects.lower() == b"100-continue":
            self._awaits_continue = True
            if self._current is None:
                self._send_continue()

    def _send_continue(self) -> None:
        self._awaits_continue = False
        self._writes.write(self.transport, b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, chunk: bytes) -> None:
        if self.reading != BODY or self._drops_body:
            return
        body = self._body
        if body is None:  # its length is within the limit
            self._request.body += chunk
            return
        body.add(chunk)
        if body.enough:
            self._refuse_body()

    def on_message_complete(self) -> None:
        if self.reading != BODY:
            return
        self.reading = IDLE
        self.expires, self._has_read_request = NEVER, True
        if self._drops_body:
            return
        body = self._body
        if body is not None:
            if body.over:
                self._refuse_body()
                return
            self._request.body = body.body
        self._on_request_read()

    def _refuse_body(self) -> None:
        """Refuse a body over the limit; its client may still be sending."""
        request, route = self._request, self._route
        request.closes = True
        if route is not None:
            request.problem = route.policy.too_large()
        elif b"content-length" not in request.fields:
            request.problem = ContractError("too_large", REASONS["too_large"])
        self._on_request_read(early=True)

    def _on_request_read(self, *, early: bool = False) -> None:
        """Answer a request in its order. ``early``: what follows of it is dropped."""
        request, route = self._request, self._route
        self._drops_body, self._awaits_continue = early, False
        if request.closes:
            self._drops_input = True
        if self._current is not None:
            self._queue.append((route, request))
            self._pause()
        else:
            self._serve(route, request)

    # ---------------------------------------------------------------- the answers

    def _serve(self, route: Route | None, request: HttpRequest) -> None:
        self._current = request
        if route is not None:
            self._abandon = self._app.serve(route, request, self)
        elif request.problem is not None:
            problem = request.problem
            self.answered(refuse_bare(problem.code, problem.reason, request_id()))
        else:
            self._app.page(request, self)

    def answered(self, answer: Answer) -> None:
        """Send the dispatcher's answer to the request being answered."""
        request = self._current
        if request is None or self.transport.is_closing():
            self._current = self._abandon = None
            return
        closes = request.closes or (self._ending and not self._queue)
        date, whole = self._connections.date, request.method != "HEAD"
        data = answer_bytes(answer, date, closes, whole)
        self._writes.write(self.transport, data)
        self._next(closes)

    def replied(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        """Send the Flask app's answer to the request being answered."""
        request = self._current
        if request is None or self.transport.is_closing():
            self._current = self._abandon = None
            return
        closes = request.closes or (self._ending and not self._queue)
        date, whole = self._connections.date, request.method != "HEAD"
        data = reply_bytes(status, headers, body, date, closes, whole)
        self._writes.write(self.transport, data)
        self._next(closes)

    def _next(self, closes: bool) -> None:
        """After an answer, close, start the next request, or wait for one."""
        self._current = self._abandon = None
        connections = self._connections
        if connections.is_counting:
            connections.answered()
        if closes:
            self._end(waits=self.reading == BODY)
        elif self._queue:
            self._serve_waiting()
        elif not self._serves_queue:
            if self.reading == IDLE and not self._paused:
                self._is_idle, self.expires = True, self._now() + connections.keep_alive
            else:
                self._await_request()

    def _serve_waiting(self) -> None:
        if self._serves_queue:
            return  # an immediate answer would nest the calls
        self._serves_queue = True
        while self._queue and self._current is None:
            self._serve(*self._queue.popleft())
        self._serves_queue = False
        if self._current is None and not self.transport.is_closing():
            self._await_request()

    def _await_request(self) -> None:
        """Wait for the next request: all that have arrived are answered."""
        if self.reading == IDLE:
            self._is_idle = True
            self._expire_in(self._connections.keep_alive)
        elif self._awaits_continue:
            self._send_continue()
        self._resume()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self.transport.resume_reading()

    # -------------------------------------------------------------------- refusals

    def _refuse(self, code: str) -> None:
        """End the connection, with an error body if no answer is pending. A pending
        earlier answer is sent and the rest dropped. If a body broke off, its endpoint
        refuses it."""
        self.expires = NEVER
        self._drops_input = self._ending = True
        _logger.warning(
            "a request was refused before it was read: %s, from %s", code, self.peer
        )
        if self.reading == BODY and not self._drops_body:
            request = self._request
            request.problem = ContractError(code, REASONS[code])
            request.closes = True
            if self._body is not None:
                request.body = self._body.body
            self._on_request_read(early=True)
        elif self._current is not None:
            pass  # its answer is the last
        elif self.reading == BODY:
            self._end(waits=False)
        elif self._has_read_request:
            self._end(waits=True)  # garbage after an answered request
        elif not self.transport.is_closing():
            answer = refuse_bare(code, REASONS[code], request_id())
            self._writes.write(self.transport, answer_bytes(answer, b"", closes=True))
            self._app.recorder.refused(answer, self.peer, self.raw)
            self._end(waits=True)

    def _end(self, *, waits: bool) -> None:
        """End the connection. ``waits``: read on for a moment, as the client may still
        send; closing on unread bytes would reset the connection and lose the answer."""
        self._drops_input = True
        self._writes.flush()
        if waits and self.transport.can_write_eof():  # not with TLS
            self.transport.write_eof()
            self._resume()
            self._expire_in(LINGER_SECONDS)
        else:
            self.transport.close()
