"""Both transports against real sockets that do what sockets do on a bad day."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import os
import shlex
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import urllib3
import uvloop
from aiohttp import client_exceptions, http_exceptions

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport import AsyncTransport, SyncTransport, explained

SHORT = 0.15
LIMIT = 100_000
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def ask(
    transport: AsyncTransport,
    url: str,
    *,
    method: str = "GET",
    within: float = 5.0,
    limit: int = LIMIT,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
) -> Response:
    loop = asyncio.get_running_loop()
    return await transport.send(
        Request(method, url, headers, body),
        deadline=Deadline.after(within, loop.time),
        limit=limit,
    )


async def fails(transport: AsyncTransport, url: str, **how: Any) -> SourceError:
    with pytest.raises(SourceError) as failed:
        await ask(transport, url, **how)
    return failed.value


def in_loop(story: Callable[[AsyncTransport], Any]) -> None:
    async def told() -> None:
        transport = AsyncTransport()
        try:
            await story(transport)
        finally:
            await transport.close()

    asyncio.run(told())


# ------------------------------------------------------------------ what goes out


def test_a_request_goes_out_as_it_was_written(serve: Any) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(4))
        writer.write(OK)

    async def story(transport: AsyncTransport) -> None:
        async with serve(handler) as server:
            response = await ask(
                transport,
                server.url + "/a%2Fb/%7E?q=%2B84%201&q=b+c&x",
                method="PUT",
                headers=(("X-Key", "Nguyễn"), ("X-Key", "two"), ("Accept", "a/b")),
                body=b"body",
            )
            assert response == Response(200, {"content-length": "2"}, b"{}")

    in_loop(story)
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "PUT /a%2Fb/%7E?q=%2B84%201&q=b+c&x HTTP/1.1"
    assert "X-Key: Nguyễn" in lines
    assert "X-Key: two" in lines
    assert "Accept-Encoding: identity" in lines
    assert "Content-Length: 4" in lines
    assert [line for line in lines if line.startswith("Accept:")] == ["Accept: a/b"]
    assert not [line for line in lines if line.startswith(("Content-Type", "Cookie"))]


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("ftp://127.0.0.1/", ()),
        ("file:///etc/passwd", ()),
        ("unix:///run/x", ()),
        ("http://", ()),
        ("http://127.0.0.1:99999/", ()),
        ("http://127.1/", ()),
        ("http://127.0.0.1/", (("X-A", "b\r\nX-C: d"),)),
        ("http://127.0.0.1/", (("X-A", "b\x00"),)),
        ("http://127.0.0.1/", (("X-A", "\ud800"),)),
        ("http://127.0.0.1/", (("X A", "b"),)),
        ("http://127.0.0.1/", (("X-Ä", "b"),)),
        ("http://127.0.0.1/", (("", "b"),)),
    ],
)
def test_what_cannot_be_sent_is_rejected_unsent(
    url: str, headers: tuple[tuple[str, str], ...]
) -> None:
    async def story(transport: AsyncTransport) -> None:
        problem = await fails(transport, url, headers=headers)
        assert isinstance(problem, SourceRejected), problem

    in_loop(story)
    with pytest.raises(SourceError):
        SyncTransport().send(Request("GET", url, headers), timeout=1, limit=10)


def test_the_environment_is_not_asked(
    serve: Any, faults: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)

    async def story(transport: AsyncTransport) -> None:
        async with serve(handler) as server:
            await ask(transport, server.url)
            await asyncio.to_thread(blocking, server.url)

    in_loop(story)
    assert len(heads) == 2
    assert b"authorization" not in b"".join(heads).lower()


def test_cookies_are_not_kept(serve: Any, faults: Any) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        for _ in range(2):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK[:-2].replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))
            writer.write(b"{}")

    async def story(transport: AsyncTransport) -> None:
        async with serve(handler) as server:
            await ask(transport, server.url.replace("127.0.0.1", "localhost"))
            await ask(transport, server.url.replace("127.0.0.1", "localhost"))

    in_loop(story)
    assert len(heads) == 2
    assert b"cookie" not in heads[1].lower()


# ------------------------------------------------------------------ what comes back


@pytest.mark.parametrize(
    ("headers", "body", "read"),
    [
        (("Content-Encoding: gzip",), gzip.compress(b"{}", mtime=0), b"{}"),
        (("X-A: 1", "x-a: 2"), b"{}", b"{}"),
        (("X-A: a\xffb",), b"{}", b"{}"),
        (("Set-Cookie: a=b",), b"", b""),
    ],
)
def test_answers_are_read(
    serve: Any, faults: Any, headers: tuple[str, ...], body: bytes, read: bytes
) -> None:
    async def story(transport: AsyncTransport) -> None:
        async with serve(faults.answer(body, *headers)) as server:
            response = await ask(transport, server.url)
            assert response.body == read
            assert all(name == name.lower() for name in response.headers)
            response.headers.get("x-a", "").encode()  # no lone surrogates

    in_loop(story)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.0 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_odd_but_legal_answers_are_read(serve: Any, faults: Any, raw: bytes) -> None:
    async def story(transport: AsyncTransport) -> None:
        async with serve(faults.raw(raw)) as server:
            assert (await ask(transport, server.url)).body == b"{}"
            answer = await asyncio.to_thread(blocking, server.url)
            assert answer.body == b"{}"

    in_loop(story)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 T", "308 P"])
def test_redirects_are_answers_and_never_followed(
    serve: Any, faults: Any, status: str
) -> None:
    async def story(transport: AsyncTransport) -> None:
        async with serve(faults.answer()) as elsewhere:
            location = f"Location: {elsewhere.url}/"
            async with serve(faults.answer(b"", location, status=status)) as server:
                expected = int(status.split()[0])
                assert (await ask(transport, server.url)).status == expected
                answer = await asyncio.to_thread(blocking, server.url)
                assert answer.status == expected
            assert elsewhere.connections == 0

    in_loop(story)


def test_head_has_no_body(serve: Any, faults: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nContent-Encoding: br\r\n\r\n"

    async def story(transport: AsyncTransport) -> None:
        async with serve(faults.raw(head, then="hang")) as server:
            assert (await ask(transport, server.url, method="HEAD")).body == b""

    in_loop(story)


# ------------------------------------------------------------------ faults

DRIP = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

HANGS: dict[str, Callable[[Any], Any]] = {
    "hang": lambda faults: faults.hang(),
    "slow head": lambda faults: faults.endless(
        b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.01
    ),
    "drip": lambda faults: faults.endless(DRIP, b" ", 0.01),
    "drip of chunks": lambda faults: faults.endless(CHUNKED, b"1\r\n \r\n", 0.01),
    "continue for ever": lambda faults: faults.endless(
        b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01
    ),
    "hang in the body": lambda faults: faults.raw(DRIP + b"{", then="hang"),
    "hang in the head": lambda faults: faults.raw(b"HTTP/1.1 200", then="hang"),
}


@pytest.mark.parametrize("name", HANGS)
def test_the_deadline_ends_the_exchange_and_its_socket(
    serve: Any, faults: Any, name: str
) -> None:
    async def story(transport: AsyncTransport) -> None:
        async with serve(HANGS[name](faults)) as server:
            problem = await fails(transport, server.url, within=SHORT)
            assert isinstance(problem, SourceTimeout)
            await server.all_closed()
            assert server.connections == 1

    in_loop(story)


@pytest.mark.parametrize("name", HANGS)
def test_a_cancelled_exchange_closes_its_socket(
    serve: Any, faults: Any, name: str
) -> None:
    async def story(transport: AsyncTransport) -> None:
        async with serve(HANGS[name](faults)) as server:
            task = asyncio.create_task(ask(transport, server.url))
            while not server.connections:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.all_closed()

    in_loop(story)


BROKEN: dict[str, tuple[Callable[[Any], Any], type[SourceError]]] = {
    "closed at once": (lambda f: f.raw(b""), SourceUnavailable),
    "reset at once": (lambda f: f.reset_at_once(), SourceUnavailable),
    "closed in the head": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\nX-"),
        SourceUnavailable,
    ),
    "reset in the body": (
        lambda f: f.raw(DRIP + b"{", then="reset"),
        SourceUnavailable,
    ),
    "short content-length": (lambda f: f.raw(DRIP + b"{}"), SourceUnavailable),
    "chunks cut": (lambda f: f.raw(CHUNKED + b"5\r\nab"), SourceUnavailable),
    "garbage chunks": (lambda f: f.raw(CHUNKED + b"xyz\r\nab\r\n"), SourceError),
    "no http": (lambda f: f.raw(b"SSH-2.0-OpenSSH\r\n\r\n"), SourceMalformed),
    "nul in the head": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\nX-A: \0b\r\n\r\n"),
        SourceMalformed,
    ),
    "huge header": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"),
        SourceMalformed,
    ),
    "endless header": (
        lambda f: f.endless(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 9000),
        SourceError,
    ),
    "many headers": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 20_000 + b"\r\n"),
        SourceMalformed,
    ),
    "two content-lengths": (
        lambda f: f.raw(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "
        ),
        SourceMalformed,
    ),
    "negative content-length": (
        lambda f: f.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
        SourceMalformed,
    ),
    "50 MB, said so": (
        lambda f: f.endless(
            b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n", b" " * 9000
        ),
        SourceMalformed,
    ),
    "endless body": (
        lambda f: f.endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 9000),
        SourceMalformed,
    ),
    "gzip bomb": (
        lambda f: f.answer(gzip.compress(b" " * 5_000_000), "Content-Encoding: gzip"),
        SourceMalformed,
    ),
    "unknown encoding": (
        lambda f: f.answer(b"abc", "Content-Encoding: br"),
        SourceMalformed,
    ),
    "upgrade": (
        lambda f: f.raw(
            b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            then="hang",
        ),
        SourceMalformed,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_a_source_error_and_its_connection_is_not_reused(
    serve: Any, faults: Any, name: str
) -> None:
    handler, expected = BROKEN[name]

    async def story(transport: AsyncTransport) -> None:
        async with serve(handler(faults)) as server:
            for _ in range(2):
                problem = await fails(transport, server.url)
                assert isinstance(problem, expected), repr(problem)
                assert server.url not in str(problem)
            if name not in ("gzip bomb", "unknown encoding"):
                await server.all_closed()
                assert server.connections == 2

    in_loop(story)


@pytest.mark.parametrize(
    ("name", "received"),
    [
        ("closed at once", False),
        ("reset at once", False),
        ("closed in the head", True),
        ("reset in the body", True),
        ("no http", True),
    ],
)
def test_it_is_known_whether_anything_was_received(
    serve: Any, faults: Any, name: str, received: bool
) -> None:
    async def story(transport: AsyncTransport) -> None:
        async with serve(BROKEN[name][0](faults)) as server:
            assert (await fails(transport, server.url)).received is received

    in_loop(story)


def test_a_refused_connection_has_received_nothing() -> None:
    async def story(transport: AsyncTransport) -> None:
        problem = await fails(transport, "http://127.0.0.1:1/?tel=13800000001")
        assert isinstance(problem, SourceUnavailable)
        assert problem.received is False
        assert "13800000001" not in str(problem)

    in_loop(story)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize("second", ["reset", "close"])
def test_a_kept_connection_that_breaks_is_never_asked_again(
    serve: Any, faults: Any, method: str, second: str
) -> None:
    """aiohttp by itself repeats GET, HEAD, PUT and DELETE here."""

    async def story(transport: AsyncTransport) -> None:
        async with serve(faults.then(OK, second)) as server:
            await ask(transport, server.url)
            problem = await fails(transport, server.url, method=method)
            assert isinstance(problem, SourceUnavailable)
            assert problem.received is False
            assert server.connections == 1

    in_loop(story)


def test_an_answer_nobody_asked_for_is_never_given_to_the_next(serve: Any) -> None:
    async def handler(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[666]")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)

    async def late_handler(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await answered.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[666]")
        await writer.drain()
        sent.set()
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)

    answered, sent = asyncio.Event(), asyncio.Event()

    async def story(transport: AsyncTransport) -> None:
        async with serve(handler) as server:
            for _ in range(3):
                assert (await ask(transport, server.url)).body == b"{}"
        async with serve(late_handler) as server:
            assert (await ask(transport, server.url)).body == b"{}"
            answered.set()
            await sent.wait()
            await asyncio.sleep(0.02)
            assert (await ask(transport, server.url)).body == b"{}"
            assert server.connections == 2

    in_loop(story)


def test_connections_are_kept_and_bounded(serve: Any, faults: Any) -> None:
    async def story() -> None:
        transport = AsyncTransport(connections=2)
        async with serve(faults.answer()) as server:
            await asyncio.gather(*(ask(transport, server.url) for _ in range(20)))
            assert 1 <= server.connections <= 2
            await transport.close()
            await server.all_closed()

    asyncio.run(story())


def test_a_thousand_faulty_exchanges_leave_nothing_behind(
    serve: Any, faults: Any, count_descriptors: Callable[[], int]
) -> None:
    async def story(transport: AsyncTransport) -> None:
        hang, reset = serve(faults.hang()), serve(faults.reset_at_once())
        short = serve(faults.raw(DRIP + b"{}"))
        async with hang as one, reset as two, short as three:
            for server in (one, two, three):
                await fails(transport, server.url, within=0.05)
                await server.all_closed()
            tasks, descriptors = len(asyncio.all_tasks()), count_descriptors()
            for _ in range(20):
                await asyncio.gather(
                    *(
                        fails(transport, server.url, within=0.05)
                        for server in (one, two, three)
                        for _ in range(17)
                    )
                )
            for server in (one, two, three):
                await server.all_closed()
            assert len(asyncio.all_tasks()) == tasks
            assert count_descriptors() <= descriptors

    in_loop(story)


def test_a_closed_transport_fails_and_does_not_raise(serve: Any, faults: Any) -> None:
    async def story() -> None:
        transport = AsyncTransport()
        await transport.close()
        problem = await fails(transport, "http://127.0.0.1:1/")
        assert isinstance(problem, SourceUnavailable)

    asyncio.run(story())


def test_a_name_that_hangs_holds_up_no_other(
    serve: Any, faults: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask_name_server(self: Any, host: str) -> list[tuple[int, str]]:
        if host == "silent.example":
            await asyncio.Event().wait()
        raise OSError("no such name")

    monkeypatch.setattr(
        "ivrhooks.sources.names.Names._ask_name_server", ask_name_server
    )

    async def story(transport: AsyncTransport) -> None:
        slow = [
            asyncio.create_task(
                fails(transport, "http://silent.example/", within=SHORT)
            )
            for _ in range(40)
        ]
        await asyncio.sleep(0)
        unknown = await fails(transport, "http://unknown.example/")
        assert isinstance(unknown, SourceUnavailable)
        assert unknown.received is False
        async with serve(faults.answer()) as server:
            assert (await ask(transport, server.url)).status == 200
        for problem in await asyncio.gather(*slow):
            assert isinstance(problem, SourceTimeout)

    in_loop(story)


# ------------------------------------------------------------------ TLS


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


def test_a_stalled_handshake_ends_at_the_deadline(serve: Any, faults: Any) -> None:
    async def story(transport: AsyncTransport) -> None:
        async with serve(faults.hang()) as server:
            url = server.url.replace("http:", "https:")
            problem = await fails(transport, url, within=SHORT)
            assert isinstance(problem, SourceTimeout)
            await server.all_closed()

    in_loop(story)


def test_a_connect_that_hangs_ends_at_the_deadline(
    count_descriptors: Callable[[], int],
) -> None:
    """A full queue of connections that nobody takes: the next get no word at all."""

    async def story(transport: AsyncTransport) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            held = [socket.socket() for _ in range(8)]
            for one in held:
                one.setblocking(False)
                one.connect_ex(listener.getsockname())
            descriptors = count_descriptors()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            problem = await fails(transport, url, within=SHORT)
            assert isinstance(problem, SourceTimeout)
            assert count_descriptors() <= descriptors
            for one in held:
                one.close()

    in_loop(story)


def test_a_certificate_of_unknown_origin_is_refused(
    serve: Any, faults: Any, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    async def story(transport: AsyncTransport) -> None:
        async with serve(faults.answer(), context) as server:
            url = server.url.replace("http:", "https:")
            problem = await fails(transport, url)
            assert isinstance(problem, SourceUnavailable)
            assert "secure" in str(problem)
            await server.all_closed()
            with pytest.raises(SourceUnavailable, match="secure"):
                await asyncio.to_thread(blocking, url)

    in_loop(story)


def test_a_certificate_that_the_system_trusts_is_taken_by_both(
    serve: Any, faults: Any, certificate: Path
) -> None:
    """In a process of its own: what the system trusts is read once, at the start."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    script = """
