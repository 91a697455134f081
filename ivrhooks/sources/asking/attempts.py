"""Makes one try of a query: the token, the pages, and one HTTP exchange for each.

A common try is one exchange with no token or with a cached one. It is a chain of
callbacks from the transport. A try that waits for more (a new token, further pages)
runs as a task.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ivrhooks.basics.errors import SourceTimeout
from ivrhooks.resilience.awaited import Awaited, OnDone, UnderWay, cancel_all
from ivrhooks.resilience.cpu_budget import CpuBudget
from ivrhooks.resilience.deadline import Clock
from ivrhooks.sources.asking.pages import walk
from ivrhooks.sources.asking.token_provider import TokenProvider
from ivrhooks.sources.interface import (
    Client,
    Query,
    Reply,
    Request,
    Response,
    TokenRejected,
)
from ivrhooks.sources.redaction import redacted
from ivrhooks.sources.transport.pool import ConnectionPool

if TYPE_CHECKING:
    from ivrhooks.sources.asking.watch import Watch

LONGEST_RETRY_AFTER = 7 * 86_400.0
MAX_ANSWER = 1000
"""How many bytes of a failed answer are kept for people."""

LARGE = 32 * 1024  # bytes; a larger answer waits for CPU time before it is parsed


class Asking(Protocol):
    """What makes the queries of a source: over HTTP or directly. ``tasks``: running
    tasks."""

    tasks: set[asyncio.Task[Any]]

    def prepared(self, query: Query) -> Request:
        """Return the request that a query makes, before any try. Raises SourceError."""

    def key(self, query: Query, request: Request) -> Hashable:
        """Return the key by which caches and requests in flight identify a query."""

    def attempt(
        self, query: Query, request: Request, left: Callable[[], float]
    ) -> Tried:
        """Return an attempt at a query. ``left``: seconds for which the caller
        waits."""

    def picked(self, query: Query, record: Any) -> Any:
        """Return ``record`` after ``pick:``."""

    async def close(self) -> None:
        """Close what is open."""


class Tried(Protocol):
    """One query, tried once or more.

    ``http``: the last status; ``retry_after``: the seconds that its answer asks to
    wait; ``answer``: the beginning of a body that could not be used.
    """

    answer: bytes
    http: int | None
    retry_after: float | None

    def start(self, on_done: OnDone[Reply]) -> UnderWay:
        """Start one try, bounded by the source's ``timeout``.

        ``on_done`` gets the reply or a SourceError, never before this function has
        returned.
        """


class Attempt:
    """One query to an HTTP API.

    ``request`` is built once, without a token; each try adds what is its own.
    """

    __slots__ = (
        "_attempts",
        "_end",
        "_is_again",
        "_on_done",
        "_query",
        "_request",
        "_sent_token",
        "_under_way",
        "answer",
        "http",
        "retry_after",
    )

    def __init__(self, attempts: Attempts, query: Query, request: Request) -> None:
        self._attempts = attempts
        self._query = query
        self._request = request
        self._on_done: OnDone[Reply] | None = None
        self._under_way: UnderWay | None = None
        self._end = math.inf
        self._is_again = False
        self._sent_token: str | None = None  # that of the exchange under way
        self.answer = b""  # the beginning of the last body that could not be used
        self.http: int | None = None
        self.retry_after: float | None = None

    def start(self, on_done: OnDone[Reply]) -> UnderWay:
        """Start one try, bounded by the source's ``timeout``."""
        attempts = self._attempts
        self._on_done = on_done
        timeout = attempts.timeout
        self._end = math.inf if timeout is None else attempts.clock() + timeout
        self._is_again = False
        token = None
        if attempts.tokens is not None:
            token = attempts.tokens.cached()
        if self._query.all_pages:
            self._await(walk(self._query, self._ask_page))
        elif attempts.tokens is not None and token is None:
            self._await(self._ask(self._query, None))
        else:
            self._send(token)
        return self

    def cancel(self) -> None:
        """Cancel the try and its exchange; nothing is called back after this."""
        under_way, self._under_way, self._on_done = self._under_way, None, None
        if under_way is not None:
            under_way.cancel()

    # ------------------------------------------------------------ one exchange

    def _send(self, token: str | None) -> None:
        attempts, query, self._sent_token = self._attempts, self._query, token
        try:
            request = attempts.request_of(self._request, query, token)
            start = attempts.transport.start
            if query.watch is not None:
                query.watch.hide(token)
                start = partial(query.watch.start, attempts.transport)
            self._under_way = start(
                request,
                self._answered,
                limit=attempts.max_response,
                deadline=self._end,
                extra=_trace_lines(query) if query.traceparent else "",
                request_id=query.request_id,
            )
        except Exception as problem:  # a URL that no request can be made to
            loop = asyncio.get_running_loop()
            self._under_way = loop.call_soon(self._done, problem)

    def _answered(self, response: Response | BaseException) -> None:
        self._under_way = None
        if isinstance(response, BaseException):
            self._done(response)
            return
        self._note(response)
        if len(response.body) > LARGE:
            self._attempts.cpu_budget.later(partial(self._read, response))
        else:
            self._read(response)

    def _note(self, response: Response) -> None:
        self.http = response.status
        if response.status >= 400:
            self.retry_after = retry_after(response.headers.get("retry-after", ""))

    def _read(self, response: Response) -> None:
        if self._on_done is None:
            return  # it was cancelled while it waited for CPU time
        query = self._query
        try:
            reply = self._attempts.client.reply(query, response)
            if query.operation.secrets:
                reply = redacted(query.operation, reply)
        except TokenRejected as problem:
            self._rejected(problem)
        except Exception as problem:
            self.answer = response.body[:MAX_ANSWER]
            self._done(problem)
        else:
            self._done(reply)

    def _rejected(self, problem: TokenRejected) -> None:
        """Try again with another token, or fail as the answer says."""
        if self._sent_token is not None:
            self._await(self._ask(self._query, self._sent_token))
        elif self._is_again or self._attempts.tokens is not None:
            self._done(problem)
        else:
            self._is_again = True
            self._send(None)

    def _done(self, result: Reply | BaseException) -> None:
        on_done, self._on_done, self._under_way = self._on_done, None, None
        if on_done is not None:
            on_done(result)

    # -------------------------------------------- what waits for more

    def _await(self, work: Coroutine[Any, Any, Reply]) -> None:
        self._under_way = Awaited(work, self._done, self._attempts.tasks)

    async def _ask_page(self, page: Query) -> Reply:
        return await self._ask(page, None)

    async def _ask(self, query: Query, refused: str | None) -> Reply:
        """Make one exchange, and a second one where the token had to be renewed.

        ``refused``: the token that the first exchange was refused with.
        """
        tokens = self._attempts.tokens
        token = refused
        if refused is None:
            if tokens is not None:
                token = tokens.cached() or await self._token(tokens, None)
            try:
                return await self._exchanged(query, token)
            except TokenRejected:
                pass
        if tokens is not None:
            token = await self._token(tokens, token)
        return await self._exchanged(query, token)

    async def _token(self, tokens: TokenProvider, refused: str | None) -> str:
        """Return a token other than the refused one. Raises SourceError."""
        try:
            async with asyncio.timeout(self._attempts.left(self._end)):
                return await tokens.token(refused)
        except TimeoutError:
            raise SourceTimeout("no token within `timeout`", code="no_token") from None

    async def _exchanged(self, query: Query, token: str | None) -> Reply:
        attempts, request = self._attempts, self._request
        if query is not self._query:
            request = attempts.client.request(query, None)
        sent = attempts.request_of(request, query, token)
        if query.watch is not None:
            query.watch.hide(token)
        response = await attempts.send(
            sent, self._end, query.request_id, _trace_lines(query), query.watch
        )
        self._note(response)
        if len(response.body) <= LARGE:
            return self._reply(query, response)
        return await attempts.cpu_budget.run(partial(self._reply, query, response))

    def _reply(self, query: Query, response: Response) -> Reply:
        return redacted(query.operation, self._attempts.client.reply(query, response))


