"""What all sources of a process share: cache, pace, Redis, the token folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ivrhooks.resilience.cache import Cache
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.resilience.deadline import Clock
from ivrhooks.resilience.fair_scheduler import FairScheduler
from ivrhooks.store.folder import data_folder
from ivrhooks.store.tokens import FileTokens, TokenStore

if TYPE_CHECKING:
    from ivrhooks.store.shared import Shared


class SharedResources:
    """Built once for a set of sources; closed by the last of them."""

    def __init__(
        self,
        *,
        clock: Clock,
        now: Callable[[], float],
        shared_cache: str = "",
        folder: Path | None = None,
        users: int = 1,
        scheduler: FairScheduler | None = None,
    ) -> None:
        self.clock = clock
        self.now = now
        self.cache = Cache(clock=clock)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.cpu_budget = CpuBudget()
        self.scheduler = scheduler or FairScheduler()
        self.shared: Shared | None = None
        self._files = FileTokens(lambda: folder or data_folder())
        self.tokens: TokenStore = self._files
        if shared_cache:
            from ivrhooks.store import shared  # loads Redis

            self.shared = shared.Shared(shared_cache)
            self.tokens = shared.SharedTokens(self.shared, self._files)
        self._users = users

    async def release(self) -> None:
        """One source less; after the last one nothing is left open."""
        self._users -= 1
        if self._users == 0:
            self._files.close()
            if self.shared is not None:
                await self.shared.close()
