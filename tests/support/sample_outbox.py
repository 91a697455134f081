"""Fills an outbox for tests of the console's pages and services."""

from __future__ import annotations

import asyncio

from ivrhooks.actions.draft import Draft
from ivrhooks.actions.leasing import Lane, TryResult, claim, finish
from ivrhooks.actions.outbox import Outbox
from ivrhooks.store.cipher import Cipher


def fill_outbox(url: str, cipher: Cipher) -> list[str]:
    """Store one dead action and two waiting ones, and return their ids."""
    writer = Outbox(url, lambda: cipher)
    params = {"json": {"tel": "13800000001"}}

    async def work() -> list[str]:
        drafts = [Draft("desk", f"a{n}", "crm", "request", params) for n in range(3)]
        accepted = await writer.store(drafts)
        lane = Lane("crm", 1, 40.0)
        (held,), _ = await writer.run(lambda c, now: claim(c, [lane], now))
        refused = TryResult(held, "dead", status=422, error="refused, said the CRM")
        await writer.run(lambda c, now: finish(c, refused, now))
        return [action.id for action in accepted]

    stored = asyncio.run(work())
    writer.close()
    return stored
