"""The wire of the express door: limits and patience (a loop whose clock is turned)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from ivrhooks.server.protocol import (
    BODY_SECONDS,
    BROKEN,
    CYCLE,
    HEAD,
    HEAD_SECONDS,
    LAST_SECONDS,
    LINGER_SECONDS,
    MAX_HEAD,
    MAX_LINE,
    HttpProtocol,
    answer_at_once,
)

POST = b"POST /form HTTP/1.1\r\nHost: x\r\n"
WHOLE = POST + b"Content-Length: 5\r\n\r\ntel=1"


class Transport(asyncio.Transport):
    """Keeps what was written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = b""
        self.ended = False
        self.gone = False
        self.secure = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def can_write_eof(self) -> bool:
        return not self.secure

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.gone = True

    def is_closing(self) -> bool:
        return self.gone

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Timer:
    """A timer of a loop that only notes."""

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self.seconds, self.call = seconds, call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Line:
    """A connection to a protocol whose loop never runs by itself."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.timers: list[Timer] = []
        self.transport = Transport()
        config = Config(app=self._app, ws="none", lifespan="off", log_config=None)
        config.load()
        config.loaded_app = self._app  # without uvicorn's wrappers
        self.protocol = HttpProtocol(
            config=config, server_state=ServerState(), app_state={}
        )
        self.protocol.loop = self  # type: ignore[assignment]
        self.protocol.connection_made(self.transport)

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(seconds, call))
        return self.timers[-1]

    def create_task(self, work: Any) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        body, event = b"", {"more_body": True}
        while event.get("more_body"):
            event = await receive()
            body += event.get("body", b"")
        self.requests.append({**scope, "body": body, "last": event["type"]})
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async def feed(self, *pieces: bytes) -> None:
        for data in pieces:
            self.protocol.data_received(data)
        for _ in range(5):
            await asyncio.sleep(0)

    @property
    def waiting(self) -> list[float]:
        """The seconds of the timers that are running."""
        return [timer.seconds for timer in self.timers if not timer.cancelled]

    def ring(self) -> None:
        """The running timer's time is over."""
        timer = next(timer for timer in self.timers if not timer.cancelled)
        timer.cancelled = True
        timer.call()


def run(story: Callable[[Line], Any]) -> None:
    async def go() -> None:
        await story(Line())

    asyncio.run(go())


def test_a_whole_request_is_answered_and_the_next_one_waited_for() -> None:
    async def story(line: Line) -> None:
        assert line.waiting == [HEAD_SECONDS]
        await line.feed(WHOLE)
        assert line.requests[0]["body"] == b"tel=1"
        assert line.transport.written.endswith(b"\r\n\r\nok")
        assert line.waiting == [line.protocol.timeout_keep_alive]

    run(story)


def test_a_silent_connection_is_closed_without_a_word() -> None:
    async def story(line: Line) -> None:
        line.ring()
        assert (line.transport.written, line.transport.gone) == (b"", True)

    run(story)


def test_a_head_that_dribbles_gets_a_408() -> None:
    async def story(line: Line) -> None:
        await line.feed(*(POST[at : at + 1] for at in range(20)))
        assert line.waiting == [HEAD_SECONDS]
        line.ring()
        assert line.transport.written.startswith(b"HTTP/1.1 408 ")
        assert line.transport.ended
        assert not line.transport.gone
        assert line.waiting == [LINGER_SECONDS]
        await line.feed(b"more of it")
        line.ring()
        assert line.transport.gone

    run(story)


def test_empty_lines_keep_no_connection_open() -> None:
    async def story(line: Line) -> None:
        await line.feed(WHOLE)
        await line.feed(b"\r\n")
        assert line.waiting == [HEAD_SECONDS]
        line.ring()
        assert line.transport.gone

    run(story)


def test_a_body_that_does_not_come_is_refused_by_its_endpoint() -> None:
    async def story(line: Line) -> None:
        await line.feed(POST + b"Content-Length: 50\r\n\r\nte", b"l=")
        assert line.waiting == [BODY_SECONDS]
        line.ring()
        await line.feed()
        assert line.requests[0][BROKEN] == "request_timeout"
        assert line.transport.gone

    run(story)


