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
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bad_answers import (
    SHORT,
    ask,
    blocking,
    fails,
)
from ivrhooks.basics.errors import (
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.sources.transport.pool import ConnectionPool

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
            for one in held:
                one.setblocking(False)
                one.connect_ex(listener.getsockname())
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            await fails(pool, url, within=SHORT)  # libuv opens /dev/null once
            descriptors = count_descriptors()
            problem = await fails(pool, url, within=SHORT)
            assert isinstance(problem, SourceTimeout)
            for _ in range(TURNS):
                await asyncio.sleep(0)
            assert count_descriptors() <= descriptors
            for one in held:
                one.close()

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
            told, problem = await process.communicate()
            assert told.split() == [b"200", b"200"], problem.decode()

    in_loop(story)


ANSWERS = 10
LARGE = b'"' + b"x" * 600_000 + b'"'
CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def answers_and_closes(
    listener: socket.socket, tls: ssl.SSLContext, raw: bytes
) -> None:
    """As servers do that keep no connection: all at once, TLS's good-bye, the end."""
    for _ in range(ANSWERS):
        with listener.accept()[0] as plain, tls.wrap_socket(plain, True) as one:
            one.recv(65536)
            one.sendall(raw)
            with suppress(OSError):
                one.unwrap()


@pytest.mark.parametrize("framing", ["length", "close", "chunked"])
def test_what_came_before_a_secure_good_bye_is_read_whole(
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
        in_loop(story, tls=ssl.create_default_context(cafile=certificate / "cert.pem"))
        server.join()
