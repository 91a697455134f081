"""A turn of the loop is as old as the first that began in it."""

from __future__ import annotations

import asyncio
from typing import Any

from ivrhooks.resilience.loop_lag import LoopLag


def test_a_turn_is_as_old_as_what_began_first_in_it(
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
