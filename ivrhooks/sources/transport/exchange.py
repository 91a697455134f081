"""One request on its way to a source, and the handle that aborts it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ivrhooks.basics.errors import SourceError, SourceTimeout
from ivrhooks.sources.interface import Response
from ivrhooks.sources.transport.body import decoded
from ivrhooks.sources.transport.origin import Origin

if TYPE_CHECKING:
    from ivrhooks.sources.transport.connection import Connection
    from ivrhooks.sources.transport.pool import ConnectionPool

OnDone = Callable[[Response | SourceError], None]


class Exchange:
    """A request that is running.

    ``on_done`` is called once, with the response or the error: never before ``start``
    has returned, never after ``abort``. ``payload`` is everything that is sent.
    ``deadline`` is a time of the loop's clock, or infinity.

    The pool, a connection and a dial hold a reference while they serve it.
    """

    __slots__ = (
        "bodyless",
        "connection",
        "deadline",
        "dial",
        "limit",
        "on_done",
        "origin",
        "payload",
        "pool",
    )

    def __init__(
        self,
        pool: ConnectionPool,
        origin: Origin,
        payload: bytes,
        bodyless: bool,
        limit: int,
        deadline: float,
        on_done: OnDone,
    ) -> None:
        self.pool = pool
        self.origin = origin
        self.payload = payload
        self.bodyless = bodyless
        self.limit = limit
        self.deadline = deadline
        self.on_done: OnDone | None = on_done
        self.connection: Connection | None = None
        self.dial: asyncio.Task[None] | asyncio.Handle | None = None

    def abort(self) -> None:
        """Abort it and close its connection at once; ``on_done`` is no longer
        called."""
        if self.on_done is not None:
            self.on_done = None
            self.pool.abandon(self)

    cancel = abort

    def done(self, outcome: Response | SourceError) -> None:
        """Report the outcome, once."""
        on_done = self.on_done
        if on_done is not None:
            self.on_done = None
            if self.deadline != math.inf:
                self.pool.deadlines.forget(self)
            on_done(outcome)

    def unpack(self, response: Response, encoding: str) -> None:
        """Report the response without its Content-Encoding, after waiting for CPU
        time."""
        self.pool.cpu_budget.later(partial(self._unpacked, response, encoding))

    def _unpacked(self, response: Response, encoding: str) -> None:
        if self.on_done is None:
            return
        outcome: Response | SourceError
        try:
            body = decoded(response.body, encoding, self.limit)
            outcome = Response(response.status, response.headers, body)
        except SourceError as problem:
            outcome = problem.with_traceback(None)
        self.done(outcome)

    def expire(self) -> None:
        """Fail because the deadline has passed."""
        self.fail(SourceTimeout(self._late()))

    def _late(self) -> str:
        """Return the message for the step that did not end in time."""
        if self.connection is not None:
            return "no answer within `timeout`"
        if self.dial is None:
            return "no free connection within `timeout`"
        return f"no connection to {self.origin.proxy or self.origin} within `timeout`"

    def fail(self, problem: SourceError) -> None:
        """End it at once and report ``problem``."""
        on_done = self.on_done
        if on_done is not None:
            self.abort()
            on_done(problem)
