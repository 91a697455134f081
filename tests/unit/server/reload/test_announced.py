"""Each change is said once by the processes of one server."""

from __future__ import annotations

import os

from ivrhooks.server.reload.announced import SAME, Announced
from support.fake_time import FakeClock


def test_what_was_just_said_is_not_said_again() -> None:
    clock = FakeClock()
    announced = Announced(clock)
    assert announced.first("refused")
    assert announced.first("good again")
    assert not announced.first("refused")
    clock.now += SAME
    assert announced.first("refused")


def test_many_words_are_kept_within_bounds() -> None:
    announced = Announced(FakeClock())
    assert all(announced.first(str(number)) for number in range(100))
    assert not announced.first("99")


def test_a_forked_process_knows_what_was_said() -> None:
    announced = Announced(FakeClock())
    child = os.fork()
    if child == 0:
        os._exit(0 if announced.first("two") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not announced.first("two")
