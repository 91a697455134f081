"""Passes an HttpRequest to a WSGI app: pages, and data requests that go through
Flask."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from ivrhooks.http.request import HttpRequest
from ivrhooks.http.response import JSON_TYPE, Header, json_body

REQUEST = "ivrhooks.request"
"""In an environ: the HttpRequest that our own server has read."""

PAGE_THREADS = 16

_BARE = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}
_logger = logging.getLogger("ivrhooks.server.pages.bridge")

WsgiCallable = Callable[[dict[str, Any], Any], Any]


class Reply(NamedTuple):
    """The whole reply of a WSGI app."""

    status: int
    headers: Sequence[Header]
    body: bytes


class PageThreads:
    """Runs a WSGI app in a bounded number of threads: its views read files and
    databases. ``make_app`` is called once, in the first of them."""

    def __init__(self, make_app: Callable[[], WsgiCallable]) -> None:
        self._make_app = make_app
        self._threads = ThreadPoolExecutor(PAGE_THREADS, "ivrhooks-page")

    def run(
        self,
        request: HttpRequest,
        address: tuple[str, int],
        deliver: Callable[[Reply], None],
    ) -> None:
        """Start the answer to ``request``; ``deliver`` is called later from the
        loop."""
        loop = asyncio.get_running_loop()
        environ = environ_of(request, address)
        self._threads.submit(self._work, loop, environ, deliver)

    def close(self) -> None:
        """Accept no more requests; running ones end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _work(
        self,
        loop: asyncio.AbstractEventLoop,
        environ: dict[str, Any],
        deliver: Callable[[Reply], None],
    ) -> None:
        reply = call(self._make_app(), environ)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(deliver, reply)


def call(app: WsgiCallable, environ: dict[str, Any]) -> Reply:
    """Return the reply of ``app``; never raises."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], problem: Any = None
    ) -> None:
        begun[:] = [(status, headers)]

    try:
        chunks = app(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, headers = begun[0]
        raw = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in headers
        ]
        return Reply(int(status[:3]), raw, body)
    except Exception:
        _logger.exception("internal error in a page")
        body = json_body({"error": {"code": "internal_error", "message": _MISTAKE}})
        return Reply(500, [(b"content-type", JSON_TYPE.encode())], body)


_MISTAKE = "a mistake of ivrhooks"


def environ_of(request: HttpRequest, address: tuple[str, int]) -> dict[str, Any]:
    """Return the request as a WSGI environ (PEP 3333)."""
    host, port = address
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.target).decode("latin-1"),
        "QUERY_STRING": request.query.decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/" + request.version,
        "REMOTE_ADDR": request.peer,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        REQUEST: request,
    }
    for name, value in request.fields.items():
        key = _BARE.get(name) or "HTTP_" + name.decode("latin-1").upper().replace(
            "-", "_"
        )
        environ[key] = value.decode("latin-1")
    return environ