def test_a_broken_chunk_is_refused_by_its_endpoint() -> None:
    async def story(line: Line) -> None:
        await line.feed(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert line.requests[0][BROKEN] == "bad_request"

    run(story)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"X-A: " + b"a" * MAX_HEAD + b"\r\n\r\n", b"431"),
        (b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n", b"431"),
        (b"X-A: " + b"a" * 30_000, b"431"),
        (b"no colon\r\n\r\n", b"400"),
    ],
)
def test_a_head_past_its_limits_is_refused_and_nobody_asked(
    head: bytes, status: bytes
) -> None:
    async def story(line: Line) -> None:
        await line.feed(POST[:10], POST[10:] + head)
        assert line.transport.written.startswith(b"HTTP/1.1 " + status)
        assert line.transport.written.count(b"HTTP/1.1") == 1
        assert (line.transport.ended, line.requests) == (True, [])

    run(story)


def test_names_with_an_underscore_are_dropped() -> None:
    async def story(line: Line) -> None:
        await line.feed(POST + b"X_Api_Key: a\r\nX-Api-Key: b\r\n\r\n")
        names = [name for name, _ in line.requests[0]["headers"]]
        assert names == [b"host", b"x-api-key"]

    run(story)


def test_a_proposal_of_another_protocol_is_passed_over() -> None:
    async def story(line: Line) -> None:
        await line.feed(
            POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\n",
            b"tel=1",
            WHOLE,
        )
        assert [asked["body"] for asked in line.requests] == [b"tel=1", b"tel=1"]

    run(story)


def test_an_earlier_answer_is_sent_before_garbage_ends_the_connection() -> None:
    async def story(line: Line) -> None:
        line.protocol.data_received(WHOLE + b"GARBAGE\r\n\r\n")
        await line.feed()
        assert line.transport.written.startswith(b"HTTP/1.1 200 ")
        assert line.transport.written.count(b"HTTP/1.1") == 1
        assert line.transport.gone

    run(story)


def test_a_last_word_is_answered_and_half_a_word_refused() -> None:
    async def story(line: Line) -> None:
        assert line.protocol.eof_received() is False
        line.protocol.data_received(WHOLE)
        assert line.protocol.eof_received() is True
        await line.feed()
        assert line.transport.written.endswith(b"ok")
        assert line.transport.gone
        other = Line()
        other.protocol.data_received(POST)
        assert other.protocol.eof_received() is True
        assert other.transport.written.startswith(b"HTTP/1.1 400 ")
        assert other.protocol.eof_received() is False

    run(story)


def test_a_caller_that_goes_leaves_no_timer() -> None:
    async def story(line: Line) -> None:
        await line.feed(POST)
        line.protocol.connection_lost(None)
        assert line.waiting == []

    run(story)


RAW = "POST /a?name=Nguyễn&n=1 HTTP/1.1\r\nContent-Length: 6\r\n\r\ntel=é".encode()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_raw_letters_in_the_request_line_are_read_however_they_come(size: int) -> None:
    async def story(line: Line) -> None:
        for request in range(2):
            await line.feed(*(RAW[at : at + size] for at in range(0, len(RAW), size)))
            asked = line.requests[request]
            assert (asked["path"], asked["method"]) == ("/a", "POST")
            assert asked["query_string"] == b"name=Nguy%E1%BB%85n&n=1"
            assert asked["body"] == "tel=é".encode()
        assert line.transport.written.count(b"HTTP/1.1 200 ") == 2

    run(story)


def test_raw_letters_without_end_are_refused() -> None:
    async def story(line: Line) -> None:
        await line.feed(b"GET /a?name=\xe9", b"\xe9" * MAX_LINE)
        assert line.transport.written.startswith(b"HTTP/1.1 414 ")

    run(story)


@pytest.mark.parametrize("bytes_", [b"\xe9\xe9", b"GET\xe9 /a HTTP/1.1\r\n\r\n"])
def test_what_is_no_request_line_is_refused_at_once(bytes_: bytes) -> None:
    async def story(line: Line) -> None:
        await line.feed(bytes_)
        assert line.transport.written.startswith(b"HTTP/1.1 400 ")

    run(story)


def test_an_answer_under_way_is_sent_though_nonsense_and_the_end_follow() -> None:
    async def story(line: Line) -> None:
        line.protocol.data_received(WHOLE + b"1")  # a wrong Content-Length, say
        assert line.protocol.eof_received()
        await line.feed()
        assert line.transport.written.endswith(b"\r\n\r\nok")
        assert line.transport.gone

    run(story)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_head_is_handed_on_as_it_came(size: int) -> None:
    raw = b"POST /a HTTP/1.1\r\nhOsT:  x \r\nX_Api_Key: k\r\nContent-Length: 1\r\n\r\nb"

    async def story(line: Line) -> None:
        for _ in range(2):
            await line.feed(*(raw[at : at + size] for at in range(0, len(raw), size)))
        assert len(line.requests) == 2
        for asked in line.requests:
            assert asked[HEAD].startswith(raw[:-1])
            assert b"x_api_key" not in dict(asked["headers"])

    run(story)


