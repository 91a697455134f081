"""The processes of one server announce each change once."""

from __future__ import annotations

import os

from ivrhooks.server.reload.announced import SAME, Announced
from support.fake_time import FakeClock


def test_a_repeated_announcement_is_suppressed() -> None:
    clock = FakeClock()
    announced = Announced(clock)
    assert announced.first("refused")
    assert announced.first("good again")
    assert not announced.first("refused")
    clock.now += SAME
    assert announced.first("refused")


def test_the_remembered_announcements_are_bounded() -> None:
    announced = Announced(FakeClock())
    assert all(announced.first(str(number)) for number in range(100))
    assert not announced.first("99")


def test_forked_processes_share_the_announcements() -> None:
    announced = Announced(FakeClock())
    child = os.fork()
    if child == 0:
        os._exit(0 if announced.first("two") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not announced.first("two")
