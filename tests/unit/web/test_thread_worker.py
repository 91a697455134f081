"""gunicorn's thread worker, refusing in JSON and never patient."""

from __future__ import annotations

import contextlib
import selectors
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from ivrhooks.web import thread_worker
from ivrhooks.web.thread_worker import (
    MAX_RAW,
    Connection,
    ImpatientUnreader,
    JsonThreadWorker,
    joined,
    raw_of,
)
from ivrhooks.web.wire_errors import SlowRequest

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_repeated_header_becomes_one() -> None:
    lines = [("X-FLOW", "a"), ("HOST", "h"), ("X-FLOW", "a"), ("X-FLOW", "b")]
    assert joined(lines) == [("X-FLOW", "a, b"), ("HOST", "h")]


def test_what_comes_in_time_is_read(pair: Pair) -> None:
    ours, theirs = pair
    unreader = ImpatientUnreader(ours)
    unreader.start(1.0)
    theirs.sendall(b"GET /")
    assert unreader.chunk() == b"GET /"
    assert ours.gettimeout() == thread_worker.SEND_SECONDS


def test_what_does_not_come_is_not_waited_for(pair: Pair, monkeypatch) -> None:
    monkeypatch.setattr(thread_worker, "REQUEST_SECONDS", 0.01)
    unreader = ImpatientUnreader(pair[0])
    unreader.start(1.0)
    with pytest.raises(SlowRequest):
        unreader.chunk()


def test_what_had_come_before_a_thread_was_free_came_then(pair: Pair) -> None:
    ours, theirs = pair
    unreader = ImpatientUnreader(ours)
    theirs.sendall(b"GET /")
    unreader.start(7.0)
    unreader.chunk()
    assert unreader.arrived == 7.0


def test_what_is_waited_for_comes_when_it_comes(pair: Pair) -> None:
    ours, theirs = pair
    unreader = ImpatientUnreader(ours)
    before = time.monotonic()
    unreader.start(before)
    late = threading.Thread(target=lambda: theirs.sendall(b"GET /"))
    waits = ours.settimeout

    class Socket:
        """Has nothing to read until somebody is willing to wait."""

        def settimeout(self, seconds: float) -> None:
            waits(seconds)
            if seconds > 0 and late.ident is None:
                late.start()

        def recv(self, size: int) -> bytes:
            return ours.recv(size)

    unreader.sock = Socket()
    assert unreader.chunk() == b"GET /"
    late.join()
    assert before < unreader.arrived <= time.monotonic()


def test_a_new_connection_was_ready_when_it_was_accepted(pair: Pair) -> None:
    ours, theirs = pair
    connection = Connection(SimpleNamespace(), ours, ("", 0), ("", 0))
    connection.ready_at = 7.0
    assert not connection.wait_for_data(0.001)
    theirs.sendall(b"x")
    assert connection.wait_for_data(0.001)
    assert connection.wait_for_data(0.001)
    assert connection.ready_at == 7.0


