"""Holds the access token of one source: fetched once, shared, renewed once at a time.

If a hundred lookups meet an expired token, there is one renewal. The first lookup
starts it, the others wait for it, and later ones find the new token.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable

from ivrhooks.basics.errors import SourceError, SourceRejected
from ivrhooks.sources.interface import Client, Request, Response, Token, TokenRejected
from ivrhooks.store.tokens import StoredToken, TokenStore

log = logging.getLogger(__name__)

EARLIEST = 60.0  # seconds before its end that a token is renewed, at most SHARE
SHARE = 0.1  # of a token's life

Send = Callable[[Request], Awaitable[Response]]


class TokenProvider:
    """``now`` gives seconds since 1970. ``lasts``: whether a fetch goes on when nobody
    waits for it any more (it has a timeout of its own)."""

    def __init__(
        self,
        client: Client,
        send: Send,
        store: TokenStore,
        *,
        now: Callable[[], float],
        lasts: bool,
    ) -> None:
        self._client = client
        self._send = send
        self._store = store
        self._now = now
        self._lasts = lasts
        self._token: StoredToken | None = None
        self._renewal: asyncio.Task[StoredToken] | None = None
        self._under_way: set[asyncio.Task[StoredToken]] = set()
        self._waiting = 0
        self.key = _identity(client)

    def cached(self) -> str | None:
        """Return the token where it is cached and valid, else None."""
        token = self._token
        return token.value if token is not None and token.ends > self._now() else None

    async def token(self, refused: str | None = None) -> str:
        """Return a token other than the ``refused`` one.

        Waits as long as the caller does. Raises SourceError that says why.
        """
        token = self.cached()
        if token is not None and token != refused:
            return token
        task = self._renewal
        if task is None or task.done():
            task = self._renewal = asyncio.create_task(self._renew(refused))
            self._under_way.add(task)
            task.add_done_callback(self._done)
        self._waiting += 1
        try:
            return (await asyncio.shield(task)).value
        finally:
            self._waiting -= 1
            self._end_if_idle(task)

    async def close(self) -> None:
        """Cancel a fetch that is running."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _end_if_idle(self, task: asyncio.Task[StoredToken]) -> None:
        if not self._waiting and not self._lasts and not task.done():
            self._renewal = None  # the next caller starts another
            task.cancel()

    def _done(self, task: asyncio.Task[StoredToken]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, also where nobody has waited for it

    async def _renew(self, refused: str | None) -> StoredToken:
        try:
            async with self._store.locked(self.key):
                stored = await self._store.read(self.key)
                if not self._is_good(stored, refused):
                    stored = await self._fetched()
                    await self._store.write(self.key, stored)
        except OSError as problem:
            log.warning(
                "access tokens cannot be shared, this process fetches its own: %s",
                problem,
            )
            if not self._is_good(self._token, refused):
                self._token = await self._fetched()
            stored = self._token
        assert stored is not None  # noqa: S101 - for mypy: one of the two was good
        self._token = stored
        return stored

    def _is_good(self, token: StoredToken | None, refused: str | None) -> bool:
        return token is not None and token.value != refused and token.ends > self._now()

    async def _fetched(self) -> StoredToken:
        try:
            try:
                token = await self._requested()
            except TokenRejected:  # the client has another way to ask
                token = await self._requested()
        except SourceError as problem:
            refused = isinstance(problem, TokenRejected)
            raise (SourceRejected if refused else type(problem))(
                f"no access token: {problem}",
                code="no_token",
                received=problem.received,
            ) from problem
        early = min(EARLIEST, token.lives * SHARE)
        stored = StoredToken(token.value, self._now() + token.lives - early)
        self._token = stored
        return stored

    async def _requested(self) -> Token:
        now = self._now()
        request = self._client.token_request(now)
        assert request is not None  # noqa: S101 - a provider is made for those that do
        sent = self._client.for_try(request, None, None, now)
        return self._client.token(await self._send(sent))


def _identity(client: Client) -> str:
    """Return a hash that identifies the token's account without revealing it.

    It is the same in all processes that use the same credentials at the same place.
    """
    request = client.token_request(0.0)
    whole = repr((client.settings.kind, request and _plain(request)))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _plain(request: Request) -> tuple[object, ...]:
    return request.method, request.url, request.headers, request.body
