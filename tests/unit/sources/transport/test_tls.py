"""TLS to a source: whom it trusts, and what goes wrong."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ivrhooks.basics.errors import (
    SourceError,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.sources.connection_settings import ConnectionSettings, TlsSettings
from ivrhooks.sources.interface import Response
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.tls import TlsProblem, tls_context
from support.faulty_responses import OK, SHORT, ask, blocking, fails

TURNS = 10  # of the loop, in which uvloop closes a descriptor


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        shlex.split(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
            "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
        ),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


def test_a_stalled_handshake_ends_at_the_deadline(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.hang()) as server:
            url = server.url.replace("http:", "https:")
            problem = await fails(pool, url, within=SHORT)
            assert isinstance(problem, SourceTimeout)
            await server.all_closed()

    in_loop(story)


def test_a_connect_that_hangs_ends_at_the_deadline(
    in_loop: Any,
    count_descriptors: Callable[[], int],
) -> None:
    """A full queue of connections that nobody takes: the next get no word at all."""

    async def story(pool: ConnectionPool) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            held = [socket.socket() for _ in range(8)]
            for held_socket in held:
                held_socket.setblocking(False)
                held_socket.connect_ex(listener.getsockname())
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            await fails(pool, url, within=SHORT)  # libuv opens /dev/null once
            descriptors = count_descriptors()
            problem = await fails(pool, url, within=SHORT)
            assert isinstance(problem, SourceTimeout)
            for _ in range(TURNS):
                await asyncio.sleep(0)
            assert count_descriptors() <= descriptors
            for held_socket in held:
                held_socket.close()

    in_loop(story)


def test_a_certificate_of_unknown_origin_is_refused(
    in_loop: Any, serve: Any, faults: Any, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer(), context) as server:
            url = server.url.replace("http:", "https:")
            problem = await fails(pool, url)
            assert isinstance(problem, SourceUnavailable)
            assert "secure" in str(problem)
            await server.all_closed()
            with pytest.raises(SourceUnavailable, match="secure"):
                await asyncio.to_thread(blocking, url)

    in_loop(story)


def test_a_certificate_that_the_system_trusts_is_taken_by_both(
    in_loop: Any, serve: Any, faults: Any, certificate: Path
) -> None:
    """In a process of its own: what the system trusts is read once, at the start."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    script = """
import asyncio, sys
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.sync import SyncTransport

async def ask():
    pool = ConnectionPool()
    answer = await pool.exchange(request, limit=100)
    await pool.close()
    return answer

request = Request("GET", sys.argv[1])
print(asyncio.run(ask()).status, end=" ")
print(SyncTransport().send(request, timeout=60, limit=100).status)
"""

    async def story(_: ConnectionPool) -> None:
        async with serve(faults.answer(), context) as server:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                script,
                server.url.replace("http:", "https:"),
                env={**os.environ, "SSL_CERT_FILE": str(certificate / "cert.pem")},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            output, problem = await process.communicate()
            assert output.split() == [b"200", b"200"], problem.decode()

    in_loop(story)


def trusting(certificate: Path) -> ConnectionSettings:
    tls = TlsSettings(ca=str(certificate / "cert.pem"))
    return ConnectionSettings(tls=tls)


ANSWERS = 10
LARGE = b'"' + b"x" * 600_000 + b'"'
CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def answers_and_closes(
    listener: socket.socket, tls: ssl.SSLContext, raw: bytes
) -> None:
    """As servers do that keep no connection: all at once, TLS's good-bye, the end."""
    for _ in range(ANSWERS):
        with listener.accept()[0] as plain, tls.wrap_socket(plain, True) as secured:
            secured.recv(65536)
            secured.sendall(raw)
            with suppress(OSError):
                secured.unwrap()


