"""What all sources of a process share: cache, CPU budget, Redis, token folder."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ivrhooks.basics.write_batch import WriteBatch
from ivrhooks.resilience.cache import Cache
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.resilience.deadline import Clock
from ivrhooks.resilience.deadlines import Deadlines
from ivrhooks.resilience.fair_scheduler import FairScheduler
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import open_cipher
from ivrhooks.store.tokens import FileTokens, TokenStore

if TYPE_CHECKING:
    from ivrhooks.store.shared import Shared

_logger = logging.getLogger("ivrhooks.sources.asking")


class SharedResources:
    """Built once for a set of sources; the last of them closes it."""

    def __init__(
        self,
        *,
        clock: Clock,
        now: Callable[[], float],
        shared_cache: str = "",
        folder: Path | None = None,
        users: int = 1,
        scheduler: FairScheduler | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self.clock = clock
        self.now = now
        self.cache = Cache(clock=clock)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.writes: WriteBatch | None = None
        self.cpu_budget = CpuBudget()
        self.scheduler = scheduler or FairScheduler()
        self.deadlines = deadlines or Deadlines()
        self.shared: Shared | None = None
        self._folder = lambda: folder or data_folder()
        self._files = FileTokens(self._folder)
        self.tokens: TokenStore = self._files
        if shared_cache:
            from ivrhooks.store import shared  # imports Redis

            self.shared = shared.Shared(shared_cache, self._cipher())
            self.tokens = shared.SharedTokens(self.shared, self._files)
        self._users = users

    def _cipher(self) -> Cipher | None:
        """Return the cipher for values in Redis, or None where there is no key."""
        try:
            return open_cipher(self._folder)
        except OSError as problem:
            _logger.error(
                "results and tokens are not shared through Redis: the data folder, "
                "which holds their key, cannot be used: %s; check IVRHOOKS_DATA",
                problem.strerror or type(problem).__name__,
            )
            return None

    async def release(self) -> None:
        """Release it for one source; the last release closes everything."""
        self._users -= 1
        if self._users == 0:
            self._files.close()
            if self.shared is not None:
                await self.shared.close()
