"""Of several addresses the first that answers is taken, and the others left alone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ivrhooks.sources.connection_settings import ConnectionSettings
from ivrhooks.sources.transport.dial import (
    Dialer,
    first_connected,
    interleaved,
)
from ivrhooks.sources.transport.dns import DnsCache
from ivrhooks.sources.transport.origin import read_origin

V4, V6 = socket.AF_INET, socket.AF_INET6


def test_the_families_take_turns() -> None:
    addresses = [(V6, "a"), (V6, "b"), (V4, "c"), (V6, "d"), (V4, "e")]
    assert [host for _, host in interleaved(addresses)] == ["a", "c", "b", "e", "d"]
    assert [host for _, host in interleaved(addresses[2:3])] == ["c"]


@contextmanager
def taking(host: str) -> Iterator[socket.socket]:
    with socket.create_server((host, 0)) as listener:
        yield listener


@contextmanager
def never_taking(port: int) -> Iterator[str]:
    """An address whose queue of connections is full: the next get no word at all."""
    host = "127.0.0.3"
    with socket.create_server((host, port), backlog=0):
        held = [socket.socket() for _ in range(8)]
        for held_socket in held:
            held_socket.setblocking(False)
            held_socket.connect_ex((host, port))
        yield host
        for held_socket in held:
            held_socket.close()


def test_the_next_address_is_tried_where_one_refuses(in_loop: Any) -> None:
    async def story(_: Any) -> None:
        with taking("127.0.0.1") as listener:
            port = listener.getsockname()[1]
            addresses = [(V4, "127.0.0.2"), (V4, "127.0.0.1")]
            connection = await first_connected(addresses, port, pause=60)
            assert connection.getpeername()[0] == "127.0.0.1"
            connection.close()

    in_loop(story)


def test_an_address_that_says_nothing_costs_a_pause(
    in_loop: Any, count_descriptors: Any
) -> None:
    async def story(_: Any) -> None:
        with taking("127.0.0.1") as listener:
            port = listener.getsockname()[1]
            with never_taking(port) as silent:
                before = count_descriptors()
                addresses = [(V4, silent), (V4, "127.0.0.1")]
                connection = await first_connected(addresses, port, pause=0.01)
                assert connection.getpeername()[0] == "127.0.0.1"
                connection.close()
                assert count_descriptors() <= before

    in_loop(story)


def test_a_cancelled_dial_leaves_no_socket(
    in_loop: Any, count_descriptors: Any
) -> None:
    async def story(_: Any) -> None:
        with taking("127.0.0.1") as listener:
            port = listener.getsockname()[1]
            with never_taking(port) as silent:
                before = count_descriptors()
                addresses = [(V4, silent), (V4, silent)]
                work = first_connected(addresses, port, pause=0.001)
                task = asyncio.ensure_future(work)
                while count_descriptors() < before + 2:
                    await asyncio.sleep(0.001)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert count_descriptors() <= before

    in_loop(story)


def test_if_no_address_answers_the_first_error_is_reported(in_loop: Any) -> None:
    async def story(_: Any) -> None:
        with pytest.raises(ConnectionRefusedError):
            await first_connected([(V4, "127.0.0.1"), (V6, "::1")], 1)

    in_loop(story)


@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
def test_a_name_of_both_families_is_reached_by_either(
    in_loop: Any, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def both(_: Any, name: str) -> list[tuple[int, str]]:
        return [(V6, "::1"), (V4, "127.0.0.1")]

    monkeypatch.setattr(DnsCache, "_ask_name_server", both)

    async def story(_: Any) -> None:
        family = V6 if ":" in host else V4
        with socket.create_server((host, 0), family=family) as listener:
            port = listener.getsockname()[1]
            origin = read_origin(f"http://crm:{port}")
            protocol = await Dialer(ConnectionSettings()).connect(origin, Kept)
            assert protocol.transport.get_extra_info("peername")[0] == host
            protocol.transport.abort()

    in_loop(story)


class Kept(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
