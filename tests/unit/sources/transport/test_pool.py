"""A pool against real sockets that do what sockets do on a bad day."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceTimeout,
    SourceUnavailable,
)
from ivrhooks.sources.connection_settings import DIRECT, ConnectionSettings
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.sync import SyncTransport
from support.faulty_responses import (
    BROKEN,
    CHUNKED,
    DRIP,
    HANGS,
    LIMIT,
    OK,
    SHORT,
    ask,
    blocking,
    fails,
)

# ------------------------------------------------------------------ what goes out


def test_a_request_goes_out_as_it_was_written(in_loop: Any, serve: Any) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(4))
        writer.write(OK)

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            response = await ask(
                pool,
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
def test_a_request_that_cannot_be_sent_is_rejected(
    in_loop: Any, url: str, headers: tuple[tuple[str, str], ...]
) -> None:
    async def story(pool: ConnectionPool) -> None:
        problem = await fails(pool, url, headers=headers)
        assert isinstance(problem, SourceRejected), problem

    in_loop(story)
    with pytest.raises(SourceError):
        SyncTransport().send(Request("GET", url, headers), timeout=1, limit=10)


def test_the_environment_is_not_asked(
    in_loop: Any,
    serve: Any,
    faults: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            await ask(pool, server.url)
            await asyncio.to_thread(blocking, server.url)

    in_loop(story)
    assert len(heads) == 2
    assert b"authorization" not in b"".join(heads).lower()


def test_cookies_are_not_kept(in_loop: Any, serve: Any, faults: Any) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        for _ in range(2):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK[:-2].replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))
            writer.write(b"{}")

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            await ask(pool, server.url.replace("127.0.0.1", "localhost"))
            await ask(pool, server.url.replace("127.0.0.1", "localhost"))

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
    in_loop: Any,
    serve: Any,
    faults: Any,
    headers: tuple[str, ...],
    body: bytes,
    read: bytes,
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer(body, *headers)) as server:
            response = await ask(pool, server.url)
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
def test_odd_but_legal_answers_are_read(
    in_loop: Any, serve: Any, faults: Any, raw: bytes
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.raw(raw)) as server:
            assert (await ask(pool, server.url)).body == b"{}"
            answer = await asyncio.to_thread(blocking, server.url)
            assert answer.body == b"{}"

    in_loop(story)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 T", "308 P"])
def test_redirects_are_answers_and_never_followed(
    in_loop: Any, serve: Any, faults: Any, status: str
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as elsewhere:
            location = f"Location: {elsewhere.url}/"
            async with serve(faults.answer(b"", location, status=status)) as server:
                expected = int(status.split()[0])
                assert (await ask(pool, server.url)).status == expected
                answer = await asyncio.to_thread(blocking, server.url)
                assert answer.status == expected
            assert elsewhere.connections == 0

    in_loop(story)


def test_head_has_no_body(in_loop: Any, serve: Any, faults: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nContent-Encoding: br\r\n\r\n"

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.raw(head, then="hang")) as server:
            assert (await ask(pool, server.url, method="HEAD")).body == b""

    in_loop(story)


# ------------------------------------------------------------------ faults


@pytest.mark.parametrize("name", HANGS)
def test_the_deadline_ends_the_exchange_and_its_socket(
    in_loop: Any, serve: Any, faults: Any, name: str
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(HANGS[name](faults)) as server:
            problem = await fails(pool, server.url, within=SHORT)
            assert isinstance(problem, SourceTimeout)
            await server.all_closed()
            assert server.connections == 1

    in_loop(story)


@pytest.mark.parametrize("name", HANGS)
def test_a_cancelled_exchange_closes_its_socket(
    in_loop: Any, serve: Any, faults: Any, name: str
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(HANGS[name](faults)) as server:
            task = asyncio.create_task(ask(pool, server.url))
            while not server.connections:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.all_closed()

    in_loop(story)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_a_source_error_and_its_connection_is_not_reused(
    in_loop: Any, serve: Any, faults: Any, name: str
) -> None:
    handler, expected = BROKEN[name]

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler(faults)) as server:
            for _ in range(2):
                problem = await fails(pool, server.url)
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
    in_loop: Any, serve: Any, faults: Any, name: str, received: bool
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(BROKEN[name][0](faults)) as server:
            assert (await fails(pool, server.url)).received is received

    in_loop(story)


def test_a_refused_connection_has_received_nothing(in_loop: Any) -> None:
    async def story(pool: ConnectionPool) -> None:
        problem = await fails(pool, "http://127.0.0.1:1/?tel=13800000001")
        assert isinstance(problem, SourceUnavailable)
        assert problem.received is False
        assert "13800000001" not in str(problem)

    in_loop(story)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize("second", ["reset", "close"])
def test_a_kept_connection_that_breaks_is_never_asked_again(
    in_loop: Any, serve: Any, faults: Any, method: str, second: str
) -> None:
    """aiohttp by itself repeats GET, HEAD, PUT and DELETE here."""

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.then(OK, second)) as server:
            await ask(pool, server.url)
            problem = await fails(pool, server.url, method=method)
            assert isinstance(problem, SourceUnavailable)
            assert problem.received is False
            assert server.connections == 1

    in_loop(story)


def test_an_unsolicited_answer_is_never_given_to_the_next_request(
    in_loop: Any, serve: Any
) -> None:
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

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            for _ in range(3):
                assert (await ask(pool, server.url)).body == b"{}"
        async with serve(late_handler) as server:
            assert (await ask(pool, server.url)).body == b"{}"
            answered.set()
            await sent.wait()
            await asyncio.sleep(0.02)
            assert (await ask(pool, server.url)).body == b"{}"
            assert server.connections == 2

    in_loop(story)


def test_connections_are_kept_and_bounded(serve: Any, faults: Any) -> None:
    async def story() -> None:
        pool = ConnectionPool(connections=2)
        async with serve(faults.answer()) as server:
            await asyncio.gather(*(ask(pool, server.url) for _ in range(20)))
            assert 1 <= server.connections <= 2
            await pool.close()
            await server.all_closed()

    asyncio.run(story())


def test_a_thousand_faulty_exchanges_leave_nothing_behind(
    in_loop: Any, serve: Any, faults: Any, count_descriptors: Callable[[], int]
) -> None:
    async def story(pool: ConnectionPool) -> None:
        hang, reset = serve(faults.hang()), serve(faults.reset_at_once())
        short = serve(faults.raw(DRIP + b"{}"))
        async with hang as hanging, reset as two, short as three:
            for server in (hanging, two, three):
                await fails(pool, server.url, within=0.05)
                await server.all_closed()
            tasks, descriptors = len(asyncio.all_tasks()), count_descriptors()
            for _ in range(20):
                await asyncio.gather(
                    *(
                        fails(pool, server.url, within=0.05)
                        for server in (hanging, two, three)
                        for _ in range(17)
                    )
                )
            for server in (hanging, two, three):
                await server.all_closed()
            assert len(asyncio.all_tasks()) == tasks
            assert count_descriptors() <= descriptors

    in_loop(story)


def test_a_closed_pool_fails(in_loop: Any) -> None:
    async def story(pool: ConnectionPool) -> None:
        await pool.close()
        problem = await fails(pool, "http://127.0.0.1:1/")
        assert isinstance(problem, SourceUnavailable)

    in_loop(story)


def test_a_hanging_name_lookup_delays_no_other(
    in_loop: Any, serve: Any, faults: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask_name_server(self: Any, host: str) -> list[tuple[int, str]]:
        if host == "silent.example":
            await asyncio.Event().wait()
        raise OSError("no such name")

    monkeypatch.setattr(
        "ivrhooks.sources.transport.dns.DnsCache._ask_name_server", ask_name_server
    )

    async def story(pool: ConnectionPool) -> None:
        slow = [
            asyncio.create_task(fails(pool, "http://silent.example/", within=SHORT))
            for _ in range(40)
        ]
        await asyncio.sleep(0)
        unknown = await fails(pool, "http://unknown.example/")
        assert isinstance(unknown, SourceUnavailable)
        assert unknown.received is False
        async with serve(faults.answer()) as server:
            assert (await ask(pool, server.url)).status == 200
        for problem in await asyncio.gather(*slow):
            assert isinstance(problem, SourceTimeout)

    in_loop(story)


# ------------------------------------------------------------------ connections


async def many(pool: ConnectionPool, url: str, number: int) -> None:
    await asyncio.gather(*(ask(pool, url) for _ in range(number)))


def test_exchanges_get_connections_in_order_of_arrival(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    order: list[int] = []

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:

            async def ask_in_turn(number: int) -> None:
                await ask(pool, server.url)
                order.append(number)

            await asyncio.gather(*(ask_in_turn(number) for number in range(9)))
            assert server.connections == 1

    in_loop(story, connections=1)
    assert order == list(range(9))


def test_an_idle_connection_is_closed(
    in_loop: Any, serve: Any, faults: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivrhooks.sources.transport.pool.IDLE", SHORT)

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as server:
            await many(pool, server.url, 3)
            assert server.open == 3
            busy = asyncio.get_running_loop().time() + 2 * SHORT
            while server.open > 1 or asyncio.get_running_loop().time() < busy:
                await ask(pool, server.url)
                await asyncio.sleep(0.005)
            assert server.connections == 3
            await server.all_closed()

    in_loop(story)


def test_where_one_kept_connection_was_closed_no_other_is_trusted(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    """A server that was restarted: whoever asks again does so on a new one."""

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.then(OK, "reset")) as server:
            await many(pool, server.url, 4)
            assert server.open == 4
            problem = await fails(pool, server.url)
            assert problem.received is False
            assert (await ask(pool, server.url)).status == 200
            assert server.connections == 5

    in_loop(story)


def test_a_server_that_closes_without_a_word_costs_one_answer_and_no_more(
    in_loop: Any, serve: Any, faults: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it keeps the connection, and does not."""
    keeps = False

    async def handler(reader: Any, writer: Any) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(OK)
            if not keeps:
                return

    monkeypatch.setattr("ivrhooks.sources.transport.pool.KEEP_NONE", SHORT)

    async def story(pool: ConnectionPool) -> None:
        nonlocal keeps
        loop = asyncio.get_running_loop()
        failed = 0
        async with serve(handler) as server:
            for _ in range(3):  # a failure each at the most, ever longer apart
                until = loop.time() + SHORT
                while loop.time() < until:
                    answers = await asyncio.gather(
                        *(ask(pool, server.url) for _ in range(8)),
                        return_exceptions=True,
                    )
                    failed += sum(isinstance(answer, Exception) for answer in answers)
            assert failed <= 8 + 2
            keeps = True
            while not (server.open and server.open == len(pool._connections) == 1):
                await ask(pool, server.url)
            connections = server.connections
            for _ in range(20):
                await ask(pool, server.url)
            assert server.connections == connections

    in_loop(story)


