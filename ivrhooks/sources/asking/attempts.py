"""Asks a source once: its token, its pages, and one HTTP exchange for each.

The common try - one exchange, with no token or with one that is at hand - is a chain of
callbacks from the transport. What has to wait for more than that (a token, a page after
the other) is a task of its own.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from functools import partial
from typing import Any

from ivrhooks.basics.errors import SourceTimeout
from ivrhooks.resilience.awaited import Awaited, OnDone, UnderWay, cancel_all
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
from ivrhooks.sources.transport import AsyncTransport

LARGE = 32 * 1024  # bytes of an answer, beyond which reading it waits for its turn


class Attempt:
    """One question, asked once or more. ``request``: its HTTP request without a token,
    built once; ``http``: the status that came last."""

    __slots__ = (
        "_attempts",
        "_end",
        "_on_done",
        "_query",
        "_request",
        "_under_way",
        "http",
    )

    def __init__(self, attempts: Attempts, query: Query, request: Request) -> None:
        self._attempts = attempts
        self._query = query
        self._request = request
        self._on_done: OnDone[Reply] | None = None
        self._under_way: UnderWay | None = None
        self._end = attempts.never
        self.http: int | None = None

    def start(self, on_done: OnDone[Reply]) -> UnderWay:
        """One try, all of it within the source's ``timeout``. ``on_done`` gets the
        reply or a SourceError."""
        attempts = self._attempts
        self._on_done = on_done
        self._end = attempts.end()
        token = None
        if attempts.tokens is not None:
            token = attempts.tokens.cached()
        if self._query.all_pages or (attempts.tokens is not None and token is None):
            self._await(self._ask_all())
        else:
            self._send(token)
        return self

    def cancel(self) -> None:
        """Ends it, and its exchange; nothing is called back any more."""
        under_way, self._under_way, self._on_done = self._under_way, None, None
        if under_way is not None:
            under_way.cancel()

    # ------------------------------------------------------------ one exchange

    def _send(self, token: str | None) -> None:
        attempts = self._attempts
        try:
            request = self._request
            if token is not None:
                request = attempts.client.authorized(request, token)
            self._under_way = attempts.start(
                request, partial(self._answered, token), self._end
            )
        except Exception as problem:  # a URL that cannot be asked
            loop = asyncio.get_running_loop()
            self._under_way = loop.call_soon(self._done, problem)

    def _answered(self, token: str | None, response: Response | BaseException) -> None:
        self._under_way = None
        if isinstance(response, BaseException):
            self._done(response)
            return
        self.http = response.status
        if len(response.body) > LARGE:
            self._attempts.cpu_budget.later(partial(self._read, token, response))
        else:
            self._read(token, response)

    def _read(self, token: str | None, response: Response) -> None:
        if self._on_done is None:
            return  # it was cancelled while it waited for its turn
        query = self._query
        try:
            reply = self._attempts.client.reply(query, response)
            if query.operation.secrets:
                reply = discreet(query.operation, reply)
        except TokenRejected as problem:
            if token is None:
                self._done(problem)
            else:
                self._await(self._ask(query, token))
        except Exception as problem:
            self._done(problem)
        else:
            self._done(reply)

    def _done(self, result: Reply | BaseException) -> None:
        on_done, self._on_done, self._under_way = self._on_done, None, None
        if on_done is not None:
            on_done(result)

    # ---------------------------------------------------- what waits for more

    def _await(self, work: Coroutine[Any, Any, Reply]) -> None:
        self._under_way = Awaited(work, self._done, self._attempts.tasks)

    async def _ask_all(self) -> Reply:
        if not self._query.all_pages:
            return await self._ask(self._query, None)
        return await walk(self._query, lambda page: self._ask(page, None))

    async def _ask(self, query: Query, refused: str | None) -> Reply:
        """One exchange, and another where the token had to be renewed, which the one
        that was ``refused`` must be at once."""
        tokens = self._attempts.tokens
        if tokens is None:
            return await self._exchanged(query, None)
        token = refused
        if refused is None:
            token = tokens.cached() or await _token(tokens, None, self._end)
            try:
                return await self._exchanged(query, token)
            except TokenRejected:
                pass
        return await self._exchanged(query, await _token(tokens, token, self._end))

    async def _exchanged(self, query: Query, token: str | None) -> Reply:
        attempts, request = self._attempts, self._request
        if query is not self._query:
            request = attempts.client.request(query, token)
        elif token is not None:
            request = attempts.client.authorized(request, token)
        response = await attempts.send(request, self._end)
        self.http = response.status
        if len(response.body) <= LARGE:
            return self._reply(query, response)
        return await attempts.cpu_budget.run(partial(self._reply, query, response))

    def _reply(self, query: Query, response: Response) -> Reply:
        return discreet(query.operation, self._attempts.client.reply(query, response))


class Attempts:
    """A client, its transport and its token: what one source is asked with. ``tasks``
    holds what is under way in tasks."""

    def __init__(
        self,
        client: Client,
        transport: AsyncTransport,
        *,
        clock: Clock,
        cpu_budget: CpuBudget,
    ) -> None:
        self.client = client
        self.transport = transport
        self.cpu_budget = cpu_budget
        self.tokens: TokenProvider | None = None
        self.tasks: set[asyncio.Task[Any]] = set()
        self.never = Deadline(math.inf, clock)
        self._settings: SourceSettings = client.settings

    def end(self) -> Deadline:
        """When a try that begins now must have ended by itself. Without a ``timeout``
        it is ended by those who wait for it."""
        return self.never.within(self._settings.timeout)

    def start(
        self, request: Request, on_done: OnDone[Response], end: Deadline
    ) -> UnderWay:
        """Sends ``request`` within the source's bounds, and calls back."""
        return Awaited(self.send(request, end), on_done, self.tasks)

    async def send(self, request: Request, end: Deadline | None = None) -> Response:
        """Sends ``request`` within the source's bounds. Raises SourceError."""
        return await self.transport.send(
            request,
            deadline=self.end() if end is None else end,
            limit=self._settings.max_response,
        )

    async def close(self) -> None:
        """Ends what is under way, and closes the connections."""
        await cancel_all(self.tasks)
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
