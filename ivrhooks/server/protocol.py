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

_NONE = HttpRequest()

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
        self._request = _NONE  # the one being read
        self._body: BodyReader | None = None
        self._dropping = False  # its body: the answer needs none
        self._expects = False  # its client waits for 100 Continue
        self._answering: HttpRequest | None = None
        self._give_up: Callable[[], None] | None = None
        self._waiting: deque[tuple[Route | None, HttpRequest]] = deque()
        self._kept = False  # answered, and the next request has not begun
        self._paused = self._beginning = False
        self._deaf = False  # all further bytes are dropped
        self._ending = False  # after the requests so far
        self._read_now = False  # a request ended in the latest bytes

    # ------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self.peer = str(peer[0])
        if transport.get_extra_info("sslcontext") is not None:
            self.scheme = "https"
        self._connections.open.add(self)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.open.discard(self)
        self._deaf = True
        self._waiting.clear()
        if self._answering is not None and self._give_up is not None:
            self._give_up()
            self._answering = self._give_up = None
        self.expires = NEVER
        self.parser = None  # breaks a reference cycle

    def eof_received(self) -> bool:
        """Answer a client that has closed its sending side."""
        if not self._deaf and self.reading != IDLE:
            self._refuse("bad_request")
            return True
        if self._answering is None:
            self._writes.flush()  # the transport closes itself
            return False
        self._ending = True
        return True

    def shutdown(self) -> None:
        """Called once, when the worker ends; clients that have just connected get
        answers."""
        self._ending = True
        if self._answering is None:
            self._connections.loop.call_later(LAST_SECONDS, self._close_unasked)

    def _close_unasked(self) -> None:
        if self._answering is None:
            self._leave(waits=False)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._answering is None and self.reading == IDLE and self._whole(data):
            return
        if self._kept:
            self._kept, self.expires = False, NEVER
        self._read_now = False
        try:
            self.feed(data)
        except Refused as refused:
            self._refuse(refused.code)
        else:
            if self.expires == NEVER:
                self._mind_the_time()

    def _whole(self, data: bytes) -> bool:
        """Start the answer to a whole data request; return False if it must be
        parsed."""
        request = self.heads.read(data, self.peer, self.scheme)
        if request is None or self._parked or self._waiting:
            return False
        route = self._app.match(request.target)
        if route is None:
            return False
        policy = route.policy
        if request.method not in policy.methods or len(request.body) > policy.max_body:
            return False
        if self._ending:
            request.closes = self._deaf = True
        self._kept, self.expires = False, NEVER
        self._read_now = True
        self._answering = request
        self._give_up = self._app.serve(route, request, self)
        return True

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read its answers."""
        self._pause()

    def resume_writing(self) -> None:
        if not self._waiting:
            self._resume()

    # -------------------------------------------------------------- waiting times

    def _mind_the_time(self) -> None:
        """Set the time limit for what the client has to send next, if anything."""
        if self._deaf:
            return
        if self.reading == BODY:
            self._wait(BODY_SECONDS)
        elif self.reading == HEAD or self._answering is None:
            self._wait(HEAD_SECONDS)

    def _wait(self, seconds: float) -> None:
        self.expires = self._now() + seconds

    def expired(self) -> None:
        """The time is over."""
        self.expires = NEVER
        if not self._deaf and self.reading != IDLE:
            self._refuse("request_timeout")
        else:
            self._leave(waits=False)

    # ---------------------------------------------------------- what has been read

    def head_read(self, request: HttpRequest) -> None:
        """Find the route and the largest body that it accepts."""
        self.expires = NEVER
        self._request, self._body, self._dropping = request, None, self._deaf
        if self._deaf:
            return
        if self._ending:
            request.closes = True
        route = self._route = self._app.match(request.target)
        limit = PAGE_BODY
        if route is not None:
            policy = route.policy
            if request.method not in policy.methods:
                request.problem = policy.refuse_method(request.method)
                self._arrived(early=True)
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
            self._too_large()
        elif expects is not None and expects.lower() == b"100-continue":
            self._expects = True
            if self._answering is None:
                self._ask_for_body()

    def _ask_for_body(self) -> None:
        self._expects = False
        self._writes.write(self.transport, b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, chunk: bytes) -> None:
        if self.reading != BODY or self._dropping:
            return
        body = self._body
        if body is None:  # its length is within the limit
            self._request.body += chunk
            return
        body.add(chunk)
        if body.enough:
            self._too_large()

    def on_message_complete(self) -> None:
        if self.reading != BODY:
            return
        self.reading = IDLE
        self.expires, self._read_now = NEVER, True
        if self._dropping:
            return
        body = self._body
        if body is not None:
            if body.over:
                self._too_large()
                return
            self._request.body = body.body
        self._arrived()

    def _too_large(self) -> None:
        """Refuse a body over the limit; its client may still be sending."""
        request, route = self._request, self._route
        request.closes = True
        if route is not None:
            request.problem = route.policy.too_large()
        elif b"content-length" not in request.fields:
            request.problem = ContractError("too_large", REASONS["too_large"])
        self._arrived(early=True)

    def _arrived(self, *, early: bool = False) -> None:
        """Answer the request in its order. ``early``: the rest of its body is
        dropped."""
        request, route = self._request, self._route
        self._dropping, self._expects = early, False
        if request.closes:
            self._deaf = True
        if self._answering is not None:
            self._waiting.append((route, request))
            self._pause()
        else:
            self._begin(route, request)

    # ---------------------------------------------------------------- the answers

    def _begin(self, route: Route | None, request: HttpRequest) -> None:
        self._answering = request
        if route is not None:
            self._give_up = self._app.serve(route, request, self)
        elif request.problem is not None:
            problem = request.problem
            self.answered(refuse_bare(problem.code, problem.reason, request_id()))
        else:
            self._app.page(request, self)

    def answered(self, answer: Answer) -> None:
        """Send the dispatcher's answer to the request being answered."""
        request = self._answering
        if request is None or self.transport.is_closing():
            self._answering = self._give_up = None
            return
        closes = request.closes or (self._ending and not self._waiting)
        date, whole = self._connections.date, request.method != "HEAD"
        data = answer_bytes(answer, date, closes, whole)
        self._writes.write(self.transport, data)
        self._next(closes)

    def replied(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        """Send the Flask app's answer to the request being answered."""
        request = self._answering
        if request is None or self.transport.is_closing():
            self._answering = self._give_up = None
            return
        closes = request.closes or (self._ending and not self._waiting)
        date, whole = self._connections.date, request.method != "HEAD"
        data = reply_bytes(status, headers, body, date, closes, whole)
        self._writes.write(self.transport, data)
        self._next(closes)

    def _next(self, closes: bool) -> None:
        """After an answer, close, start the next request, or wait for one."""
        self._answering = self._give_up = None
        connections = self._connections
        if connections.is_counting:
            connections.answered()
        if closes:
            self._leave(waits=self.reading == BODY)
        elif self._waiting:
            self._begin_waiting()
        elif not self._beginning:
            if self.reading == IDLE and not self._paused:
                self._kept, self.expires = True, self._now() + connections.keep_alive
            else:
                self._rest()

    def _begin_waiting(self) -> None:
        if self._beginning:
            return  # an immediate answer would nest the calls
        self._beginning = True
        while self._waiting and self._answering is None:
            self._begin(*self._waiting.popleft())
        self._beginning = False
        if self._answering is None and not self.transport.is_closing():
            self._rest()

    def _rest(self) -> None:
        """Wait for the next request: all that have arrived are answered."""
        if self.reading == IDLE:
            self._kept = True
            self._wait(self._connections.keep_alive)
        elif self._expects:
            self._ask_for_body()
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
        self._deaf = self._ending = True
        _logger.warning(
            "a request was refused before it was read: %s, from %s", code, self.peer
        )
        if self.reading == BODY and not self._dropping:
            request = self._request
            request.problem = ContractError(code, REASONS[code])
            request.closes = True
            if self._body is not None:
                request.body = self._body.body
            self._arrived(early=True)
        elif self._answering is not None:
            pass  # its answer is the last
        elif self.reading == BODY:
            self._leave(waits=False)
        elif self._read_now:
            self._leave(waits=True)  # garbage after an answered request
        elif not self.transport.is_closing():
            answer = refuse_bare(code, REASONS[code], request_id())
            self._writes.write(self.transport, answer_bytes(answer, b"", closes=True))
            self._app.recorder.refused(answer, self.peer, self.raw)
            self._leave(waits=True)

    def _leave(self, *, waits: bool) -> None:
        """End the connection. ``waits``: read on for a moment, as the client may still
        send; closing on unread bytes would reset the connection and lose the answer."""
        self._deaf = True
        self._writes.flush()
        if waits and self.transport.can_write_eof():  # not with TLS
            self.transport.write_eof()
            self._resume()
            self._wait(LINGER_SECONDS)
        else:
            self.transport.close()
