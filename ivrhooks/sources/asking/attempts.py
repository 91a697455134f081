"""Asks a source once: its token, its pages, and one HTTP exchange for each."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Hashable
from typing import Any, Protocol

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
        """One exchange, and another where the token had to be renewed, or where the
        answer said what a digest is made of."""
        tokens = self._attempts.tokens
        if tokens is None:
            try:
                return await self._sent(query, None, end)
            except TokenRejected:
                return await self._sent(query, None, end)
        token = tokens.cached() or await _token(tokens, None, end)
        try:
            return await self._sent(query, token, end)
        except TokenRejected:
            return await self._sent(query, await _token(tokens, token, end), end)

    async def _sent(self, query: Query, token: str | None, end: Deadline) -> Reply:
        client = self._attempts.client
        known = query is self._query
        request = self._request if known else client.request(query, None)
        sent = client.for_try(request, query, token, self._attempts.now())
        response = await self._attempts.send(sent, end)
        self.http = response.status
        if len(response.body) <= LARGE:
            return discreet(query.operation, client.reply(query, response))
        return await self._attempts.cpu_budget.run(
            lambda: discreet(query.operation, client.reply(query, response))
        )


class Asking(Protocol):
    """What a source asks its questions with, whatever stands behind it."""

    def prepared(self, query: Query) -> Request:
        """What is asked, before any try. Raises SourceError."""

    def key(self, query: Query, request: Request) -> Hashable:
        """What a cache and a request under way know the question by."""

    def attempt(
        self, query: Query, request: Request, left: Callable[[], float]
    ) -> Tried:
        """The question, to be asked. ``left``: the seconds for which somebody waits."""

    def picked(self, query: Query, record: Any) -> Any:
        """``record`` after ``pick:``."""

    async def close(self) -> None:
        """Lets go of what is open."""


class Tried(Protocol):
    """One question, asked once or more. ``http``: the status that came last."""

    http: int | None

    async def ask(self) -> Reply:
        """One try, all of it within the source's ``timeout``. Raises SourceError."""


class Attempts:
    """A client, its transport and its token: what one source is asked with."""

    def __init__(
        self,
        client: Client,
        transport: ConnectionPool,
        *,
        clock: Clock,
        now: Callable[[], float],
        cpu_budget: CpuBudget,
    ) -> None:
        self.client = client
        self.transport = transport
        self.now = now
        self.cpu_budget = cpu_budget
        self.tokens: TokenProvider | None = None
        self._settings: SourceSettings = client.settings
        self._never = Deadline(math.inf, clock)

    def prepared(self, query: Query) -> Request:
        """The HTTP request, without a token. Raises SourceError."""
        return self.client.request(query, None)

    def key(self, query: Query, request: Request) -> Hashable:
        """The operation, the whole request, and how its answer is read."""
        return (
            query.operation.name,
            query.all_pages,
            request.method,
            request.url,
            request.headers,
            request.body,
            query.rules,
        )

    def attempt(
        self, query: Query, request: Request, left: Callable[[], float]
    ) -> Attempt:
        """The question, to be asked."""
        return Attempt(self, query, request)

    def picked(self, query: Query, record: Any) -> Any:
        """``record`` after ``pick:``."""
        return self.client.picked(query, record)

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
