"""Whatever bytes come, in whatever pieces: one outcome, and the same for all pieces."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrhooks.basics.errors import SourceError
from ivrhooks.sources.interface import Response
from ivrhooks.sources.transport import connection as module
from ivrhooks.sources.transport.connection import Connection
from ivrhooks.sources.transport.exchange import Exchange
from ivrhooks.sources.transport.origin import read_origin
from ivrhooks.sources.transport.pool import ConnectionPool

LIMIT = 2000
PACKED = gzip.compress(b'{"a": 1}' * 20, mtime=0)
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n" + b'{"a": 1}',
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n"
    b'3;x=y\r\n{"a\r\n5\r\n": 1}\r\n0\r\nX-T: u\r\n\r\n',
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.0 200 OK\r\n\r\n" + b'{"a": 1}',
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
    % (len(PACKED), PACKED),
    b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + b" " * 3000,
    b"HTTP/1.1 101 Upgrade\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nX: ",
]


class Wire:
    """A transport that notes whether it was ended."""

    def __init__(self) -> None:
        self.ended = False

    def write(self, data: bytes) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def abort(self) -> None:
        self.ended = True


def outcome_of(pieces: Sequence[bytes], *, head: bool = False) -> Any:
    """What an exchange makes of the pieces, and of the end behind them."""

    async def story() -> Any:
        pool = ConnectionPool()
        turns: list[Any] = []
        pool.cpu_budget.later = turns.append  # type: ignore[method-assign]
        origin = read_origin("http://crm")
        connection = Connection(pool, origin)
        wire: Any = Wire()
        connection.connection_made(wire)
        pool._connections.add(connection)
        outcomes: list[Any] = []
        exchange = Exchange(pool, origin, b"", head, LIMIT, 1.0, outcomes.append)
        connection.send(exchange)
        for piece in pieces:
            if not wire.ended:
                connection.data_received(piece)
        if not wire.ended:
            connection.connection_lost(None)
        while turns:
            turns.pop(0)()
        await pool.close()
        [outcome] = outcomes
        return shown(outcome)

    return asyncio.run(story())


def shown(outcome: Any) -> Any:
    if isinstance(outcome, Response):
        return outcome.status, dict(outcome.headers), outcome.body
    assert isinstance(outcome, SourceError)
    return outcome.code


def split(raw: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({cut % (len(raw) + 1) for cut in cuts} | {0, len(raw)})
    return [raw[a:b] for a, b in pairwise(places)]


cuts = st.lists(st.integers(0, 5000), max_size=12)


@settings(deadline=None, max_examples=150)
@given(raw=st.sampled_from(ANSWERS), at=cuts, head=st.booleans())
def test_the_pieces_make_no_difference(raw: bytes, at: list[int], head: bool) -> None:
    assert outcome_of(split(raw, at), head=head) == outcome_of([raw], head=head)


@settings(deadline=None, max_examples=300)
@given(
    raw=st.sampled_from(ANSWERS),
    at=cuts,
    broken=st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=6)), max_size=4),
)
def test_an_answer_that_was_broken_has_an_outcome(
    raw: bytes, at: list[int], broken: list[tuple[int, bytes]]
) -> None:
    for place, what in broken:
        place %= len(raw) + 1
        raw = raw[:place] + what + raw[place + len(what) :]
    outcome_of(split(raw, at))


@settings(deadline=None, max_examples=100)
@given(raw=st.binary(max_size=300), at=cuts)
def test_any_bytes_have_an_outcome(raw: bytes, at: list[int]) -> None:
    outcome_of(split(raw, at))


def test_a_mistake_of_ours_is_no_answer_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What a callback raises by mistake must not pass for a malformed answer."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module.Connection, "on_headers_complete", broken)
    assert outcome_of([ANSWERS[0]]) == "unavailable"
    assert "ZeroDivisionError" in caplog.text