def test_the_head_of_one_request_is_never_that_of_another() -> None:
    second = WHOLE.replace(b"/form", b"/next")

    async def story(line: Line) -> None:
        await line.feed(WHOLE + second)
        await line.feed()
        assert line.requests[0][HEAD].startswith(WHOLE)
        assert not line.requests[1].get(HEAD, b"").startswith(WHOLE)

    run(story)


def test_a_proposal_of_another_protocol_keeps_its_head() -> None:
    raw = WHOLE.replace(b"Host: x", b"Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c")

    async def story(line: Line) -> None:
        await line.feed(raw)
        assert line.requests[0][HEAD].startswith(raw)

    run(story)


@pytest.mark.parametrize("pieces", [(b"GARBAGE\r\n\r\n",), (POST, b"no colon\r\n\r\n")])
def test_what_is_refused_goes_into_the_books(pieces: tuple[bytes, ...]) -> None:
    kept: list[tuple[int, str, bytes]] = []

    class RequestRecorder:
        def refused(self, answer: Any, peer: str, raw: bytes) -> None:
            kept.append((answer.status, peer, raw))

    async def story(line: Line) -> None:
        line.protocol.app = SimpleNamespace(recorder=RequestRecorder())  # type: ignore[assignment]
        await line.feed(*pieces)
        assert kept == [(400, "127.0.0.1", b"".join(pieces))]

    run(story)


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("before", [0, 1])
def test_a_request_on_its_way_to_a_worker_that_ends_is_answered(before: int) -> None:
    async def story() -> None:
        line = Line()
        await line.feed(*[GET] * before)
        line.protocol.shutdown()
        assert not line.transport.gone
        await line.feed(GET)
        assert line.transport.written.count(b"200 OK") == before + 1
        assert line.transport.written.endswith(b"connection: close\r\n\r\nok")
        assert line.transport.gone

    asyncio.run(story())


def test_who_asks_for_nothing_is_waited_for_a_moment() -> None:
    async def story() -> None:
        line = Line()
        line.protocol.shutdown()
        assert (line.timers[-1].seconds, line.transport.gone) == (LAST_SECONDS, False)
        line.timers[-1].call()
        assert line.transport.gone

    asyncio.run(story())


def test_an_answer_under_way_is_the_last_of_its_connection() -> None:
    async def story() -> None:
        line = Line()
        line.protocol.data_received(GET)
        line.protocol.shutdown()
        await line.feed()
        assert line.transport.written.endswith(b"connection: close\r\n\r\nok")

    asyncio.run(story())


def test_a_secure_connection_that_is_refused_ends_at_once() -> None:
    async def story() -> None:
        line = Line()
        line.transport.secure = True
        await line.feed(b"nonsense\r\n\r\n")
        assert b" 400 " in line.transport.written
        assert (line.transport.ended, line.transport.gone) == (False, True)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("request_head", "connection"),
    [(GET, b""), (GET.replace(b"/1.1", b"/1.0"), b"connection: close\r\n")],
)
def test_an_answer_in_one_piece(request_head: bytes, connection: bytes) -> None:
    async def story() -> None:
        line = Line()
        line.protocol.data_received(request_head)
        cycle = line.protocol.scope[CYCLE]  # type: ignore[typeddict-item]
        assert answer_at_once(cycle, 200, [(b"content-length", b"2")], b"ok")
        head = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"
        assert line.transport.written == head + connection + b"\r\nok"
        assert line.transport.gone is bool(connection)
        assert not answer_at_once(cycle, 200, [], b"twice")

    asyncio.run(story())


def test_who_has_gone_is_written_nothing() -> None:
    async def story() -> None:
        line = Line()
        line.protocol.data_received(GET)
        line.transport.close()
        cycle = line.protocol.scope[CYCLE]  # type: ignore[typeddict-item]
        assert answer_at_once(cycle, 200, [], b"ok")
        assert line.transport.written == b""

    asyncio.run(story())


def test_the_body_of_a_head_goes_the_long_way() -> None:
    async def story() -> None:
        line = Line()
        line.protocol.data_received(GET.replace(b"GET", b"HEAD"))
        cycle = line.protocol.scope[CYCLE]  # type: ignore[typeddict-item]
        assert not answer_at_once(cycle, 200, [], b"ok")

    asyncio.run(story())
