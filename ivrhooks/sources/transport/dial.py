"""Opens a connection to a source: name lookup, proxy, TLS."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import TypeVar

from ivrhooks.basics.errors import SourceError, SourceUnavailable
from ivrhooks.sources.connection_settings import ConnectionSettings
from ivrhooks.sources.transport.dns import Address, DnsCache
from ivrhooks.sources.transport.failures import not_connected, without_traceback
from ivrhooks.sources.transport.origin import Origin
from ivrhooks.sources.transport.outbound import Outbound
from ivrhooks.sources.transport.proxy import Proxy, Tunnel, proxy_for
from ivrhooks.sources.transport.tls import TlsProblem, tls_context

NEXT_ADDRESS = 0.25  # seconds before the next address is tried (RFC 8305, section 5)

P = TypeVar("P", bound=asyncio.Protocol)


class Dialer:
    """Opens the connections of a source on the running loop.

    Files and the environment are read when it is created.
    """

    def __init__(
        self, settings: ConnectionSettings, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._names = DnsCache(clock=asyncio.get_running_loop().time)
        self._outbound = Outbound(settings.outbound)
        self._proxy = settings.proxy
        self._environ = environ
        self._tls_settings = settings.tls
        self._context: ssl.SSLContext | None = None

    def prepare(self) -> None:
        """Read the TLS files now rather than with the first request."""
        with suppress(SourceError):
            self._tls()

    def proxy_for(self, origin: Origin) -> Proxy | None:
        """Return the proxy for ``origin``, or None. Raises SourceRejected."""
        return proxy_for(self._proxy, origin, self._environ)

    async def close(self) -> None:
        """Cancel the lookups that are running."""
        await self._names.close()

    def _tls(self) -> ssl.SSLContext:
        """Return the TLS context. Raises SourceError where a file of ``tls:`` has
        disappeared."""
        if self._context is None:
            try:
                self._context = tls_context(self._tls_settings)
            except TlsProblem as problem:
                raise SourceUnavailable(
                    f"tls.{problem.key}: {problem}", received=False
                ) from None
        return self._context

    async def connect(self, origin: Origin, factory: Callable[[], P]) -> P:
        """Return a connected protocol made by ``factory``. Raises SourceError.

        It waits as long as the caller does. Cancellation leaves nothing open.
        """
        proxy = origin.proxy
        try:
            self._outbound.check(origin.host)
            if proxy is None:
                tls = self._tls() if origin.secure else None
                return await self._connected(origin, tls, factory)
            self._outbound.allowed(origin.host, [(0, origin.host)])
            if origin.secure:
                return await self._through(proxy, origin, factory)
            return await self._connected(proxy.origin, None, factory)
        except SourceError as problem:
            raise without_traceback(problem) from None
        except (OSError, ssl.CertificateError) as problem:
            self._names.doubt((proxy.origin if proxy else origin).host)
            raise not_connected(problem, proxy or origin) from None

    async def _connected(
        self, origin: Origin, tls: ssl.SSLContext | None, factory: Callable[[], P]
    ) -> P:
        addresses = self._outbound.allowed(origin.host, await self._addresses(origin))
        loop = asyncio.get_running_loop()
        host = origin.host if tls else None
        if len(addresses) == 1:
            _, protocol = await loop.create_connection(
                factory, addresses[0][1], origin.port, ssl=tls, server_hostname=host
            )
        else:
            connected = await first_connected(addresses, origin.port)
            _, protocol = await loop.create_connection(
                factory, sock=connected, ssl=tls, server_hostname=host
            )
        return protocol

    async def _through(
        self, proxy: Proxy, origin: Origin, factory: Callable[[], P]
    ) -> P:
        """Open TLS with ``origin`` in a tunnel through the proxy."""
        tunnel = await self._connected(proxy.origin, None, Tunnel)
        try:
            await tunnel.open(proxy, origin)
            protocol = factory()
            secured = await asyncio.get_running_loop().start_tls(
                tunnel.transport, protocol, self._tls(), server_hostname=origin.host
            )
        except ssl.SSLError as problem:
            tunnel.transport.abort()
            raise not_connected(problem, origin) from None
        except BaseException:
            tunnel.transport.abort()
            raise
        if secured is None:  # the connection was lost meanwhile
            raise ConnectionResetError
        protocol.connection_made(secured)
        return protocol

    async def _addresses(self, origin: Origin) -> Sequence[Address]:
        if origin.is_address:
            family = socket.AF_INET6 if ":" in origin.host else socket.AF_INET
            return [(family, origin.host)]
        return await self._names.resolve(origin.host)


def interleaved(addresses: Sequence[Address]) -> list[Address]:
    """Return the addresses with alternating families (RFC 8305, section 4)."""
    first = [address for address in addresses if address[0] == addresses[0][0]]
    other = [address for address in addresses if address[0] != addresses[0][0]]
    pairs = zip_longest(first, other)
    return [candidate for pair in pairs for candidate in pair if candidate is not None]


async def first_connected(
    addresses: Sequence[Address], port: int, *, pause: float = NEXT_ADDRESS
) -> socket.socket:
    """Return the socket that connects first.

    The next address is tried when the one before has failed, or after ``pause``
    seconds. Raises OSError with the failure of the first address.
    """
    left = interleaved(addresses)
    tries: set[asyncio.Task[socket.socket]] = set()
    problems: list[BaseException] = []
    try:
        while left or tries:
            if left:
                tries.add(asyncio.ensure_future(_connected(left.pop(0), port)))
            done, tries = await asyncio.wait(
                tries,
                timeout=pause if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            winners = [task.result() for task in done if task.exception() is None]
            if winners:
                for winner in winners[1:]:
                    winner.close()
                return winners[0]
            problems += [
                exception
                for exception in map(asyncio.Task.exception, done)
                if exception
            ]
        raise problems[0].with_traceback(None)
    finally:
        del problems
        await _end(tries)


async def _end(tries: set[asyncio.Task[socket.socket]]) -> None:
    for task in tries:
        task.cancel()
    for ended in await asyncio.gather(*tries, return_exceptions=True):
        if isinstance(ended, socket.socket):
            ended.close()


async def _connected(address: Address, port: int) -> socket.socket:
    family, host = address
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connecting, (host, port))
    except BaseException:
        connecting.close()
        raise
    return connecting
