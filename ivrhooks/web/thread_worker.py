"""gunicorn's thread worker for the Flask door, refusing in JSON and never patient.

gunicorn's own answers HTML to what it cannot read, waits for ever for a head or a body
that dribbles in, takes 800 KB of headers and joins repeated ones blindly.
"""

from __future__ import annotations

import errno
import time
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from ivrhooks.answering.error_body import refuse
from ivrhooks.web.engine_thread import ENGINE
from ivrhooks.web.incoming import join_values, request_id
from ivrhooks.web.replies import raw_answer
from ivrhooks.web.wire_errors import SlowRequest, wire_error

MAX_HEAD = 16 * 1024
REQUEST_SECONDS = 10.0
SEND_SECONDS = 10.0
IDLE_SECONDS = 0.05  # gunicorn gives a new connection a thread for 5 s


class ImpatientUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads a socket until the whole request's time is over."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._until = 0.0

    def start(self) -> None:
        """A new request begins now."""
        self._until = time.monotonic() + REQUEST_SECONDS

    def chunk(self, size_hint: int | None = None) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0.0:
            raise SlowRequest
        self.sock.settimeout(left)
        try:
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            raise SlowRequest from None
        finally:
            self.sock.settimeout(SEND_SECONDS)
        return data


class Connection(TConn):  # type: ignore[misc]
    """A connection whose requests have a time, and that costs no thread while idle."""

    def wait_for_data(self, timeout: float) -> bool:
        return bool(super().wait_for_data(min(timeout, IDLE_SECONDS)))

    def init(self) -> None:
        super().init()
        if not isinstance(self.parser.unreader, ImpatientUnreader):
            self.parser.unreader = ImpatientUnreader(self.sock)
        self.parser.unreader.start()


class JsonThreadWorker(ThreadWorker):  # type: ignore[misc]
    """The worker that gunicorn.conf.py names."""

    def run(self) -> None:
        try:
            super().run()
        finally:
            engine = getattr(self.wsgi, "extensions", {}).get(ENGINE)
            if engine is not None:
                engine.close()

    def accept(self, listener: Any) -> None:
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                return
            raise
        self.nr_conns += 1
        sock.setblocking(True)
        self.enqueue_req(Connection(self.cfg, sock, address, listener.getsockname()))

    def handle_request(self, req: Any, conn: Any) -> Any:
        size = sum(len(name) + len(value) + 4 for name, value in req.headers)
        if size > MAX_HEAD:
            raise LimitRequestHeaders("all headers together")
        req.headers = joined(req.headers)
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except SlowRequest:
            return False

    def handle_error(
        self, req: Any, client: Any, addr: Any, exc: BaseException
    ) -> None:
        error = wire_error(exc)
        self.log.warning("refused a request before it was read: %s", error.code)
        answer = refuse(None, error, request_id({}))
        try:
            client.settimeout(SEND_SECONDS)
            client.sendall(raw_answer(answer))
        except OSError:
            self.log.debug("the caller was gone before it could be refused")


def joined(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each header once: a value sent twice counts once, different ones are joined."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = join_values(found[name], value) if name in found else value
    return list(found.items())
