"""The lag of a loop iteration is the age of the first work in it."""

from __future__ import annotations

import asyncio
from typing import Any

from ivrhooks.resilience.loop_lag import LoopLag


def test_the_lag_counts_from_the_first_work_of_an_iteration(
    in_no_time: Any, clock: Any
) -> None:
    async def story() -> None:
        turn = LoopLag(clock)
        assert turn.age() == 0.0
        clock.now += 0.2
        assert round(turn.age(), 6) == 0.2
        await asyncio.sleep(0)
        clock.now += 5.0
        assert turn.age() == 0.0

    in_no_time(story())
