"""A configured source: asks its customer system, and always answers in time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from ivrhooks.basics.errors import SourceError
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Client, Outcome, Query, SourceSettings
from ivrhooks.sources.transport import AsyncTransport


class Source:
    """A source of the YAML, on the running loop."""

    def __init__(
        self, settings: SourceSettings, client: Client, transport: AsyncTransport
    ) -> None:
        self.settings = settings
        self._client = client
        self._transport = transport

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """How the source answers, by ``deadline``. Never raises SourceError."""
        task = asyncio.ensure_future(self._asked(query, deadline))
        try:
            await asyncio.wait({task}, timeout=deadline.remaining())
        finally:
            if not task.done():
                task.cancel()
        if task.done():
            return task.result()
        return Outcome("timeout", code="timeout", message="no answer in time", tries=1)

    async def _asked(self, query: Query, deadline: Deadline) -> Outcome:
        settings = self.settings
        try:
            response = await self._transport.send(
                self._client.request(query, None),
                deadline=deadline.within(settings.timeout),
                limit=settings.max_response,
            )
            reply = self._client.reply(query, response)
        except SourceError as problem:
            return Outcome(problem.status, None, None, problem.code, str(problem), 1)
        record = self._client.picked(query, reply.record)
        return Outcome("ok" if reply.found else "not_found", record, tries=1)

    async def close(self) -> None:
        """Closes its connections."""
        await self._transport.close()


def build_sources(
    settings: Mapping[str, SourceSettings],
    *,
    shared_cache: str = "",
    data_folder: Path | None = None,
) -> dict[str, Source]:
    """One source each, ready to be asked. Call it inside the running loop."""
    return {
        name: Source(
            one,
            KINDS[one.kind].client(one),
            AsyncTransport(connections=one.max_concurrent),
        )
        for name, one in settings.items()
    }
