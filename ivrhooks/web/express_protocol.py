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
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ivrhooks.web.incoming import request_id
from ivrhooks.web.replies import raw_answer, refuse_bare

MAX_LINE = 8190  # gunicorn's own limit: 8 KB with the line's end
MAX_HEAD = 16 * 1024
MAX_HEADERS = 100
HEAD_SECONDS = 10.0
BODY_SECONDS = 10.0

_SLACK = len(" HTTP/1.1") + 1
_NOT_PRINTABLE = re.compile(rb"[^\x21-\x7e]")
_STATUS = {
    "bad_request": "the request is no HTTP that can be read",
    "uri_too_long": f"the request line is longer than {MAX_LINE} bytes",
    "request_header_fields_too_large": (
        f"the headers are more than {MAX_HEAD} bytes or {MAX_HEADERS} lines"
    ),
    "request_timeout": "the request was not complete in time",
}

_logger = logging.getLogger("ivrhooks.web.express")


class Refused(Exception):
    """Ends the parsing of a request; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ExpressProtocol(HttpToolsProtocol):
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
        self._patience: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._reading_head:
            self._head_bytes += len(data)
        try:
            self.parser.feed_data(data)
            if self._reading_head and self._head_bytes > MAX_LINE + MAX_HEAD:
                raise Refused("request_header_fields_too_large")
        except httptools.HttpParserUpgrade:
            self._stop_waiting()  # answered as if nothing had been proposed
        except Refused as refused:
            self._refuse(refused.code)
        except httptools.HttpParserError:
            self._refuse(self._refusal)
        else:
            self._mind_the_time()

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
        if self._reading_head or self._reading_body:
            self._refuse("request_timeout")
        else:
            self.transport.close()

    # -------------------------------------------------------------------- refusals

    def _refuse(self, code: str) -> None:
        """Answers with the error body alone and ends the connection. Where an earlier
        answer is still under way on it, that one is sent and the rest dropped."""
        self._stop_waiting()
        _logger.warning("refused a request before it was read: %s", code)
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or not cycle.more_body:
                cycle.keep_alive = False
                return
        if not self.transport.is_closing():
            self.transport.write(raw_answer(refuse_bare(code, _STATUS[code], new_id())))
        self.transport.close()

    # ---------------------------------------------------------- the parser's calls

    def on_message_begin(self) -> None:
        super().on_message_begin()
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
        if _NOT_PRINTABLE.search(self.url):
            self._stop_parsing("bad_request")
        if len(self.parser.get_method()) + len(self.url) + _SLACK > MAX_LINE:
            self._stop_parsing("uri_too_long")
        super().on_headers_complete()
        self._reading_body = True
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # what follows is another protocol's

    def on_message_complete(self) -> None:
        self._stop_waiting()
        self._reading_body = False
        super().on_message_complete()

    def _stop_parsing(self, code: str) -> None:
        # httptools makes one error of whatever a callback raises: remember why.
        self._refusal = code
        raise Refused(code)


def new_id() -> str:
    """A request id for a refusal whose request nobody could read."""
    return request_id({})
