"""Makes a connection to a source: its addresses, Happy Eyeballs, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from itertools import zip_longest

from ivrhooks.sources.transport.dns import Address, DnsCache
from ivrhooks.sources.transport.origin import Origin

NEXT_ADDRESS = 0.25  # seconds before the next address is tried (RFC 8305, 5)

Factory = Callable[[], asyncio.Protocol]


class NotConnected(Exception):
    """No address could be connected to. ``problems``: why, one for each."""

    def __init__(self, problems: Sequence[Exception]) -> None:
        super().__init__("no connection")
        self.problems = tuple(problems)


async def connect(
    origin: Origin, names: DnsCache, secure: ssl.SSLContext | None, factory: Factory
) -> asyncio.Protocol:
    """A connected protocol of ``factory``, for as long as the caller waits. Raises
    NotConnected. Where the caller leaves, nothing is left open."""
    try:
        addresses = await _addresses(origin, names)
        loop = asyncio.get_running_loop()
        host = origin.host if secure else None
        if len(addresses) == 1:
            _, protocol = await loop.create_connection(
                factory,
                addresses[0][1],
                origin.port,
                ssl=secure,
                server_hostname=host,
            )
            return protocol
        connected = await first_connected(addresses, origin.port)
        _, protocol = await loop.create_connection(
            factory, sock=connected, ssl=secure, server_hostname=host
        )
        return protocol
    except (OSError, ssl.CertificateError) as problem:
        raise NotConnected([problem.with_traceback(None)]) from None


async def _addresses(origin: Origin, names: DnsCache) -> Sequence[Address]:
    if origin.is_address:
        family = socket.AF_INET6 if ":" in origin.host else socket.AF_INET
        return [(family, origin.host)]
    return await names.resolve(origin.host)


def interleaved(addresses: Sequence[Address]) -> list[Address]:
    """The families in turn, beginning with the first (RFC 8305, 4)."""
    first = [one for one in addresses if one[0] == addresses[0][0]]
    other = [one for one in addresses if one[0] != addresses[0][0]]
    pairs = zip_longest(first, other)
    return [one for pair in pairs for one in pair if one is not None]


async def first_connected(
    addresses: Sequence[Address], port: int, *, pause: float = NEXT_ADDRESS
) -> socket.socket:
    """The socket that is connected first: each address is tried when the one before it
    has failed, or after ``pause`` seconds. Raises NotConnected."""
    left = interleaved(addresses)
    tries: set[asyncio.Task[socket.socket]] = set()
    problems: list[Exception] = []
    try:
        while left or tries:
            if left:
                tries.add(asyncio.ensure_future(_connected(left.pop(0), port)))
            done, tries = await asyncio.wait(
                tries,
                timeout=pause if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            winners = [one.result() for one in done if one.exception() is None]
            if winners:
                for one in winners[1:]:
                    one.close()
                return winners[0]
            problems += [one.exception() for one in done]  # type: ignore[misc]
        raise NotConnected(problems)
    finally:
        await _end(tries)


async def _end(tries: set[asyncio.Task[socket.socket]]) -> None:
    for one in tries:
        one.cancel()
    for ended in await asyncio.gather(*tries, return_exceptions=True):
        if isinstance(ended, socket.socket):
            ended.close()


async def _connected(address: Address, port: int) -> socket.socket:
    family, host = address
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setblocking(False)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(one, (host, port))
    except BaseException:
        one.close()
        raise
    return one