def test_an_idle_connection_to_one_host_makes_room_for_another(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer()) as first, serve(faults.answer()) as other:
            for server in (first, other, first):
                await ask(pool, server.url)
            await other.all_closed()
            assert (first.connections, other.connections) == (2, 1)
            await asyncio.gather(*(ask(pool, s.url) for s in (first, other) * 4))

    in_loop(story, connections=1)


def test_a_server_that_closes_each_connection_is_asked_on_new_ones(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    close = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.raw(close, then="hang")) as server:
            for _ in range(5):
                assert (await ask(pool, server.url)).body == b"{}"
                await server.all_closed()
            assert server.connections == 5

    in_loop(story)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET", "DELETE"])
def test_a_write_without_a_body_says_so(in_loop: Any, serve: Any, method: str) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            await ask(pool, server.url, method=method)

    in_loop(story)
    assert (b"Content-Length: 0\r\n" in heads[0]) is (method[0] == "P")


def test_head_leaves_its_connection_for_the_next(in_loop: Any, serve: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"

    async def handler(reader: Any, writer: Any) -> None:
        while received := await reader.readuntil(b"\r\n\r\n"):
            writer.write(head if received.startswith(b"HEAD") else OK)

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            for method, body in (("HEAD", b""), ("GET", b"{}"), ("HEAD", b"")):
                assert (await ask(pool, server.url, method=method)).body == body
            assert server.connections == 1

    in_loop(story)


def test_more_lines_of_a_head_are_sent_with_one_request(
    in_loop: Any, serve: Any
) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            heads.append(head)
            writer.write(OK)

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            request = Request("GET", server.url)
            for extra in ("Traceparent: a\r\n", ""):
                await pool.exchange(request, limit=LIMIT, extra=extra)

    in_loop(story)
    assert [b"Traceparent: a\r\n" in head for head in heads] == [True, False]


@pytest.mark.parametrize(
    ("settings", "headers", "sent"),
    [
        (DIRECT, (), ["a", "b", None]),
        (DIRECT, (("x-request-ID", "mine"),), ["mine", "mine", "mine"]),
        (ConnectionSettings(request_id=False), (), [None, None, None]),
    ],
)
def test_the_id_of_the_data_request_goes_with_it(
    in_loop: Any, serve: Any, settings: Any, headers: Any, sent: list[str | None]
) -> None:
    heads = []

    async def handler(reader: Any, writer: Any) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode().lower().split("\r\n")
            heads.append([x[14:] for x in lines if x.startswith("x-request-id: ")])
            writer.write(OK)

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            request = Request("GET", server.url, headers)
            for request_id in ("a", "b", ""):
                await pool.exchange(request, limit=LIMIT, request_id=request_id)

    in_loop(story, settings=settings)
    assert heads == [[sent_id] if sent_id else [] for sent_id in sent]


@pytest.mark.parametrize("host", ["[::1]", "localhost"])
def test_a_source_may_be_known_by_ipv6_or_by_name(
    in_loop: Any, serve: Any, faults: Any, host: str
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.answer(), host="::1") as server:
            for _ in range(2):
                url = f"http://{host}:{server.port}/"
                assert (await ask(pool, url)).status == 200
            assert server.connections == 1

    in_loop(story)


# ------------------------------------------------------------------ what differs


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", b"{}"),
        (b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}", b"{}"),
        (CHUNKED + b"2  \r\n{}\r\n0\r\n\r\n", b"{}"),
        (CHUNKED + b'2;a="b"\r\n{}\r\n0\r\nX-Length: 9\r\n\r\n', b"{}"),
        (b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n{}", b""),
        (b"HTTP/1.1 304 No\r\nContent-Length: 200000\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n{}", b"{}"),
        (b"HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}", b"{}"),
    ],
)
def test_answers_that_other_clients_accept_are_accepted(
    in_loop: Any, serve: Any, faults: Any, raw: bytes, body: bytes
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.raw(raw)) as server:
            response = await ask(pool, server.url)
            assert response.body == body
            assert "x-length" not in response.headers

    in_loop(story)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n",
        CHUNKED[:-2] + b"Content-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 101 C\r\n\r\nabc",
    ],
)
def test_ambiguous_answers_are_refused(
    in_loop: Any, serve: Any, faults: Any, raw: bytes
) -> None:
    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.raw(raw, then="hang")) as server:
            assert isinstance(await fails(pool, server.url), SourceMalformed)
            await server.all_closed()

    in_loop(story)


@pytest.mark.parametrize(
    "behind", [b"HTTP/1.1 200 OK\r\nX-Evil: ", b"HTTP/1.1 2", b"x", OK, OK[:-1]]
)
def test_bytes_after_an_answer_are_no_part_of_the_next(
    in_loop: Any, serve: Any, behind: bytes
) -> None:
    async def handler(reader: Any, writer: Any) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(OK + behind)

    async def story(pool: ConnectionPool) -> None:
        async with serve(handler) as server:
            for _ in range(3):
                response = await ask(pool, server.url)
                assert response.body == b"{}"
                assert "x-evil" not in response.headers
            assert server.connections == 3

    in_loop(story)
