"""Reads HTTP/1.1 requests from the bytes of one connection, within limits on the head.

httptools refuses some requests that IVRs send. They are read here too: raw letters in
the request line, unknown methods, and proposals of another protocol.
"""

from __future__ import annotations

import logging
import re
from typing import Any, NoReturn

import httptools

from ivrhooks.http.request import HttpRequest, add_field, escaped_target
from ivrhooks.languages.catalogue import because
from ivrhooks.server.known_heads import KnownHeads

MAX_LINE = 8190  # gunicorn's own limit: 8 KB with the line's end
MAX_HEAD = 16 * 1024
MAX_HEADERS = 100

IDLE, HEAD, BODY = range(3)

_logger = logging.getLogger("ivrhooks.server.request_reader")
_PARSER_ERROR: Any = httptools.HttpParserError

_SLACK = len(" HTTP/1.1") + 1
_NOT_PRINTABLE = re.compile(rb"[^\x21-\x7e]").search
_RAW_LETTERS = re.compile(rb"[A-Z]{3,20} /[^\r\n]*[\x80-\xff]")
_UPGRADE_HEADERS = frozenset({b"upgrade", b"connection", b"http2-settings"})
_UNKNOWN_METHOD_ERROR: Any = httptools.HttpParserInvalidMethodError
_READABLE_ERRORS: Any = (
    httptools.HttpParserInvalidURLError,
    httptools.HttpParserUpgrade,
    _UNKNOWN_METHOD_ERROR,
)
_METHOD = re.compile(rb"[A-Za-z]{1,20}(?: |\Z)")
_UNKNOWN_METHOD_LINE = re.compile(rb"([A-Za-z]{1,20})( /[^ ]* HTTP/1\.[01]\r?)")
_METHODS = {name.encode(): name for name in ("GET", "POST", "HEAD", "PUT", "DELETE")}


REASONS = {
    "bad_request": because("no_http"),
    "uri_too_long": because("long_line", count=MAX_LINE),
    "request_header_fields_too_large": because(
        "head_too_large", count=MAX_HEAD, lines=MAX_HEADERS
    ),
    "request_timeout": because("late"),
    "too_large": because("body_too_large"),
}
"""The reason that the client gets, by code."""


