"""Names are looked up once, kept, and served while the name server is silent."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiodns
import pytest

from ivrhooks.sources.transport.dns import DnsCache


class NameServer:
    def __init__(self) -> None:
        self.questions = 0
        self.addresses = ["10.0.0.1"]
        self.silent = asyncio.Event()
        self.silent.set()

    async def __call__(self, host: str) -> list[tuple[int, str]]:
        self.questions += 1
        await self.silent.wait()
        if not self.addresses:
            raise OSError(f"no address for {host}")
        return [(socket.AF_INET, address) for address in self.addresses]


def hosts(addresses: Any) -> list[str]:
    return [address for _, address in addresses]


def names(server: NameServer) -> DnsCache:
    return DnsCache(clock=asyncio.get_running_loop().time, ask=server)


def test_a_hundred_lookups_of_a_name_make_one_query(in_no_time: Any) -> None:
    async def story() -> None:
        server = NameServer()
        cache = names(server)
        resolved = await asyncio.gather(*(cache.resolve("crm") for _ in range(100)))
        assert hosts(resolved[7]) == ["10.0.0.1"]
        assert server.questions == 1
        await cache.resolve("crm")
        assert server.questions == 1

    in_no_time(story())


def test_a_stale_name_is_looked_up_again_behind_the_answer(in_no_time: Any) -> None:
    async def story() -> None:
        server = NameServer()
        cache = names(server)
        await cache.resolve("crm")
        server.addresses = ["10.0.0.2"]
        await asyncio.sleep(31)
        assert hosts(await cache.resolve("crm")) == ["10.0.0.1"]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert hosts(await cache.resolve("crm")) == ["10.0.0.2"]

    in_no_time(story())


def test_a_silent_or_failing_name_server_costs_nothing_for_an_hour(
    in_no_time: Any,
) -> None:
    async def story() -> None:
        server = NameServer()
        cache = names(server)
        await cache.resolve("crm")
        server.addresses = []
        await asyncio.sleep(1000)
        for _ in range(3):
            assert hosts(await cache.resolve("crm")) == ["10.0.0.1"]
            await asyncio.sleep(0.1)
        server.silent.clear()
        start = asyncio.get_running_loop().time()
        assert hosts(await cache.resolve("crm")) == ["10.0.0.1"]
        assert asyncio.get_running_loop().time() == start
        server.silent.set()
        await asyncio.sleep(2700)
        with pytest.raises(OSError, match="no address for crm"):
            await cache.resolve("crm")
        await cache.close()

    in_no_time(story())


def test_an_address_that_does_not_answer_is_looked_up_again(in_no_time: Any) -> None:
    async def story() -> None:
        server = NameServer()
        cache = names(server)
        cache.doubt("crm")  # of which nothing is known
        await cache.resolve("crm")
        server.addresses = ["10.0.0.2"]
        for _ in range(9):
            cache.doubt("crm")  # just looked up
        assert server.questions == 1
        await asyncio.sleep(2)
        for _ in range(9):
            cache.doubt("crm")
        await asyncio.sleep(0.01)
        assert hosts(await cache.resolve("crm")) == ["10.0.0.2"]
        assert server.questions == 2

    in_no_time(story())


def test_a_cancelled_lookup_of_a_name_ends_no_other(in_no_time: Any) -> None:
    async def story() -> None:
        server = NameServer()
        server.silent.clear()
        cache = names(server)
        first = asyncio.create_task(cache.resolve("crm"))
        second = asyncio.create_task(cache.resolve("crm"))
        await asyncio.sleep(1)
        first.cancel()
        await asyncio.sleep(1)
        server.silent.set()
        assert hosts(await second) == ["10.0.0.1"]
        assert server.questions == 1

    in_no_time(story())


def test_the_hosts_file_is_read() -> None:
    async def story() -> None:
        cache = DnsCache(clock=asyncio.get_running_loop().time)
        assert "127.0.0.1" in hosts(await cache.resolve("localhost"))
        await cache.close()

    asyncio.run(story())


class UdpNameServer(asyncio.DatagramProtocol):
    """A real name server: it has ``address`` for every name, or says that it has
    none."""

    address = b""

    def __init__(self) -> None:
        self.questions = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, peer: Any) -> None:
        self.questions += 1
        end = data.index(b"\0", 12) + 5
        answers = int(bool(self.address) and data[end - 4 : end - 2] == b"\0\1")
        head = data[:2] + b"\x85\x80\0\1" + bytes((0, answers)) + b"\0\0\0\0"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + self.address
        self.transport.sendto(head + data[12:end] + record * answers, peer)


def test_a_name_without_an_address_is_asked_for_again() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        now = 0.0
        udp, server = await loop.create_datagram_endpoint(
            UdpNameServer, local_addr=("127.0.0.1", 0)
        )

        def channel() -> aiodns.DNSResolver:
            place = ["127.0.0.1"]
            return aiodns.DNSResolver(nameservers=place, udp_port=server.port, tries=1)

        names = DnsCache(clock=lambda: now, channel=channel)
        with pytest.raises(OSError, match=r"no address for crm\.example"):
            await names.resolve("crm.example")
        server.address = socket.inet_aton("10.0.0.7")
        assert hosts(await names.resolve("crm.example")) == ["10.0.0.7"]
        server.address, now = socket.inet_aton("10.0.0.8"), 2.0
        names.doubt("crm.example")
        await asyncio.gather(*names._asking.values())
        assert hosts(await names.resolve("crm.example")) == ["10.0.0.8"]
        await names.close()
        udp.close()

    asyncio.run(story())
