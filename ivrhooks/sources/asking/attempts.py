"""Asks a source once: its token, its pages, and one HTTP exchange for each."""

from __future__ import annotations

import asyncio
import math

from ivrhooks.basics.errors import SourceTimeout
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.sources.asking.pages import walk
from ivrhooks.sources.asking.token_provider import TokenProvider
from ivrhooks.sources.discretion import discreet
from ivrhooks.sources.interface import (
    Client,
    Query,
    Reply,
    Request,
    Response,
    SourceSettings,
    TokenRejected,
)
from ivrhooks.sources.transport.pool import ConnectionPool

LARGE = 32 * 1024  # bytes of an answer, beyond which reading it waits for its turn


class Attempt:
    """One question, asked once or more. ``request``: its HTTP request without a token,
    which is known already; ``http``: the status that came last."""

    __slots__ = ("_attempts", "_query", "_request", "http")

    def __init__(self, attempts: Attempts, query: Query, request: Request) -> None:
        self._attempts = attempts
        self._query = query
        self._request = request
        self.http: int | None = None

    async def ask(self) -> Reply:
        """One try, all of it within the source's ``timeout``. Raises SourceError."""
        end = self._attempts.end()
        if not self._query.all_pages:
            return await self._ask(self._query, end)
        return await walk(self._query, lambda page: self._ask(page, end))

    async def _ask(self, query: Query, end: Deadline) -> Reply:
        """One exchange, and another where the token had to be renewed."""
        tokens = self._attempts.tokens
        if tokens is None:
            return await self._sent(query, None, end)
        token = tokens.cached() or await _token(tokens, None, end)
        try:
            return await self._sent(query, token, end)
        except TokenRejected:
            return await self._sent(query, await _token(tokens, token, end), end)

    async def _sent(self, query: Query, token: str | None, end: Deadline) -> Reply:
        client = self._attempts.client
        ready = token is None and query is self._query
        request = self._request if ready else client.request(query, token)
        response = await self._attempts.send(request, end)
        self.http = response.status
        if len(response.body) <= LARGE:
            return discreet(query.operation, client.reply(query, response))
        return await self._attempts.cpu_budget.run(
            lambda: discreet(query.operation, client.reply(query, response))
        )


class Attempts:
    """A client, its transport and its token: what one source is asked with."""

    def __init__(
        self,
        client: Client,
        transport: ConnectionPool,
        *,
        clock: Clock,
        cpu_budget: CpuBudget,
    ) -> None:
        self.client = client
        self.transport = transport
        self.cpu_budget = cpu_budget
        self.tokens: TokenProvider | None = None
        self._settings: SourceSettings = client.settings
        self._never = Deadline(math.inf, clock)

    def end(self) -> Deadline:
        """When a try that begins now must have ended by itself. Without a ``timeout``
        it is ended by those who wait for it."""
        return self._never.within(self._settings.timeout)

    async def send(self, request: Request, end: Deadline | None = None) -> Response:
        """Sends ``request`` within the source's bounds. Raises SourceError."""
        return await self.transport.exchange(
            request,
            deadline=(self.end() if end is None else end).at,
            limit=self._settings.max_response,
        )

    async def close(self) -> None:
        """Closes the connections."""
        if self.tokens is not None:
            await self.tokens.close()
        await self.transport.close()


async def _token(tokens: TokenProvider, refused: str | None, end: Deadline) -> str:
    left = end.remaining()
    try:
        async with asyncio.timeout(None if math.isinf(left) else left):
            return await tokens.token(refused)
    except TimeoutError:
        raise SourceTimeout("no access token in time", code="no_token") from None
