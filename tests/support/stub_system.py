"""Customer systems on a real socket.

``stub_system`` answers by a function of the test. ``StoppableSystem`` is the base of
systems that can be stopped and started again.
"""

from __future__ import annotations

import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from support.ports import free_port


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as received."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> Mapping[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


Answer = tuple[int, Mapping[str, str], bytes]
Answering = Callable[[ReceivedRequest], Answer]


@dataclass
class StubSystem:
    """A running system. ``url``: its address; ``seen``: all requests in order."""

    url: str
    seen: list[ReceivedRequest] = field(default_factory=list)

    @property
    def last(self) -> ReceivedRequest:
        return self.seen[-1]


@contextmanager
def stub_system(
    answering: Answering, tls: ssl.SSLContext | None = None
) -> Iterator[StubSystem]:
    """Run a system that answers by ``answering``, and end it after the block."""
    system = StubSystem("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            seen = ReceivedRequest(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            system.seen.append(seen)
            status, headers, body = answering(seen)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    system.url = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class StoppableSystem(ABC):
    """A customer system that can be stopped and started again on the same port.

    It answers while ``answering`` is set. A subclass defines the answer by ``handle``.
    """

    protocol = "HTTP/1.0"

    def __init__(self) -> None:
        self.port = free_port()
        self.answering = threading.Event()
        self.answering.set()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""

    def reply(self, request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        """Send an answer with a Content-Length."""
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def start(self) -> None:
        """Listen from now on."""
        system = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = system.protocol

            def do_GET(self) -> None:
                system.handle(self)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        self._server = _Listener(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,)).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        self.answering.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Listener(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
