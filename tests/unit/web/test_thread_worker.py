"""gunicorn's thread worker, refusing in JSON and never patient."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from ivrhooks.web import thread_worker
from ivrhooks.web.thread_worker import ImpatientUnreader, joined
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
    unreader.start()
    theirs.sendall(b"GET /")
    assert unreader.chunk() == b"GET /"
    assert ours.gettimeout() == thread_worker.SEND_SECONDS


def test_what_does_not_come_is_not_waited_for(pair: Pair, monkeypatch) -> None:
    monkeypatch.setattr(thread_worker, "REQUEST_SECONDS", 0.01)
    unreader = ImpatientUnreader(pair[0])
    unreader.start()
    with pytest.raises(SlowRequest):
        unreader.chunk()


def test_drops_do_not_buy_time(pair: Pair, monkeypatch) -> None:
    ours, theirs = pair
    now = 100.0
    monkeypatch.setattr(thread_worker.time, "monotonic", lambda: now)
    unreader = ImpatientUnreader(ours)
    unreader.start()
    for _ in range(3):
        theirs.sendall(b"x")
        now += 3.0
        assert unreader.chunk() == b"x"
    now += 3.0
    theirs.sendall(b"x")
    with pytest.raises(SlowRequest):
        unreader.chunk()
