"""A customer system that takes writes, counts them by their key, and can fail."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ports import free_port


@dataclass(frozen=True)
class Written:
    """One request as it came."""

    path: str
    key: str | None
    body: Any
    headers: dict[str, str] = field(repr=False)


class Receiver:
    """Answers ``status`` to each POST, once it is ``open``."""

    def __init__(self) -> None:
        self.port = free_port()
        self.written: list[Written] = []
        self.status = 200
        self.answering = threading.Event()
        self.answering.set()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> list[str | None]:
        """The idempotency keys in the order in which they first came."""
        return list(dict.fromkeys(one.key for one in self.written))

    def start(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.answering.wait(60)
                headers = {k.lower(): v for k, v in self.headers.items()}
                receiver.written.append(
                    Written(
                        self.path,
                        headers.get("idempotency-key"),
                        json.loads(data or b"null"),
                        headers,
                    )
                )
                body = b"" if receiver.status < 400 else b'{"error": "refused"}'
                self.send_response(receiver.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Listener(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

        self._server = Listener(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,)).start()

    def stop(self) -> None:
        self.answering.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
