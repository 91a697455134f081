"""An HTTP API that is no vendor's: it repeats what it was asked, or misbehaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FIXED: dict[str, tuple[int, str, str]] = {
    "/list": (200, '[1, {"a": 2}]', "application/json"),
    "/number": (200, "7", "application/json"),
    "/false": (200, "false", "application/json"),
    "/null": (200, "null", "application/json"),
    "/empty": (200, "", "application/json"),
    "/no-content": (204, "", ""),
    "/missing": (404, '{"a": 1}', "application/json"),
    "/html": (200, "<html>", "text/html"),
    "/mislabelled": (200, '{"a": 1}', "text/plain"),
    "/created": (201, '{"a": 1}', "application/json"),
    "/refused": (400, '{"a": 1}', "application/json"),
    "/broken": (500, '{"a": 1}', "application/json"),
    "/big": (200, json.dumps({"a": "x" * 5000}), "application/json"),
    "/good": (200, '{"code": 0, "data": {"name": "Ok"}}', "application/json"),
    "/bad": (200, '{"code": 1}', "application/json"),
    "/words": (200, '{"none": "N/A", "zero": 0, "no": false}', "application/json"),
}


class Upstream(ThreadingHTTPServer):
    """Counts its tokens; the last one is the good one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.paths: list[str] = []
        self.tokens = 0
        self.good = ""
        self.grants: list[tuple[str, str]] = []
        self.elsewhere = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        path = self.path.partition("?")[0]
        self.server.paths.append(path)
        if path in FIXED:
            self.reply(*FIXED[path])
        elif path == "/token":
            self.give_token(body)
        elif path == "/secure" and self.bearer() != self.server.good:
            self.reply(401, "no", "text/plain")
        elif path.startswith("/away"):
            self.reply(302, "", "", location=f"{self.server.elsewhere}/stolen")
        else:
            self.reply(200, json.dumps(self.seen(body)), "application/json")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def seen(self, body: str) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return {
            "method": self.command,
            "path": self.path,
            "headers": headers,
            "body": body,
        }

    def bearer(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def give_token(self, body: str) -> None:
        self.server.tokens += 1
        self.server.good = f"t-{self.server.tokens}"
        self.server.grants.append((self.headers.get("Authorization", ""), body))
        answer = {"access_token": self.server.good, "expires_in": 3600}
        self.reply(200, json.dumps(answer), "application/json")

    def reply(self, status: int, body: str, label: str, location: str = "") -> None:
        self.send_response(status)
        if label:
            self.send_header("Content-Type", label)
        if location:
            self.send_header("Location", location)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def running() -> Iterator[Upstream]:
    """An upstream, and another host that nobody should ever ask."""
    with Upstream() as upstream, Upstream() as elsewhere:
        upstream.elsewhere = elsewhere.url
        for server in (upstream, elsewhere):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield upstream
            assert elsewhere.paths == []
        finally:
            for server in (upstream, elsewhere):
                server.shutdown()
