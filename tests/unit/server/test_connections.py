"""The state that the connections of one worker share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ivrhooks.server.connections import Connections


def make(now: float = 100.0, **settings: Any) -> Connections:
    loop: Any = SimpleNamespace(time=lambda: now)
    return Connections(None, loop, **settings)


class Fake:
    """A connection that only notes."""

    def __init__(self, done: list[str], expires: float = 0.0) -> None:
        self.expires = expires
        self.expired = lambda: done.append("expired")
        self.shutdown = lambda: done.append("shutdown")
        self.transport = SimpleNamespace(abort=lambda: done.append("aborted"))


@pytest.mark.parametrize(
    ("expires", "ends"), [(99.0, True), (100.0, True), (100.1, False)]
)
def test_a_connection_expires_at_its_time(expires: float, ends: bool) -> None:
    done: list[str] = []
    connections = make()
    connections.open.add(Fake(done, expires))  # type: ignore[arg-type]
    connections.sweep()
    assert done == ["expired"] * ends


def test_a_sweep_refreshes_the_date_header() -> None:
    connections = make()
    assert connections.date == b""
    connections.sweep()
    assert connections.date.startswith(b"date: ")
    assert connections.date.endswith(b" GMT\r\n")


@pytest.mark.parametrize("limit", [0, 2])
def test_the_limit_of_answers_is_reported_once(limit: int) -> None:
    last_answers: list[int] = []
    connections = make(max_requests=limit, on_last=lambda: last_answers.append(1))
    assert connections.is_counting is (limit > 0)
    for _ in range(5):
        connections.answered()
    assert len(last_answers) == (limit > 0)


def test_closing_ends_all_connections() -> None:
    done: list[str] = []
    connections = make()
    connections.open.add(Fake(done))  # type: ignore[arg-type]
    connections.shutdown()
    connections.abort()
    assert done == ["shutdown", "aborted"]
