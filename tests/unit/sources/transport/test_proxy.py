"""A real forward proxy on the way to a source, over plain HTTP and by CONNECT."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.errors import SourceRejected, SourceTimeout, SourceUnavailable
from ivrhooks.sources.connection_settings import ConnectionSettings, TlsSettings
from ivrhooks.sources.transport.origin import read_origin
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.proxy import (
    Proxy,
    is_exempt,
    proxy_for,
    read_proxy,
    wants_credentials,
)
from support.faulty_responses import OK, SHORT, ask, fails
from support.ports import free_port
from support.stub_system import stub_system

CONFIG = """\
Port {port}
Listen 127.0.0.1
Timeout 30
Allow 127.0.0.1
LogFile "{folder}/log"
LogLevel Connect
PidFile "{folder}/pid"
{more}
"""


@contextmanager
def tinyproxy(folder: Path, more: str = "") -> Iterator[int]:
    port = free_port()
    file = folder / "tinyproxy.conf"
    file.write_text(CONFIG.format(port=port, folder=folder, more=more))
    process = subprocess.Popen(["tinyproxy", "-d", "-c", str(file)])
    try:
        while not listens(port):
            assert process.poll() is None
        yield port
    finally:
        process.kill()  # SIGTERM has left it running once
        process.wait()


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def log_of(folder: Path) -> str:
    return (folder / "log").read_text()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    folder = tmp_path_factory.mktemp("proxy")
    with tinyproxy(folder) as port:
        yield port, folder


def through(port: int | str, *, ca: str = "", user: str = "") -> ConnectionSettings:
    return ConnectionSettings(
        tls=TlsSettings(ca=ca) if ca else None,
        proxy=f"http://{user}127.0.0.1:{port}",
    )


def test_plain_requests_go_to_the_proxy_with_their_full_url(
    in_loop: Any, serve: Any, proxy: Any
) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            heads.append(head.decode())
            writer.write(OK)

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            for _ in range(2):
                answer = await ask(pool, f"{server.url}/c?q=%2B84#x")
                assert answer.body == b"{}"

    in_loop(story, settings=through(proxy[0]))
    assert len(heads) == 2
    for head in heads:
        assert head.startswith("GET /c?q=%2B84 HTTP/1.1\r\n")
        assert "via: 1.1 " in head.lower()
        assert "proxy-authorization" not in head.lower()


def test_tls_goes_through_a_tunnel_that_is_kept(
    in_loop: Any, serve: Any, faults: Any, authority: Any, proxy: Any
) -> None:
    port, folder = proxy

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer(), authority.server()) as server:
            tunnels = log_of(folder).count(f"CONNECT 127.0.0.1:{server.port} ")
            assert tunnels == 0
            for _ in range(3):
                url = f"https://127.0.0.1:{server.port}/c"
                assert (await ask(pool, url)).status == 200
            assert server.connections == 1
            tunnels = log_of(folder).count(f"CONNECT 127.0.0.1:{server.port} ")
            assert tunnels == 1

    in_loop(story, settings=through(port, ca=authority.file("ca.pem")))


def test_the_certificate_behind_a_proxy_is_the_sources(
    in_loop: Any, authority: Any, proxy: Any
) -> None:
    # The system has a thread of its own: the loop may end while it still waits for the
    # rest of a handshake, which the proxy cuts later.
    with stub_system(lambda seen: (200, {}, b"{}"), authority.server()) as system:
        port = system.url.rpartition(":")[2]

        async def story(pool: ConnectionPool) -> None:
            assert str(await fails(pool, f"{system.url}/")).startswith(
                f"no secure connection to 127.0.0.1 port {port}: "
                "the certificate is refused"
            )

        in_loop(story, settings=through(proxy[0]))
    assert system.seen == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_credentials_is_named(
    in_loop: Any, serve: Any, faults: Any, authority: Any, tmp_path: Path, scheme: str
) -> None:
    tls = authority.server() if scheme == "https" else None
    ca = authority.file("ca.pem")

    async def story(_: ConnectionPool) -> None:
        async with serve(faults.answer(), tls) as server:
            url = f"{scheme}://127.0.0.1:{server.port}/"
            refusals = [("", "wants a user;")]
            if tls:  # over plain HTTP it says 401, as the source might
                refusals.append(("me:no@", "refuses its user and password;"))
            for user, words in refusals:
                pool = ConnectionPool(settings=through(port, ca=ca, user=user))
                problem = await fails(pool, url)
                assert isinstance(problem, SourceUnavailable)
                assert f"the proxy 127.0.0.1 port {port} {words}" in str(problem)
                await pool.close()
            assert server.connections == 0
            pool = ConnectionPool(settings=through(port, ca=ca, user="me:s%65cret@"))
            assert (await ask(pool, url)).status == 200
            await pool.close()

    with tinyproxy(tmp_path, "BasicAuth me secret") as port:
        in_loop(story)


@pytest.mark.parametrize(
    ("proxy", "written"),
    [
        (read_proxy("http://me:secret@proxy.example:1"), "proxy: "),
        (
            proxy_for(
                "environment",
                read_origin("https://crm.example"),
                {"https_proxy": "http://me:secret@proxy.example:1"},
            ),
            "HTTPS_PROXY=",
        ),
    ],
)
def test_the_place_where_a_proxy_is_written_is_named(
    proxy: Proxy, written: str
) -> None:
    text = str(wants_credentials(proxy))
    assert text.endswith(f"; write {written}http://user:password@host:port")
    assert "secret" not in text


def test_a_proxy_that_does_not_open_the_way_says_why(
    in_loop: Any, tmp_path: Path
) -> None:
    async def story(pool: ConnectionPool) -> None:
        problem = await fails(pool, "https://127.0.0.1:8443/")
        assert str(problem).startswith(
            f"the proxy 127.0.0.1 port {port} does not connect to 127.0.0.1 port 8443: "
            "403"
        )

    with tinyproxy(tmp_path, "ConnectPort 443") as port:
        in_loop(story, settings=through(port))


def test_a_proxy_that_is_not_there_is_named(in_loop: Any) -> None:
    async def story(pool: ConnectionPool) -> None:
        for url in ("http://crm.example/", "https://crm.example/"):
            problem = await fails(pool, url)
            assert str(problem) == (
                "no connection to the proxy 127.0.0.1 port 1: Connection refused"
            )
            assert problem.received is False

    in_loop(story, settings=through(1))


@pytest.mark.parametrize(
    "greeting", [b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nmore", b"x" * 20_000]
)
def test_a_server_that_is_no_proxy_is_reported_as_such(
    in_loop: Any, serve: Any, faults: Any, greeting: bytes
) -> None:
    async def story(_: ConnectionPool) -> None:
        async with serve(faults.raw(greeting)) as server:
            pool = ConnectionPool(settings=through(server.port))
            problem = await fails(pool, "https://crm.example/")
            assert f"the proxy 127.0.0.1 port {server.port}" in str(problem)
            await pool.close()
            await server.all_closed()

    in_loop(story)


@pytest.mark.parametrize(
    "greeting",
    [b"", b"HTTP/1.1 200 Connection established\r\n\r\n", b"HTTP/1.1 200 OK\r\n"],
)
def test_a_tunnel_that_stalls_ends_at_the_deadline(
    in_loop: Any, serve: Any, faults: Any, greeting: bytes
) -> None:
    async def story(_: ConnectionPool) -> None:
        async with serve(faults.raw(greeting, then="hang")) as server:
            pool = ConnectionPool(settings=through(server.port))
            for how in ({"within": SHORT}, {}):
                asking = asyncio.ensure_future(
                    fails(pool, "https://crm.example/", **how)
                )
                if not how:
                    while not server.open:
                        await asyncio.sleep(0.001)
                    asking.cancel()
                    await asyncio.wait((asking,))
                else:
                    late = await asking
                    assert isinstance(late, SourceTimeout)
                    words = f"the proxy 127.0.0.1 port {server.port} within `timeout`"
                    assert str(late) == f"no connection to {words}"
                await server.all_closed()
            await pool.close()

    in_loop(story)


# ------------------------------------------------------------------ which one


@pytest.mark.parametrize(
    ("url", "host", "port", "authorization"),
    [
        ("http://proxy.example:3128", "proxy.example", 3128, ""),
        ("http://proxy.example/", "proxy.example", 80, ""),
        ("proxy.example:8080", "proxy.example", 8080, ""),
        ("http://a:b%3Ac@[::1]:1", "::1", 1, "Basic YTpiOmM="),
    ],
)
def test_the_address_of_a_proxy(
    url: str, host: str, port: int, authorization: str
) -> None:
    proxy = read_proxy(url)
    assert (proxy.origin.host, proxy.origin.port) == (host, port)
    assert proxy.authorization == authorization


@pytest.mark.parametrize(
    "url", ["https://proxy:1", "socks5://me:secret@proxy:1", "http://", "http://a b"]
)
def test_invalid_proxy_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"proxy|proxies") as refused:
        read_proxy(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("no_proxy", "exempt"),
    [
        ("*", True),
        ("crm.example", True),
        (".example", True),
        ("example", True),
        ("*.example", True),
        ("other, crm.example:8443", True),
        ("crm.example:443", False),
        ("rm.example", False),
        ("crm.example.org", False),
        ("10.0.0.0/8", False),
        ("", False),
    ],
)
def test_no_proxy_names_hosts(no_proxy: str, exempt: bool) -> None:
    assert is_exempt(read_origin("https://crm.example:8443"), no_proxy) is exempt


@pytest.mark.parametrize(
    ("no_proxy", "exempt"),
    [
        ("10.0.0.0/8", True),
        ("10.1.2.3", True),
        ("10.1.2.3:80", True),
        ("10.1.2.3:81", False),
        ("10.1.2.0/30", True),
        ("192.168.0.0/16", False),
        ("2.3", False),
        ("[::1]:80", False),
    ],
)
def test_no_proxy_names_addresses(no_proxy: str, exempt: bool) -> None:
    assert is_exempt(read_origin("http://10.1.2.3"), no_proxy) is exempt


def test_the_environment_is_asked_where_the_source_says_so() -> None:
    environ = {
        "HTTPS_PROXY": "http://secure:1",
        "http_proxy": "plain:2",
        "HTTP_PROXY": "http://not-this:2",
        "NO_PROXY": "internal.example",
    }
    hosts = {
        url: str(proxy_for("environment", read_origin(url), environ))
        for url in ("https://crm", "http://crm", "http://a.internal.example")
    }
    assert hosts == {
        "https://crm": "the proxy secure port 1",
        "http://crm": "the proxy plain port 2",
        "http://a.internal.example": "None",
    }
    crm = read_origin("https://crm")
    assert proxy_for("", crm, environ) is None
    assert proxy_for("environment", crm, {}) is None
    assert str(proxy_for("http://mine:3", crm, environ)) == "the proxy mine port 3"
    with pytest.raises(SourceRejected, match="HTTPS_PROXY of the environment: only"):
        proxy_for("environment", crm, {"HTTPS_PROXY": "socks5://x:1"})
