"""A customer system that accepts writes, notes their keys, and can fail."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from support.stub_system import StoppableSystem


@dataclass(frozen=True)
class Written:
    """One request as received."""

    path: str
    key: str | None
    body: Any
    headers: dict[str, str] = field(repr=False)


class Receiver(StoppableSystem):
    """Answers each request with ``status``, once ``answering`` is set."""

    protocol = "HTTP/1.1"

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Written] = []
        self.status = 200

    @property
    def keys(self) -> list[str | None]:
        """Return the idempotency keys in the order in which they first arrived."""
        return list(dict.fromkeys(write.key for write in self.written))

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        data = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.answering.wait(60)
        headers = {k.lower(): v for k, v in request.headers.items()}
        key, body = headers.get("idempotency-key"), json.loads(data or b"null")
        self.written.append(Written(request.path, key, body, headers))
        refused = b"" if self.status < 400 else b'{"error": "refused"}'
        self.reply(request, self.status, refused)
