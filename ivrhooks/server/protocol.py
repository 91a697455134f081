"""The wire of the express door: uvicorn's HTTP protocol, with limits and patience.

uvicorn takes 60 MB of headers, waits for ever for a head or a body, and refuses in
plain text. Here heads and bodies have a size and a time, refusals are JSON, and header
names with ``_`` are dropped (a WSGI bridge would merge ``X_Api_Key`` into
``X-Api-Key``).
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from ivrhooks.http.request import escaped_target, request_id
from ivrhooks.http.response import Header, raw_answer, refuse_bare
from ivrhooks.observe.request_recorder import RequestRecorder

MAX_LINE = 8190  # gunicorn's own limit: 8 KB with the line's end
MAX_HEAD = 16 * 1024
MAX_HEADERS = 100
HEAD_SECONDS = 10.0
BODY_SECONDS = 10.0
LINGER_SECONDS = 2.0
LAST_SECONDS = 0.25

HEAD = "ivrhooks.head"
"""In a scope: the bytes of its head as they came, and perhaps more."""

BROKEN = "ivrhooks.broken"
"""In a scope: why its body broke off, a code."""

CYCLE = "ivrhooks.cycle"
"""In a scope: uvicorn's own side of this request."""

_SLACK = len(" HTTP/1.1") + 1
_NOT_PRINTABLE = re.compile(rb"[^\x21-\x7e]")
_RAW_LETTERS = re.compile(rb"[A-Z]{3,20} /[^\r\n]*[\x80-\xff]")
MESSAGES = {
    "bad_request": "the request is no HTTP that can be read",
    "uri_too_long": f"the request line is longer than {MAX_LINE} bytes",
    "request_header_fields_too_large": (
        f"the headers are more than {MAX_HEAD} bytes or {MAX_HEADERS} lines"
    ),
    "request_timeout": "the request was not complete in time",
}

_logger = logging.getLogger("ivrhooks.server.asgi")