import asyncio, sys
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Request
from ivrhooks.sources.transport import AsyncTransport, SyncTransport

async def ask():
    transport = AsyncTransport()
    deadline = Deadline.after(5, asyncio.get_running_loop().time)
    answer = await transport.send(request, deadline=deadline, limit=100)
    await transport.close()
    return answer

request = Request("GET", sys.argv[1])
print(asyncio.run(ask()).status, end=" ")
print(SyncTransport().send(request, timeout=60, limit=100).status)
"""

    async def story(_: AsyncTransport) -> None:
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
    certificate: Path, framing: str
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

    async def story(port: int) -> None:
        transport = AsyncTransport()
        transport._session.connector._ssl = False  # type: ignore[union-attr]
        for _ in range(ANSWERS):
            answer = await ask(transport, f"https://127.0.0.1:{port}", limit=size)
            assert answer.body == LARGE
        await transport.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(
            target=answers_and_closes, args=(listener, context, raw), daemon=True
        )
        server.start()
        uvloop.run(story(listener.getsockname()[1]))
        server.join()


# ------------------------------------------------------------------ exceptions


def exceptions_of(*modules: Any) -> Iterator[type[BaseException]]:
    for module in modules:
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, BaseException):
                yield kind


EVERY_EXCEPTION = sorted(
    set(
        exceptions_of(
            aiohttp,
            client_exceptions,
            http_exceptions,
            requests.exceptions,
            urllib3.exceptions,
            ssl,
        )
    )
    - {asyncio.CancelledError, BaseException, KeyboardInterrupt, SystemExit},
    key=lambda kind: f"{kind.__module__}.{kind.__qualname__}",
)


@pytest.mark.parametrize("kind", EVERY_EXCEPTION, ids=lambda kind: kind.__qualname__)
def test_no_exception_of_a_library_slips_through(kind: type[BaseException]) -> None:
    """Each class there is, made without asking it, becomes a SourceError in words
    that hold no URL."""

    class Silent(kind):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            Exception.__init__(self)

        def __str__(self) -> str:
            return "made by a test"

        message, host, status = "made by a test", "host", 0

    error = explained(Silent())
    assert isinstance(error, SourceError)
    assert str(error)


def test_what_is_raised_inside_the_library_is_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(transport: AsyncTransport) -> None:
        for kind in (ValueError, AssertionError, RuntimeError, UnicodeError, KeyError):

            async def request(*_: Any, kind: Any = kind, **__: Any) -> None:
                raise kind("tel=13800000001")

            monkeypatch.setattr(transport._session, "request", request)
            problem = await fails(transport, "http://127.0.0.1/")
            assert isinstance(problem, SourceUnavailable)
            assert "13800000001" not in str(problem)

    in_loop(story)


# ------------------------------------------------------------------ the blocking one


def blocking(url: str, **how: Any) -> Response:
    options = {"timeout": 60.0, "limit": LIMIT} | how
    return SyncTransport().send(Request("GET", url), **options)


def test_the_blocking_transport_asks_the_same(serve: Any) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(4))
        writer.write(OK)

    async def story(_: AsyncTransport) -> None:
        async with serve(handler) as server:
            request = Request(
                "PUT",
                server.url + "/a%2Fb/%7E?q=%2B84%201&q=b+c&x",
                (("X-Key", "Nguyễn"), ("Accept", "a/b")),
                b"body",
            )
            response = await asyncio.to_thread(
                SyncTransport().send, request, timeout=60.0, limit=10
            )
            assert (response.status, response.body) == (200, b"{}")

    in_loop(story)
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "PUT /a%2Fb/%7E?q=%2B84%201&q=b+c&x HTTP/1.1"
    assert "X-Key: Nguyễn" in lines
    assert "Accept-Encoding: identity" in lines
    assert "Content-Length: 4" in lines
    assert not [line for line in lines if line.startswith(("Content-Type", "Cookie"))]


@pytest.mark.parametrize("name", HANGS)
def test_the_blocking_transport_ends_in_time_too(
    serve: Any, faults: Any, name: str
) -> None:
    def count() -> int:
        return sum(thread.name == "exchange" for thread in threading.enumerate())

    async def story(_: AsyncTransport) -> None:
        async with serve(HANGS[name](faults)) as server:
            with pytest.raises(SourceTimeout):
                await asyncio.to_thread(blocking, server.url, timeout=SHORT)
            await server.all_closed()
            while count():
                await asyncio.sleep(0.005)

    in_loop(story)


HTTP_CLIENT_READS_IT = {
    "nul in the head",
    "closed in the head",
    "negative content-length",
}


@pytest.mark.parametrize("name", sorted(set(BROKEN) - HTTP_CLIENT_READS_IT))
def test_the_blocking_transport_raises_nothing_else(
    serve: Any, faults: Any, name: str
) -> None:
    async def story(_: AsyncTransport) -> None:
        async with serve(BROKEN[name][0](faults)) as server:
            with pytest.raises(SourceError) as failed:
                await asyncio.to_thread(blocking, server.url)
            assert server.url not in str(failed.value)
            assert failed.value.received is True

    in_loop(story)


def test_a_closed_blocking_transport_lets_go(serve: Any, faults: Any) -> None:
    async def story(_: AsyncTransport) -> None:
        async with serve(faults.hang()) as server:
            transport = SyncTransport()
            waiting = asyncio.ensure_future(
                asyncio.to_thread(
                    transport.send, Request("GET", server.url), timeout=60, limit=1
                )
            )
            while not server.connections:
                await asyncio.sleep(0.005)
            transport.close()
            with pytest.raises(SourceError):
                await waiting
            await server.all_closed()

    in_loop(story)
