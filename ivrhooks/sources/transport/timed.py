"""A connection pool that records when each phase of an exchange ended.

It serves single queries made by a person (``ivrhooks ask``). The phases are name,
connect, TLS, first byte and body. It needs asyncio's own loop, which creates the
protocol at the moment the connection is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.connection import Connection
from ivrhooks.sources.transport.dns import LOOKED_UP
from ivrhooks.sources.transport.origin import Origin
from ivrhooks.sources.transport.pool import ConnectionPool

PHASES = ("name", "connect", "tls", "first_byte", "body")


class Phases:
    """When each phase of one exchange ended, on the loop's clock."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._ends: dict[str, float] = {}

    def end(self, phase: str) -> None:
        """Record that a phase has ended; the first time counts."""
        self._ends.setdefault(phase, self._clock())

    def milliseconds(self) -> Mapping[str, float]:
        """Return the duration of each phase that was reached, and the total."""
        durations: dict[str, float] = {}
        last = self._began
        for phase in PHASES:
            if phase in self._ends:
                durations[phase] = round((self._ends[phase] - last) * 1000, 2)
                last = self._ends[phase]
        return {**durations, "total": round((self._clock() - self._began) * 1000, 2)}


class TimedPool(ConnectionPool):
    """A pool for one exchange that records its ``phases``."""

    phases: Phases

    async def exchange(self, request: Request, **bounds: Any) -> Response:
        """Do the same as ConnectionPool, and record the phases."""
        self.phases = phases = Phases()
        LOOKED_UP.set(lambda: phases.end("name"))
        response = await super().exchange(request, **bounds)
        phases.end("body")
        return response

    def _new_connection(self, origin: Origin, made: list[Connection]) -> Connection:
        self.phases.end("connect")
        made.append(_TimedConnection(self, origin, self.phases))
        return made[0]


class _TimedConnection(Connection):
    """Records when it was ready, and when the first byte of an answer came."""

    def __init__(self, pool: TimedPool, origin: Origin, phases: Phases) -> None:
        super().__init__(pool, origin)
        self._phases = phases

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if transport.get_extra_info("ssl_object") is not None:
            self._phases.end("tls")
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._phases.end("first_byte")
        super().data_received(data)