class Refused(Exception):
    """Raised when a request is refused while it is read; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RequestReader:
    """Reads heads, and passes each to its subclass by ``head_read``.

    ``reading`` says what comes next: IDLE between two requests, else HEAD or BODY. The
    methods ``on_…`` are httptools' callbacks. The subclass defines those of the body;
    they concern a body only while ``reading`` is BODY.
    """

    def __init__(self, heads: KnownHeads) -> None:
        self.heads = heads
        self.reading = IDLE
        self.peer = ""
        self.scheme = "http"
        self.raw = b""  # the bytes received since the request began
        self.parser: Any = self._new_parser()
        self._requests_begun = 0  # requests that began in ``raw``
        self._awaits_line = False  # until the first line is whole
        self._unknown_method = (
            b""  # the method of the request, where httptools knows it not
        )
        self._refusal = "bad_request"
        self._url = b""
        self._fields: dict[bytes, bytes] = {}
        self._head_bytes = self._lines = self._line_bytes = 0

    def head_read(self, request: HttpRequest) -> None:
        """Handle a complete head; its body follows."""
        raise NotImplementedError

    def on_body(self, chunk: bytes) -> None:
        """Handle the next piece of the body."""
        raise NotImplementedError

    def on_message_complete(self) -> None:
        """Handle the end of the body."""
        raise NotImplementedError

    def _new_parser(self) -> Any:
        parser = httptools.HttpRequestParser(self)
        # Bytes after a request that closes its connection are ignored.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def feed(self, data: bytes) -> None:
        """Read the next bytes. Raises Refused; after that nothing can be read."""
        if self.reading == HEAD:
            self._head_bytes += len(data)
            self.raw += data
        else:
            self.raw = data
            self._requests_begun = 1 if self.reading == BODY else 0
        try:
            if self._awaits_line:
                self._parse(data)
            else:
                self.parser.feed_data(data)
        except _READABLE_ERRORS as odd:
            self._parse_again(data, odd)
        except httptools.HttpParserError as problem:
            raise self._refused(problem) from None
        if self.reading == HEAD and self._head_bytes > MAX_LINE + MAX_HEAD:
            raise Refused("request_header_fields_too_large")

    def _parse_again(self, data: bytes, odd: Exception) -> None:
        """Read the bytes at which the parser stopped. Raises Refused."""
        try:
            self._parse_refused(data, odd)
        except httptools.HttpParserError as problem:
            raise self._refused(problem) from None

    def _refused(self, problem: Exception) -> Refused:
        # httptools hides what a callback raises behind its own error.
        mistake = problem.__context__
        if mistake is not None and not isinstance(mistake, Refused | _PARSER_ERROR):
            _logger.error("internal error in reading a request", exc_info=mistake)
        return Refused(self._refusal)

    def _parse_refused(self, data: bytes, odd: Exception) -> None:
        if isinstance(odd, httptools.HttpParserUpgrade):
            # A Java client proposes HTTP/2 with its first request and sends the body
            # after it. The proposal is ignored.
            data = self._head_without_upgrade() + data[odd.args[0] :]
            self._requests_begun -= 1
        elif (
            self._requests_begun == 1
            and not data.partition(b"\n")[0].isascii()
            and _RAW_LETTERS.match(self.raw)
        ):
            data, self._requests_begun, self._awaits_line = b"", 0, True
        elif isinstance(odd, _UNKNOWN_METHOD_ERROR) and self._has_unknown_method():
            # Any word may be a method; an unknown one gets 405, not 400.
            data, self._requests_begun, self._awaits_line = b"", 0, True
        else:
            raise odd
        self.parser = self._new_parser()
        self._parse(data)

    def _has_unknown_method(self) -> bool:
        word = _METHOD.match(self.raw) if self._requests_begun == 1 else None
        if word is None or self._unknown_method:
            return False
        self._unknown_method = word[0]
        return True

    def _parse(self, data: bytes) -> None:
        if self._awaits_line:
            data = self._escaped_head()
        try:
            self.parser.feed_data(data)
        except _READABLE_ERRORS as odd:
            self._parse_refused(data, odd)

    def _escaped_head(self) -> bytes:
        """Return the bytes received since the request began, its first line escaped.

        Returns b"" until that line is whole.
        """
        line, end, rest = self.raw.partition(b"\n")
        if end:
            self._awaits_line = False
            line = escaped_target(line)
            if self._unknown_method:
                line = self._with_known_method(line)
            return line + end + rest
        if len(line) > MAX_LINE:
            raise Refused("uri_too_long")
        return b""

    def _with_known_method(self, line: bytes) -> bytes:
        """Put POST in place of a method that httptools does not know."""
        match = _UNKNOWN_METHOD_LINE.fullmatch(line)
        if match is None:
            raise Refused("bad_request")
        self._unknown_method = match[1]
        return b"POST" + match[2]

    def _head_without_upgrade(self) -> bytes:
        lines = [self.parser.get_method() + b" " + self._url + b" HTTP/1.1"]
        lines += [
            name + b": " + value
            for name, value in self._fields.items()
            if name not in _UPGRADE_HEADERS
        ]
        return b"\r\n".join([*lines, b"", b""])

    # ---------------------------------------------------------- the parser's calls

    def on_message_begin(self) -> None:
        self._requests_begun += 1
        self.reading = HEAD
        self._url = b""
        self._fields = {}
        self._head_bytes = self._lines = self._line_bytes = 0
        self._refusal = "bad_request"

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > MAX_LINE:
            self._refuse_with("uri_too_long")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines += 1
        self._line_bytes += len(name) + len(value) + 4
        if self._line_bytes > MAX_HEAD or self._lines > MAX_HEADERS:
            self._refuse_with("request_header_fields_too_large")
        if b"_" in name or self.reading == BODY:
            return  # WSGI would confuse it with another name; trailers are ignored
        name, value = name.lower(), value.rstrip(b" \t")  # llhttp leaves them
        if name in self._fields:
            add_field(self._fields, name, value)
        else:
            self._fields[name] = value

    def on_headers_complete(self) -> None:
        parser, url = self.parser, self._url
        method = self._unknown_method or parser.get_method()
        self._unknown_method = b""
        self.reading = IDLE
        if method == b"CONNECT" or _NOT_PRINTABLE(url):
            self._refuse_with("bad_request")
        if len(method) + len(url) + _SLACK > MAX_LINE:
            self._refuse_with("uri_too_long")
        if parser.should_upgrade():
            return
        target, _, query = url.partition(b"?")
        if url[:1] != b"/" or b"#" in url:
            parts = httptools.parse_url(url)
            if parts.path is None:
                self._refuse_with("bad_request")
            target, query = parts.path, parts.query or b""
        request = HttpRequest(
            _METHODS.get(method) or method.decode("ascii"),
            target,
            query,
            self._fields,
            peer=self.peer,
            scheme=self.scheme,
        )
        version = parser.get_http_version()
        if version != "1.1":
            request.version = version
        request.closes = version == "1.0" or not parser.should_keep_alive()
        if self._requests_begun == 1:  # else ``raw`` holds other requests too
            request.raw = self.raw
            self.heads.remember(request, self._lines)
        self.reading = BODY
        self.head_read(request)

    def _refuse_with(self, code: str) -> NoReturn:
        # httptools hides what a callback raises behind its own error: remember why.
        self._refusal = code
        raise Refused(code)
