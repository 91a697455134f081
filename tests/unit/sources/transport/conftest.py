"""What tests of the transport need: a pool on each of the event loops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from ivrhooks.sources.transport.pool import ConnectionPool

Story = Callable[[ConnectionPool], Awaitable[None]]


@pytest.fixture(params=[asyncio, uvloop], ids=["asyncio", "uvloop"])
def in_loop(request: pytest.FixtureRequest) -> Callable[[Story], None]:
    """Runs a story with a pool, in the loop of the standard library and in ours."""
    loops: Any = request.param

    def run(story: Story, **how: Any) -> None:
        async def told() -> None:
            pool = ConnectionPool(**how)
            try:
                await story(pool)
            finally:
                await pool.close()

        loops.run(told())

    return run