def test_or_when_its_first_bytes_came(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pair
    monkeypatch.setattr(thread_worker, "IDLE_SECONDS", 60.0)
    connection = Connection(SimpleNamespace(), ours, ("", 0), ("", 0))
    connection.ready_at = 7.0
    polls: list[float] = []

    class Waiting:
        """Sees the first bytes only in its second look."""

        def register(self, sock: socket.socket, events: int) -> None:
            assert sock is ours

        def poll(self, milliseconds: float) -> bool:
            polls.append(milliseconds)
            return len(polls) > 1

    monkeypatch.setattr(thread_worker.select, "poll", Waiting)
    assert connection.wait_for_data(5.0)
    assert polls == [0, 5000.0]
    assert connection.ready_at > 7.0
    theirs.close()


def test_drops_do_not_buy_time(pair: Pair, monkeypatch) -> None:
    ours, theirs = pair
    now = 100.0
    monkeypatch.setattr(thread_worker.time, "monotonic", lambda: now)
    unreader = ImpatientUnreader(ours)
    unreader.start(1.0)
    for _ in range(3):
        theirs.sendall(b"x")
        now += 3.0
        assert unreader.chunk() == b"x"
    now += 3.0
    theirs.sendall(b"x")
    with pytest.raises(SlowRequest):
        unreader.chunk()


class Lingerer:
    """The part of a worker that waits for callers to hang up, without a server."""

    def __init__(self) -> None:
        self.worker = JsonThreadWorker.__new__(JsonThreadWorker)
        self.worker._lingering = {}
        self.worker.pending_conns = deque()
        self.worker.poller = selectors.DefaultSelector()

    def look(self) -> None:
        self.worker.wait_for_and_dispatch_events(0)
        self.worker.murder_pending()


@pytest.fixture
def lingerer() -> Iterator[Lingerer]:
    lingerer = Lingerer()
    yield lingerer
    lingerer.worker.poller.close()


def test_a_caller_that_has_hung_up_is_not_waited_for(
    pair: Pair, lingerer: Lingerer
) -> None:
    pair[1].close()
    lingerer.worker.linger(pair[0])
    assert pair[0].fileno() == -1


def test_a_caller_that_stays_is_waited_for_beside_everything_else(
    pair: Pair, lingerer: Lingerer
) -> None:
    ours, theirs = pair
    lingerer.worker.linger(ours)
    assert theirs.recv(1) == b""  # our side has ended
    theirs.sendall(b"more")
    lingerer.look()
    assert ours.fileno() != -1
    theirs.close()
    lingerer.look()
    assert ours.fileno() == -1


def test_a_caller_that_stays_too_long_or_never_ends_is_left(
    pair: Pair, lingerer: Lingerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_worker, "LINGER_SECONDS", 0.0)
    lingerer.worker.linger(pair[0])
    lingerer.look()
    assert pair[0].fileno() == -1
    monkeypatch.setattr(thread_worker, "LINGER_SECONDS", 60.0)
    ours, theirs = socket.socketpair()
    lingerer.worker.linger(ours)
    sent = 0
    with contextlib.suppress(BrokenPipeError, ConnectionResetError), theirs:
        while sent <= thread_worker.LINGER_READS:
            theirs.sendall(b"x" * 65536)
            lingerer.look()
            sent += 1
    assert ours.fileno() == -1


def test_only_so_many_are_waited_for(
    pair: Pair, lingerer: Lingerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_worker, "MOST_LINGERING", 0)
    lingerer.worker.linger(pair[0])
    assert pair[0].fileno() == -1


def test_what_came_in_is_kept_to_some_length(pair: Pair) -> None:
    ours, theirs = pair
    unreader = ImpatientUnreader(ours)
    unreader.start(1.0)
    theirs.sendall(b"GET / HTTP/1.1\r\n")
    unreader.chunk()
    theirs.sendall(b"Host: x\r\n\r\n")
    unreader.chunk()
    connection = SimpleNamespace(parser=SimpleNamespace(unreader=unreader))
    assert raw_of(connection) == b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    for _ in range(20):
        theirs.sendall(b"x" * 8192)
        unreader.chunk()
    assert len(raw_of(connection)) < MAX_RAW + 8193
    unreader.unread(b"GET /next")
    unreader.start(1.0)
    assert raw_of(connection) == b"GET /next"
    assert raw_of(SimpleNamespace(parser=None)) == b""


def test_a_signal_to_end_waits_for_no_lock_and_comes_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Pool:
        def shutdown(self, wait: bool) -> None:
            raise AssertionError("the signal may have come within the pool")

    ignored: list[int] = []

    def handle(number: int, what: object) -> None:
        assert what is signal.SIG_IGN
        ignored.append(number)

    monkeypatch.setattr(thread_worker.signal, "signal", handle)
    worker = JsonThreadWorker.__new__(JsonThreadWorker)
    worker.cfg = SimpleNamespace(worker_int=lambda _: None)
    worker.tpool = Pool()
    with pytest.raises(SystemExit) as ended:
        worker.handle_quit(signal.SIGINT, None)
    assert ended.value.code == 0
    assert not worker.alive
    assert ignored == [signal.SIGINT, signal.SIGQUIT]
