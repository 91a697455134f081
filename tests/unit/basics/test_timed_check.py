"""A look that may hang: its last result, and never a long wait for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from ivrhooks.basics.timed_check import FRESH_SECONDS, STALL_SECONDS, TimedCheck


class Database:
    """What is looked at; ``open``: whether it answers."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.looks = 0
        self.open = threading.Event()
        self.open.set()
        self.looking = TimedCheck(
            self.look, "failed", clock=lambda: self.now, max_wait=0.01
        )

    def look(self) -> str:
        self.looks += 1
        number = self.looks
        self.open.wait(60)
        if number == 13:
            raise OSError("gone")
        return f"look {number}"

    def long_wait(self) -> TimedCheck[str]:
        """The same, whatever the machine does meanwhile."""
        return TimedCheck(self.look, "failed", clock=lambda: self.now, max_wait=60)


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    yield made
    made.open.set()


def test_a_result_is_a_second_old_at_most(database: Database) -> None:
    looking = database.long_wait()
    assert [looking.result(), looking.result()] == ["look 1", "look 1"]
    database.now += FRESH_SECONDS
    assert looking.result() == "look 2"


def test_a_check_that_raises_has_failed(database: Database) -> None:
    database.looks = 12
    looking = database.long_wait()
    assert looking.result() == "failed"
    database.now += FRESH_SECONDS
    assert looking.result() == "look 14"


def test_one_that_hangs_is_not_waited_for_and_has_failed_in_the_end(
    database: Database,
) -> None:
    long_wait = database.long_wait()
    assert long_wait.result() == "look 1"
    long_wait._max_wait = 0.01
    database.open.clear()
    database.now += FRESH_SECONDS
    assert long_wait.result() == "look 1"  # the last one, for now
    database.now += STALL_SECONDS
    assert long_wait.result() == "failed"
    assert database.looks == 2  # one at a time
    ended = long_wait._under_way
    assert ended is not None
    database.open.set()
    assert ended.wait(60)
    assert long_wait.result() == "look 2"


def test_the_first_one_that_hangs_has_failed(database: Database) -> None:
    database.open.clear()
    assert database.looking.result() == "failed"


def test_a_child_looks_for_itself(database: Database) -> None:
    database.open.clear()
    assert database.looking.result() == "failed"
    database.looking._pid = os.getpid() - 1  # as after a fork
    assert database.looking.result() == "failed"
    assert database.looks == 2
