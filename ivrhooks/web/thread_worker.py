"""gunicorn's thread worker for the Flask door, refusing in JSON and never patient.

gunicorn's own answers HTML to what it cannot read, waits for ever for a head or a body
that dribbles in, takes 800 KB of headers, joins repeated ones blindly, and waits 2 s,
everybody with it, for a caller who does not hang up after the last answer.
"""

from __future__ import annotations

import errno
import select
import selectors
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import TConn, ThreadWorker

from ivrhooks.answering.error_body import refuse
from ivrhooks.web.app import BOOKS
from ivrhooks.web.books import Books
from ivrhooks.web.engine_thread import ENGINE
from ivrhooks.web.garbage import settle
from ivrhooks.web.greeting import tell_console
from ivrhooks.web.incoming import escaped_target, join_values, request_id
from ivrhooks.web.replies import raw_answer
from ivrhooks.web.wire_errors import SlowRequest, wire_error
from ivrhooks.web.workers import server_name

MAX_HEAD = 16 * 1024
MAX_RAW = 32 * 1024  # the longest head, and its line
REQUEST_SECONDS = 10.0
SEND_SECONDS = 10.0
IDLE_SECONDS = 0.05  # gunicorn gives a new connection a thread for 5 s
LINGER_SECONDS = 2.0
MOST_LINGERING = 1000
LINGER_READS = 64


class ImpatientUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads a socket until the whole request's time is over. ``arrived``: when the last
    byte that was read had come, on ``time.monotonic``."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._until = 0.0
        self.raw = b""
        self.arrived = 0.0

    def start(self, arrived: float) -> None:
        """A new request begins now; ``raw`` is what comes of it, to some length. What
        need not be waited for had come at ``arrived``, before a thread was free."""
        self.arrived = arrived
        self._until = time.monotonic() + REQUEST_SECONDS
        self.raw = self.buf.getvalue()

    def chunk(self, size_hint: int | None = None) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0.0:
            raise SlowRequest
        self.sock.settimeout(0.0)
        try:
            data: bytes = super().chunk(size_hint)
        except (BlockingIOError, ssl.SSLWantReadError):
            data = self._await(left, size_hint)
        finally:
            self.sock.settimeout(SEND_SECONDS)
        if len(self.raw) < MAX_RAW:
            self.raw += data[:MAX_RAW]
        return data

    def _await(self, seconds: float, size_hint: int | None) -> bytes:
        self.sock.settimeout(seconds)
        try:
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            raise SlowRequest from None
        self.arrived = time.monotonic()
        return data


class LenientRequest(Request):  # type: ignore[misc]
    """A request whose line may hold raw letters, as dialplans write them."""

    def parse_request_line(self, line_bytes: bytes) -> None:
        method, blank, rest = line_bytes.partition(b" ")
        super().parse_request_line(method + blank + escaped_target(rest))


class Connection(TConn):  # type: ignore[misc]
    """A connection whose requests have a time, and that costs no thread while idle."""

    linger: Callable[[socket.socket], None]
    data_ready: bool
    ready_at: float = 0.0  # when it had something to read, or was accepted

    def close(self, graceful: bool = False) -> None:
        if graceful:
            self.linger(self.sock)
        else:
            super().close()

    def wait_for_data(self, timeout: float) -> bool:
        if self.data_ready:
            return True
        waiting = select.poll()
        waiting.register(self.sock, select.POLLIN)
        if not waiting.poll(0):
            if not waiting.poll(1000 * min(timeout, IDLE_SECONDS)):
                return False
            self.ready_at = time.monotonic()
        self.data_ready = True
        return True

    def init(self) -> None:
        super().init()
        if not isinstance(self.parser.unreader, ImpatientUnreader):
            self.parser.unreader = ImpatientUnreader(self.sock)
            self.parser.mesg_class = LenientRequest
        self.parser.unreader.start(self.ready_at)


class JsonThreadWorker(ThreadWorker):  # type: ignore[misc]
    """The worker that gunicorn.conf.py names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = threading.local()  # the connection that a thread serves
        self._lingering: dict[socket.socket, tuple[float, int]] = {}

    @property
    def books(self) -> Books | None:
        """Those of the app that is served; None where it is none of ours."""
        return getattr(self.wsgi, "extensions", {}).get(BOOKS)

    def run(self) -> None:
        if self.books is not None:
            self.books.server = server_name(self.ppid)
            self.books.open()
            if self.age == 1:  # one of them says it for all
                tell_console(self.books.configuration, self.sockets)
        settle()
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
        connection = Connection(self.cfg, sock, address, listener.getsockname())
        connection.linger = self.linger
        self.enqueue_req(connection)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """gunicorn's own shuts the pool of threads here: where the signal breaks into
        that pool, or into an earlier signal (Ctrl-C comes from the terminal and from
        the master), it waits for ever for a lock that it holds itself."""
        for one in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(one, signal.SIG_IGN)
        Worker.handle_quit(self, sig, frame)

    def enqueue_req(self, conn: Any) -> None:
        conn.ready_at = time.monotonic()
        super().enqueue_req(conn)

    def linger(self, sock: socket.socket) -> None:
        """Ends our side, and waits for the caller's end beside everything else: closing
        on unread bytes would reset the connection, and the answer with it."""
        try:
            sock.shutdown(socket.SHUT_WR)
            sock.setblocking(False)
        except OSError:
            sock.close()
            return
        if len(self._lingering) >= MOST_LINGERING:
            sock.close()
            return
        until = time.monotonic() + LINGER_SECONDS
        self._lingering[sock] = (until, LINGER_READS)
        self.poller.register(sock, selectors.EVENT_READ, self._drain)
        self._drain(sock)

    def _drain(self, sock: socket.socket) -> None:
        until, reads = self._lingering[sock]
        try:
            ended = not sock.recv(65536) or reads == 0
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            ended = True
        if ended:
            self._let_go(sock)
        else:
            self._lingering[sock] = (until, reads - 1)

    def _let_go(self, sock: socket.socket) -> None:
        del self._lingering[sock]
        self.poller.unregister(sock)
        sock.close()

    def murder_pending(self) -> None:
        """Also those that have lingered long enough; called once a second or more."""
        super().murder_pending()
        now = time.monotonic()
        for sock, (until, _) in list(self._lingering.items()):
            if until > now:
                break  # they stand in their order
            self._let_go(sock)

    def handle(self, conn: Any) -> Any:
        self._now.connection = conn
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        size = sum(len(name) + len(value) + 4 for name, value in req.headers)
        if size > MAX_HEAD:
            raise LimitRequestHeaders("all headers together")
        req.headers = joined(req.headers)
        req.body.raw_head = raw_of(conn)
        req.body.wire = conn.parser.unreader
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
        if self.books is not None:
            peer = addr[0] if isinstance(addr, tuple) else ""
            self.books.refused(answer, peer, raw_of(self._now.connection))
        try:
            client.settimeout(SEND_SECONDS)
            client.sendall(raw_answer(answer))
        except OSError:
            self.log.debug("the caller was gone before it could be refused")


def raw_of(connection: Any) -> bytes:
    """What came in of the request that a connection is at."""
    unreader = getattr(connection.parser, "unreader", None)
    return unreader.raw if isinstance(unreader, ImpatientUnreader) else b""


def joined(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each header once: a value sent twice counts once, different ones are joined."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = join_values(found[name], value) if name in found else value
    return list(found.items())