class Refused(Exception):
    """Ends the parsing of a request; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class HttpProtocol(HttpToolsProtocol):
    """One connection. A request is *open* from its first byte to the last byte of its
    body; an open request, and a connection that has none yet, is waited for only so
    long."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading_head = False
        self._reading_body = False
        self._head_bytes = 0
        self._fields = 0
        self._field_bytes = 0
        self._refusal = "bad_request"
        self._refused = False
        self._method = b""
        self._raw = b""  # what came in since the request began
        self._begun = 0  # requests that began in it
        self._parked = False  # until the first line is whole
        self._ending = False
        self._patience: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """A caller that has said its last word still gets its answer."""
        if not self._refused and (self._reading_head or self._reading_body):
            self._refuse("bad_request")
            return True
        if self.cycle is None or self.cycle.response_complete:
            return False
        self.cycle.keep_alive = False
        return True

    def shutdown(self) -> None:
        """Called once, when the worker ends: a caller who has just connected, or whose
        next request is under way, is still answered. uvicorn hangs up at once on
        whoever waits for no answer."""
        if self.cycle is None or self.cycle.response_complete:
            self._ending = True
            self.loop.call_later(LAST_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return  # what a refused caller still sends
        self._unset_keepalive_if_required()
        if self._reading_head:
            self._head_bytes += len(data)
            self._raw += data
        else:
            self._raw, self._begun = data, int(self._reading_body)
        try:
            self._feed(data)
            if self._reading_head and self._head_bytes > MAX_LINE + MAX_HEAD:
                raise Refused("request_header_fields_too_large")
        except Refused as refused:
            self._refuse(refused.code)
        except httptools.HttpParserError:
            self._refuse(self._refusal)
        else:
            self._mind_the_time()

    def _feed(self, data: bytes) -> None:
        if self._parked:
            data = self._escaped_head()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserInvalidURLError:
            if self._begun != 1 or data.partition(b"\n")[0].isascii():
                raise
            if not _RAW_LETTERS.match(self._raw):
                raise
            self.parser = httptools.HttpRequestParser(self)
            self._begun, self._parked = 0, True
            self._feed(b"")
        except httptools.HttpParserUpgrade as upgrade:
            # A Java client proposes HTTP/2 with its first request, and its body
            # follows. It is read as if nothing had been proposed.
            self.parser = httptools.HttpRequestParser(self)
            self._begun -= 1
            self._feed(self._head_without_upgrade() + data[upgrade.args[0] :])

    def _escaped_head(self) -> bytes:
        """What came in since the request began, raw letters in its first line escaped,
        once that line is whole; nothing before."""
        line, end, rest = self._raw.partition(b"\n")
        if end:
            self._parked = False
            return escaped_target(line) + end + rest
        if len(line) > MAX_LINE:
            raise Refused("uri_too_long")
        return b""

    def _head_without_upgrade(self) -> bytes:
        lines = [self._method + b" " + self.url + b" HTTP/1.1"]
        lines += [
            name + b": " + value
            for name, value in self.headers
            if name not in (b"upgrade", b"connection", b"http2-settings")
        ]
        return b"\r\n".join([*lines, b"", b""])

    def _mind_the_time(self) -> None:
        """Arms the timer where the next thing to come is up to the client."""
        if self._patience is not None:
            return
        if self._reading_body:
            self._wait(BODY_SECONDS)
        elif self._reading_head or self.cycle is None or self.cycle.response_complete:
            self._wait(HEAD_SECONDS)

    def _wait(self, seconds: float) -> None:
        self._patience = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _too_slow(self) -> None:
        self._patience = None
        if not self._refused and (self._reading_head or self._reading_body):
            self._refuse("request_timeout")
        else:
            self.transport.close()

    # -------------------------------------------------------------------- refusals

    def _refuse(self, code: str) -> None:
        """Ends the connection, after the error body alone where nobody has been asked
        yet. Where an earlier answer is still under way, that is sent and the rest
        dropped; where it is the body that broke off, its endpoint refuses it."""
        self._stop_waiting()
        self._refused = True
        _logger.warning("refused a request before it was read: %s", code)
        cycle = self.cycle
        under_way = cycle is not None and not cycle.response_complete
        if self._reading_body and (not under_way or cycle.response_started):
            self.transport.close()
        elif under_way:
            if self._reading_body:
                self.scope[BROKEN] = code  # type: ignore[literal-required]
            cycle.more_body = cycle.keep_alive = False
            cycle.message_event.set()
        elif not self.transport.is_closing():
            answer = refuse_bare(code, MESSAGES[code], new_id())
            self.transport.write(raw_answer(answer))
            recorder: RequestRecorder | None = getattr(self.app, "recorder", None)
            if recorder is not None:
                recorder.refused(
                    answer, self.client[0] if self.client else "", self._raw
                )
            self._leave()

    def _leave(self) -> None:
        """Ends our side and takes what the caller still sends, for a moment: closing
        on unread bytes would reset the connection, and the answer with it."""
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self._wait(LINGER_SECONDS)
        else:  # TLS has no such end
            self.transport.close()

    # ---------------------------------------------------------- the parser's calls

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun += 1
        self._reading_head = True
        self._head_bytes = self._fields = self._field_bytes = 0
        self._refusal = "bad_request"

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > MAX_LINE:
            self._stop_parsing("uri_too_long")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields += 1
        self._field_bytes += len(name) + len(value) + 4
        if self._field_bytes > MAX_HEAD or self._fields > MAX_HEADERS:
            self._stop_parsing("request_header_fields_too_large")
        if b"_" not in name:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._reading_head = False
        self._method = self.parser.get_method()
        if self._method == b"CONNECT" or _NOT_PRINTABLE.search(self.url):
            self._stop_parsing("bad_request")
        if len(self._method) + len(self.url) + _SLACK > MAX_LINE:
            self._stop_parsing("uri_too_long")
        if not self.parser.should_upgrade():
            if self._begun == 1:  # else its bytes are among those of others
                self.scope[HEAD] = self._raw  # type: ignore[literal-required]
            super().on_headers_complete()
            self.scope[CYCLE] = self.cycle  # type: ignore[literal-required]
            if self._ending:
                self.cycle.keep_alive = False
            self._reading_body = True

    def on_message_complete(self) -> None:
        if self._reading_body:
            self._stop_waiting()
            self._reading_body = False
            super().on_message_complete()

    def _stop_parsing(self, code: str) -> None:
        # httptools makes one error of whatever a callback raises: remember why.
        self._refusal = code
        raise Refused(code)


def answer_at_once(
    cycle: RequestResponseCycle, status: int, headers: list[Header], body: bytes
) -> bool:
    """Writes a whole answer in one piece, at a third of what ASGI's two messages cost;
    False where it has to go their way. ``headers`` hold the body's length, and nothing
    of the connection."""
    if (
        cycle.response_started
        or cycle.disconnected
        or cycle.flow.write_paused
        or cycle.scope["method"] == "HEAD"
    ):
        return False
    pieces = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        pieces += (name, b": ", value, b"\r\n")
    for name, value in headers:
        pieces += (name, b": ", value, b"\r\n")
    pieces += (b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.message_event.set()
    if cycle.transport.is_closing():
        return True  # nobody is there any more
    cycle.transport.write(b"".join(pieces))
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def new_id() -> str:
    """A request id for a refusal whose request nobody could read."""
    return request_id()
