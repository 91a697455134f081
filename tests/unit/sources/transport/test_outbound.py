"""No source may be led to where a cloud tells its machines their credentials."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.connection_settings import ConnectionSettings
from ivrhooks.sources.transport.outbound import (
    Outbound,
    address_of,
    is_allowed,
    is_internal,
)
from ivrhooks.sources.transport.pool import ConnectionPool
from support.faulty_responses import ask, fails


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("crm.example.com", True),
        ("a.internal.example.com", True),
        ("a.b.internal.example.com", True),
        ("internal.example.com", False),
        ("evilinternal.example.com", False),
        ("crm.example.com.evil.org", False),
        ("10.0.0.1", True),
        ("::1", True),
        ("", False),
    ],
)
def test_a_host_is_allowed_by_name_or_by_its_end(host: str, allowed: bool) -> None:
    outbound = ("crm.example.com", "*.internal.example.com", "10.0.0.1", "[::1]")
    assert is_allowed(host, outbound) is allowed


@pytest.mark.parametrize(
    ("host", "internal"),
    [
        ("metadata.google.internal", True),
        ("metadata.google.internal.", True),
        ("169.254.169.254", True),
        ("169.254.0.1", True),
        ("2852039166", True),
        ("0xa9fea9fe", True),
        ("::ffff:169.254.169.254", True),
        ("100.100.100.200", True),
        ("fd00:ec2::254", True),
        ("fe80::1%eth0", True),
        ("internal.example.com", False),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("::1", False),
    ],
)
def test_internal_addresses_are_known_in_every_notation(
    host: str, internal: bool
) -> None:
    assert is_internal(host) is internal


def test_a_name_is_no_address() -> None:
    assert address_of("crm.example.com") is None


V4 = socket.AF_INET
META = (V4, "169.254.169.254")
GOOD = (V4, "10.0.0.1")


def test_of_several_addresses_the_internal_ones_are_left_out() -> None:
    assert Outbound().allowed("crm", [META, GOOD]) == [GOOD]
    with pytest.raises(
        SourceRejected, match=r"crm is at 169\.254\.169\.254"
    ) as refused:
        Outbound().allowed("crm", [META])
    assert refused.value.code == "outbound"
    assert refused.value.blame is refused.value.received is False


@pytest.mark.parametrize("listed", ["crm.example.com", "*.example.com", META[1]])
def test_an_internal_address_that_is_listed_may_be_called(listed: str) -> None:
    assert Outbound((listed,)).allowed("crm.example.com", [META]) == [META]


def test_a_host_that_is_not_listed_may_not_be_called() -> None:
    Outbound().check("crm.example.com")
    Outbound(("crm.example.com",)).check("CRM.example.com")
    with pytest.raises(SourceRejected, match="not under security"):
        Outbound(("crm.example.com",)).check("evil.org")


def test_the_outbound_rule_judges_the_connected_address(
    in_loop: Any, serve: Any, faults: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was harmless when the configuration was checked."""
    addresses = [META]

    async def ask_name_server(self: Any, host: str) -> list[tuple[int, str]]:
        return addresses

    monkeypatch.setattr(
        "ivrhooks.sources.transport.dns.DnsCache._ask_name_server", ask_name_server
    )

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            url = f"http://crm.example.com:{server.port}/"
            problem = await fails(pool, url)
            assert isinstance(problem, SourceRejected)
            assert problem.code == "outbound"
            problem = await fails(pool, "http://169.254.169.254/latest/meta-data/")
            assert problem.code == "outbound"
            addresses[:] = [META, (V4, "127.0.0.1")]
            await asyncio.sleep(0)
            other = ConnectionPool(settings=ConnectionSettings(outbound=("x.org",)))
            assert (await fails(other, server.url)).code == "outbound"
            assert server.connections == 0
            await other.close()
            fresh = ConnectionPool()
            assert (await ask(fresh, url)).status == 200
            assert server.connections == 1
            await fresh.close()

    in_loop(story)
