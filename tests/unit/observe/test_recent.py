"""What happened lately."""

from __future__ import annotations

from array import array

from ivrhooks.observe.durations import SIZE
from ivrhooks.observe.recent import Counted, Recent, Tallies
from support.fake_time import FakeClock


def counted(total: int, failed: int = 0) -> Counted:
    took = array("d", bytes(8 * (SIZE - 1)))
    took[7] = total
    return Counted(total, total, failed, took)


def test_an_hour_ago_counts_no_more_and_six_minutes_ago_in_one_window() -> None:
    clock, now = FakeClock(), {"desk": counted(0)}
    recent = Recent(lambda before: dict(now), clock)

    def totals() -> tuple[int, int]:
        windows = recent.rates()
        return tuple(
            windows[window].get("desk", {"all": 0})["all"] for window in ("5", "60")
        )

    assert totals() == (0, 0)
    now["desk"] = counted(30)
    assert totals() == (30, 30)
    for _ in range(6 * 4):
        clock.now += 15
        totals()
    now["desk"] = counted(40)
    assert totals() == (10, 40)
    for _ in range(66):
        clock.now += 60
        totals()
    assert totals() == (0, 0)


def test_a_window_holds_nothing_older_than_it_says() -> None:
    clock, total = FakeClock(), 0
    recent = Recent(lambda before: {"desk": counted(total)}, clock)
    for _ in range(100):  # an answer a second
        total += 10
        clock.now += 10
        counted_answers = recent.rates()["5"]["desk"]["all"]
    assert 270 <= counted_answers <= 300


def test_failures_and_times_are_those_of_the_window() -> None:
    clock, now = FakeClock(), {"desk": counted(0)}
    recent = Recent(lambda before: dict(now), clock)
    recent.rates()
    now["desk"] = counted(25, failed=5)
    rates = recent.rates()["5"]["desk"]
    assert rates == {"all": 25, "good": 25, "failed": 5, "took": {"7": 25}}


def test_tallies_are_reused() -> None:
    handed: list[Tallies] = []
    counts = {"desk": counted(3)}

    def count(before: Tallies) -> Tallies:
        handed.append(before)
        return counts

    recent = Recent(count, FakeClock())
    recent.rates()
    recent.rates()
    assert handed == [{}, counts]