def with_key(client: Client, request: Request, query: Query) -> Request:
    """Return ``request`` with the idempotency key of an action.

    Such a request is sent on its own, whatever its method, and never shared.
    """
    key, name = query.idempotency_key, client.key_header
    if not key:
        return request
    headers = request.headers
    if name and name.lower() not in {header.lower() for header, _ in headers}:
        headers = (*headers, (name, key))
    return replace(request, headers=headers, repeatable=False)


def retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date (RFC 9110,
    10.2.3)."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    left = (moment - datetime.now(UTC)).total_seconds()
    return min(max(0.0, left), LONGEST_RETRY_AFTER)


class Attempts:
    """A client with its transport and token: makes the queries to an HTTP API."""

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
        self.tasks: set[asyncio.Task[Any]] = set()
        self.clock = clock
        self.timeout = client.settings.timeout
        self.max_response = client.settings.max_response

    def prepared(self, query: Query) -> Request:
        """Return the HTTP request, without a token. Raises SourceError."""
        request = self.client.request(query, None)
        return (
            with_key(self.client, request, query) if query.idempotency_key else request
        )

    def request_of(self, request: Request, query: Query, token: str | None) -> Request:
        """Return ``request`` as one try sends it."""
        client = self.client
        if token is not None or client.signs_each_try:
            request = client.for_try(request, query, token, self.now())
        return with_key(client, request, query) if query.idempotency_key else request

    def key(self, query: Query, request: Request) -> Hashable:
        """Return a key of the operation, the whole request, and how its answer is
        judged."""
        return (
            query.operation.name,
            query.all_pages,
            request.method,
            request.url,
            request.headers,
            request.body,
            getattr(query.rules, "written", query.rules),
        )

    def attempt(
        self, query: Query, request: Request, left: Callable[[], float]
    ) -> Attempt:
        """Return an attempt at the query."""
        return Attempt(self, query, request)

    def picked(self, query: Query, record: Any) -> Any:
        """Return ``record`` after ``pick:``."""
        return self.client.picked(query, record)

    def end(self) -> float:
        """Return when a try that starts now must end, on the loop's clock.

        Without a ``timeout`` it ends with the deadline of those who wait for it.
        """
        return math.inf if self.timeout is None else self.clock() + self.timeout

    def left(self, end: float) -> float | None:
        """Return the seconds until ``end``, or None where there is no end."""
        return None if math.isinf(end) else max(0.0, end - self.clock())

    async def send(
        self,
        request: Request,
        end: float | None = None,
        request_id: str = "",
        extra: str = "",
        watch: Watch | None = None,
    ) -> Response:
        """Send ``request`` within the source's limits. Raises SourceError."""
        exchange = self.transport.exchange
        if watch is not None:
            exchange = partial(watch.exchange, self.transport)
        return await exchange(
            request,
            limit=self.max_response,
            deadline=self.end() if end is None else end,
            extra=extra,
            request_id=request_id,
        )

    async def close(self) -> None:
        """Cancel what is running and close the connections."""
        await cancel_all(self.tasks)
        if self.tokens is not None:
            await self.tokens.close()
        await self.transport.close()


def _trace_lines(query: Query) -> str:
    """Return the ``traceparent`` header line, or "" where nothing is traced."""
    parent = query.traceparent
    return f"traceparent: {parent}\r\n" if parent else ""
