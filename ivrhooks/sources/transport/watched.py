"""Notes when each phase of one exchange over a pooled connection has ended.

For a data request that somebody looks at (the API test, ``ivrhooks explain``): it takes
the same connections as every other. What is asked for no person costs nothing of this.
"""

from __future__ import annotations

from contextvars import copy_context
from functools import partial
from typing import Any

from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.connection import Connection
from ivrhooks.sources.transport.dns import LOOKED_UP
from ivrhooks.sources.transport.exchange import Exchange, OnDone
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.timed import Phases


class WatchedExchange(Exchange):
    """An exchange that notes when it was put on a connection, and when the head of its
    answer was there: a connection looks at ``bodyless`` then."""

    __slots__ = ("_bodyless", "_connection", "phases")

    def __init__(self, phases: Phases, *parts: Any) -> None:
        self.phases = phases
        self._connection: Connection | None = None
        super().__init__(*parts)

    @property
    def connection(self) -> Connection | None:
        """What carries it."""
        return self._connection

    @connection.setter
    def connection(self, connection: Connection | None) -> None:
        self._connection = connection
        if connection is not None and connection.exchanges == 0:
            self.phases.end("connect")

    @property
    def bodyless(self) -> bool:
        """Whether its answer has a head only."""
        if self._connection is not None:
            self.phases.end("first_byte")
        return self._bodyless

    @bodyless.setter
    def bodyless(self, bodyless: bool) -> None:
        self._bodyless = bodyless


def start_watched(
    pool: ConnectionPool,
    phases: Phases,
    request: Request,
    on_done: OnDone,
    **bounds: Any,
) -> Exchange:
    """As ``pool.start``, its phases noted."""

    def start() -> Exchange:
        LOOKED_UP.set(partial(phases.end, "name"))
        made = partial(WatchedExchange, phases)
        return pool.start(request, on_done, made=made, **bounds)

    return copy_context().run(start)
