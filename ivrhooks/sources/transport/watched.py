"""Records when each phase of an exchange over a pooled connection ended.

It serves data requests that a person looks at (the API test, ``ivrhooks explain``) and
uses the same connections as every other. Other requests pay nothing for it.
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
    """An exchange that records when it got a connection and when its answer's head
    came.

    A connection reads ``bodyless`` at the end of the head.
    """

    __slots__ = ("_bodyless", "_connection", "phases")

    def __init__(self, phases: Phases, *parts: Any) -> None:
        self.phases = phases
        self._connection: Connection | None = None
        super().__init__(*parts)

    @property
    def connection(self) -> Connection | None:
        """The connection that carries it."""
        return self._connection

    @connection.setter
    def connection(self, connection: Connection | None) -> None:
        self._connection = connection
        if connection is not None and connection.exchanges == 0:
            self.phases.end("connect")

    @property
    def bodyless(self) -> bool:
        """Whether its answer has no body."""
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
    """Do the same as ``pool.start``, and record the phases."""

    def start() -> Exchange:
        LOOKED_UP.set(partial(phases.end, "name"))
        made = partial(WatchedExchange, phases)
        return pool.start(request, on_done, made=made, **bounds)

    return copy_context().run(start)
