"""The address at which a running server can be reached from its own machine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ivrhooks.server.pages.address import listening_address, own_address


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("10.0.0.5", "http://10.0.0.5:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:8080"),
        ("::", "http://[::1]:8080"),
        ("waitress.invalid", "http://127.0.0.1:8080"),
        ("fe80::1%eth0", "http://[fe80::1]:8080"),
    ],
)
def test_the_address_is_of_the_socket_not_of_the_host_header(host, url) -> None:
    environ = {"SERVER_NAME": host, "SERVER_PORT": "8080", "HTTP_HOST": "evil.example"}
    assert own_address(environ) == url


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (("10.0.0.5", 8080), ("10.0.0.5", 8080)),
        (("::1", 8080, 0, 0), ("::1", 8080)),
        ("/run/ivrhooks.sock", ("/run/ivrhooks.sock", 0)),
        (None, ("localhost", 0)),
    ],
)
def test_a_connection_reports_its_listening_address(
    name: Any, address: tuple[str, int]
) -> None:
    transport = asyncio.BaseTransport({"sockname": name})
    assert listening_address(transport) == address
