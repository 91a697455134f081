"""Resolves the host of a source without a thread.

asyncio's own resolver uses the loop's default threads. A few lookups that hang would
block all others. c-ares uses its own sockets. It reads /etc/hosts and the search
domains of /etc/resolv.conf as the system does.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass

import aiodns

from ivrhooks.resilience.deadline import Clock

FRESH = 30.0  # seconds; later the addresses are looked up again, behind the request
KEPT = 3600.0  # seconds that addresses are used while the name server is silent
DOUBTED = 1.0  # seconds until addresses that do not answer are looked up again
MAX_WAIT = 2.0  # seconds until c-ares repeats a query
TRIES = 2

Address = tuple[int, str]
"""A family (``AF_INET`` or ``AF_INET6``) and an address."""

LOOKED_UP: ContextVar[Callable[[], None]] = ContextVar(
    "LOOKED_UP", default=lambda: None
)
"""Receives the event that a name was resolved, where an exchange is timed."""

Ask = Callable[[str], Awaitable[list[Address]]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the name server answered, and when."""

    found: list[Address]
    since: float


def new_channel() -> aiodns.DNSResolver:
    """Return what asks the name servers of the system."""
    return aiodns.DNSResolver(timeout=MAX_WAIT, tries=TRIES)


class DnsCache:
    """A cache of resolved names. Created inside the running loop.

    Each source has its own, so that a slow name server of one source delays no other.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ask: Ask | None = None,
        channel: Callable[[], aiodns.DNSResolver] = new_channel,
    ) -> None:
        """``ask`` is for tests, which are their own name server."""
        self._clock = clock
        self._ask = ask
        self._new_channel = channel
        self._renewed = -DOUBTED
        self._retired: list[aiodns.DNSResolver] = []
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[list[Address]]] = {}
        self._channel: aiodns.DNSResolver | None = None

    async def resolve(self, host: str) -> list[Address]:
        """Return the addresses of ``host``; waits as long as the caller does.

        Raises OSError where there is none. Cancellation does not end a lookup that
        others wait for.
        """
        known = self._known.get(host)
        age = self._clock() - known.since if known else KEPT
        if known is None or age >= KEPT:
            addresses = await asyncio.shield(self._look_up(host))
            LOOKED_UP.get()()
            return addresses
        if age >= FRESH:
            self._look_up(host)
        return known.found

    def doubt(self, host: str) -> None:
        """Look up a host again in the background because none of its addresses
        answers."""
        known = self._known.get(host)
        if known is not None and self._clock() - known.since > DOUBTED:
            self._renew()
            self._look_up(host)

    async def close(self) -> None:
        """Cancel the lookups that are running."""
        for task in self._asking.values():
            task.cancel()
        self._retire()
        await self._close_retired()

    def _look_up(self, host: str) -> asyncio.Task[list[Address]]:
        task = self._asking.get(host)
        if task is None:
            task = asyncio.ensure_future(self._remember(host))
            self._asking[host] = task
            task.add_done_callback(lambda done: self._forget(host, done))
        return task

    def _forget(self, host: str, task: asyncio.Task[list[Address]]) -> None:
        self._asking.pop(host, None)
        if not task.cancelled():
            task.exception()  # retrieved, also where every caller has gone

    async def _remember(self, host: str) -> list[Address]:
        addresses = await (self._ask or self._ask_name_server)(host)
        self._known[host] = _Known(addresses, self._clock())
        return addresses

    def _renew(self) -> None:
        """Use a new channel for the next lookup.

        c-ares 1.34 keeps what it was answered in its channel, for up to an hour also
        that a name has no address, and pycares 5.2 cannot switch that off. A channel
        costs a thread of c-ares, so this does nothing more often than ``DOUBTED``.
        """
        if self._clock() - self._renewed >= DOUBTED:
            self._renewed = self._clock()
            self._retire()

    def _retire(self) -> None:
        if self._channel is not None:
            self._retired.append(self._channel)
            self._channel = None

    async def _close_retired(self) -> None:
        retired, self._retired = self._retired, []
        for channel in retired:
            await channel.close()

    async def _ask_name_server(self, host: str) -> list[Address]:
        if self._retired and len(self._asking) == 1:  # no lookup is left on them
            await self._close_retired()
        if self._channel is None:
            self._channel = self._new_channel()
        try:
            answer = await self._channel.getaddrinfo(
                host, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
            )
        except aiodns.error.DNSError as problem:
            self._renew()
            raise OSError(f"no address for {host}: {problem.args[-1]}") from None
        return [
            (node.family, node.addr[0].decode("ascii"))
            for node in answer.nodes
            if node.family in (socket.AF_INET, socket.AF_INET6)
        ]