@pytest.mark.parametrize("framing", ["length", "close", "chunked"])
def test_bytes_before_a_tls_close_are_read_completely(
    in_loop: Any, certificate: Path, framing: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    size = len(LARGE)
    raw = (
        CLOSE
        + {
            "length": b"Content-Length: %d\r\n\r\n%s" % (size, LARGE),
            "close": b"\r\n" + LARGE,
            "chunked": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
            % (size, LARGE),
        }[framing]
    )

    async def story(pool: ConnectionPool) -> None:
        port = listener.getsockname()[1]
        for _ in range(ANSWERS):
            answer = await ask(pool, f"https://127.0.0.1:{port}", limit=size)
            assert answer.body == LARGE

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(
            target=answers_and_closes, args=(listener, context, raw), daemon=True
        )
        server.start()
        in_loop(story, settings=trusting(certificate))
        server.join()


# ------------------------------------------------------- authorities and certificates


def over(authority: Any, *names: str) -> ConnectionSettings:
    """Settings with the files of the authority under ca, cert and key."""
    files = [authority.file(name) if name else "" for name in names]
    return ConnectionSettings(tls=TlsSettings(*files))


async def problem_with(
    settings: ConnectionSettings, server: Any, host: str = "127.0.0.1"
) -> Response | SourceError:
    pool = ConnectionPool(settings=settings)
    try:
        return await ask(pool, f"https://{host}:{server.port}/")
    except SourceError as problem:
        return problem
    finally:
        await pool.close()


@pytest.mark.parametrize("tls13", [True, False])
def test_an_authority_of_our_own_is_trusted_instead_of_the_systems(
    in_loop: Any, serve: Any, faults: Any, authority: Any, tls13: bool
) -> None:
    async def story(_: ConnectionPool) -> None:
        async with serve(faults.answer(), authority.server(tls13=tls13)) as server:
            answer = await problem_with(over(authority, "ca.pem"), server)
            assert isinstance(answer, Response)
            assert answer.status == 200
            for names in ((), ("stranger.pem",)):
                problem = await problem_with(over(authority, *names), server)
                assert isinstance(problem, SourceUnavailable)
                words = f"no secure connection to 127.0.0.1 port {server.port}: "
                assert str(problem).startswith(words + "the certificate is refused:")

    in_loop(story)


def test_a_certificate_of_another_host_is_refused(
    in_loop: Any,
    serve: Any,
    faults: Any,
    authority: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def ask_name_server(self: Any, host: str) -> list[tuple[int, str]]:
        return [(socket.AF_INET, "127.0.0.1")]

    monkeypatch.setattr(
        "ivrhooks.sources.transport.dns.DnsCache._ask_name_server", ask_name_server
    )

    async def story(_: ConnectionPool) -> None:
        async with serve(faults.answer(), authority.server()) as server:
            answer = await problem_with(
                over(authority, "ca.pem"), server, "crm.example"
            )
            assert isinstance(answer, Response)
            problem = await problem_with(
                over(authority, "ca.pem"), server, "evil.example"
            )
            assert "Hostname mismatch" in str(problem)
            assert "evil.example" in str(problem)

    in_loop(story)


@contextmanager
def says_why(tls: ssl.SSLContext) -> Iterator[Any]:
    """A server on OpenSSL alone: asyncio's tells nobody why it ends a handshake."""

    def answers() -> None:
        with suppress(OSError):
            while True:
                plain = listener.accept()[0]
                secured = tls.wrap_socket(plain, True, do_handshake_on_connect=False)
                with secured, suppress(OSError):
                    with suppress(ssl.SSLError):
                        secured.do_handshake()
                        secured.recv(65536)
                        secured.sendall(OK)
                    secured.shutdown(socket.SHUT_WR)
                    while secured.recv(65536):
                        pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answers, daemon=True)
        thread.start()
        yield SimpleNamespace(port=listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("tls13", [True, False])
@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("ca.pem", "me.pem", "me.key"), ""),
        (("ca.pem", "both.pem"), ""),
        (("ca.pem",), "client certificate"),
        (("ca.pem", "stranger.pem", "stranger.key"), "client certificate"),
    ],
)
def test_a_server_may_ask_for_a_client_certificate(
    in_loop: Any, authority: Any, tls13: bool, names: tuple[str, ...], words: str
) -> None:
    async def story(_: ConnectionPool) -> None:
        answer = await problem_with(over(authority, *names), server)
        if words:
            assert isinstance(answer, SourceUnavailable), answer
            assert words in str(answer)
            assert "no secure connection to 127.0.0.1" in str(answer)
        else:
            assert isinstance(answer, Response), answer

    with says_why(authority.server(asks=True, tls13=tls13)) as server:
        in_loop(story)


def test_a_server_without_tls_is_reported_as_such(
    in_loop: Any, serve: Any, faults: Any, authority: Any
) -> None:
    async def story(_: ConnectionPool) -> None:
        async with serve(faults.raw(OK)) as server:

            async def speaks(reader: Any, writer: Any) -> None:
                await reader.read(10)
                writer.write(OK)

            async with serve(speaks) as plain:
                problem = await problem_with(over(authority, "ca.pem"), plain)
                assert "speaks no TLS here" in str(problem)
            assert server.connections == 0

    in_loop(story)


@pytest.mark.parametrize(
    ("names", "key", "words"),
    [
        (("none.pem",), "ca", "none.pem cannot be read: No such file"),
        (("empty.pem",), "ca", "empty.pem holds no certificate"),
        (("ca.pem", "none.pem", "me.key"), "cert", "none.pem cannot be read"),
        (("ca.pem", "me.pem", "none.key"), "key", "none.key cannot be read"),
        (("ca.pem", "me.pem"), "cert", "me.pem holds no private key"),
        (("ca.pem", "me.pem", "locked.key"), "key", "locked.key is encrypted"),
        (("ca.pem", "me.pem", "ca.key"), "key", "ca.key does not belong"),
        (("ca.pem", "empty.pem", "me.key"), "cert", "empty.pem and its key cannot"),
        (("", "", "me.key"), "key", "a key needs its certificate"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    authority: Any, names: tuple[str, ...], key: str, words: str
) -> None:
    files = [authority.file(name) if name else "" for name in names]
    with pytest.raises(TlsProblem) as refused:
        tls_context(TlsSettings(*files))
    assert refused.value.key == key
    assert words in str(refused.value)


def test_a_file_that_goes_after_the_check_fails_the_exchange_alone(
    in_loop: Any, serve: Any, faults: Any, authority: Any
) -> None:
    async def story(_: ConnectionPool) -> None:
        async with serve(faults.answer(), authority.server()) as server:
            problem = await problem_with(over(authority, "none.pem"), server)
            assert isinstance(problem, SourceUnavailable)
            assert problem.received is False
            assert "tls.ca:" in str(problem)
            assert server.connections == 0

    in_loop(story)
