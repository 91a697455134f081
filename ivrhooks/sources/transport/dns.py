"""Finds the addresses of a source's host, without a thread and without waiting twice.

asyncio's own resolver asks in the loop's default threads: a handful of hanging look-ups
and no source is found any more. c-ares asks over sockets of its own and reads
/etc/hosts and the search domains of /etc/resolv.conf as the system does.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass

import aiodns

from ivrhooks.resilience.deadline import Clock

FRESH = 30.0  # seconds; addresses are then looked up again, behind the request
KEPT = 3600.0  # seconds; how long they serve while the name server is silent
DOUBTED = 1.0  # seconds after which an address that does not answer is looked up again
PATIENCE = 2.0  # seconds c-ares waits for a name server before it asks again
TRIES = 2

Address = tuple[int, str]
"""A family (``AF_INET``, ``AF_INET6``) and an address in it."""

LOOKED_UP: ContextVar[Callable[[], None]] = ContextVar(
    "LOOKED_UP", default=lambda: None
)
"""What whoever times an exchange wants to be told when a name has been found."""

Ask = Callable[[str], Awaitable[list[Address]]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the name server said, and when."""

    found: list[Address]
    since: float


class DnsCache:
    """The addresses of names, kept. Built inside the running loop, one per source, so
    that one source's name server holds up no other."""

    def __init__(self, *, clock: Clock, ask: Ask | None = None) -> None:
        self._clock = clock
        self._ask = ask
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[list[Address]]] = {}
        self._channel: aiodns.DNSResolver | None = None

    async def resolve(self, host: str) -> list[Address]:
        """The addresses of ``host``; waits for as long as its caller does.

        Raises OSError where there is none. A caller that leaves ends no look-up that
        others may wait for.
        """
        known = self._known.get(host)
        age = self._clock() - known.since if known else KEPT
        if known is None or age >= KEPT:
            found = await asyncio.shield(self._look_up(host))
            LOOKED_UP.get()()
            return found
        if age >= FRESH:
            self._look_up(host)
        return known.found

    def doubt(self, host: str) -> None:
        """Looks again, behind all others, for a host of which no address answers: it
        may have moved."""
        known = self._known.get(host)
        if known is not None and self._clock() - known.since > DOUBTED:
            self._look_up(host)

    async def close(self) -> None:
        """Ends the look-ups under way."""
        for task in self._asking.values():
            task.cancel()
        if self._channel is not None:
            await self._channel.close()

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
            task.exception()  # seen, also where every caller has left

    async def _remember(self, host: str) -> list[Address]:
        found = await (self._ask or self._ask_name_server)(host)
        self._known[host] = _Known(found, self._clock())
        return found

    async def _ask_name_server(self, host: str) -> list[Address]:
        if self._channel is None:
            self._channel = aiodns.DNSResolver(timeout=PATIENCE, tries=TRIES)
        try:
            answer = await self._channel.getaddrinfo(
                host, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
            )
        except aiodns.error.DNSError as problem:
            raise OSError(f"no address for {host}: {problem.args[-1]}") from None
        return [
            (node.family, node.addr[0].decode("ascii"))
            for node in answer.nodes
            if node.family in (socket.AF_INET, socket.AF_INET6)
        ]
