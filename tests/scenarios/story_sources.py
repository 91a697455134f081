"""The sources of a story as a real HTTP server on loopback: ``/crm/…``, ``/shop/…``.

A source that shall time out takes the request and says nothing until the server is
closed; one that shall fail answers 500.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stories import Story


class StorySources(ThreadingHTTPServer):
    """Answers what ``story`` scripts; ``asked`` lists what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, story: Story) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.story = story
        self.queries: list[str] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """What STORY_SOURCES_URL has to be."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StorySources

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        source, _, rest = self.path[1:].partition("/")
        self.server.queries.append(f"{source} {self.command} /{rest}")
        behaviour = self.server.story.behaviour(source, f"/{rest}".partition("?")[0])
        if behaviour.get("fail") == "timeout":
            self.server.closing.wait()
            self.close_connection = True
        elif behaviour.get("fail") == "error":
            self._answer(500, {"error": "scripted"})
        else:
            self._answer(behaviour.get("status", 200), behaviour.get("json"))

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _answer(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def sources_of(story: Story) -> Iterator[StorySources]:
    """The sources of a story, answering until the block ends."""
    server = StorySources(story)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
