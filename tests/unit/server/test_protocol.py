"""One connection: limits and timeouts (on a loop whose clock is fake)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ivrhooks.answering.answer import Answer
from ivrhooks.basics.errors import ContractError
from ivrhooks.http.request import HttpRequest
from ivrhooks.languages.catalogue import because
from ivrhooks.server.connections import Connections
from ivrhooks.server.protocol import (
    BODY_SECONDS,
    HEAD_SECONDS,
    LAST_SECONDS,
    LINGER_SECONDS,
    NEVER,
    PAGE_BODY,
    HttpProtocol,
)
from ivrhooks.server.request_reader import MAX_HEAD, MAX_LINE
from support.memory_connection import MemoryTransport

POST = b"POST /form HTTP/1.1\r\nHost: x\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
WHOLE = POST + b"Content-Length: 5\r\n\r\ntel=1"


class Timer:
    """A timer of a loop that only notes."""

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self.seconds, self.call = seconds, call


class Policy:
    """Takes GET, HEAD and POST, and bodies of 1,000 bytes."""

    methods = ("GET", "HEAD", "POST")
    max_body = 1000

    def refuse_method(self, method: str) -> ContractError | None:
        return ContractError("method_not_allowed", because("as_said", text=method))

    def too_large(self) -> ContractError:
        return ContractError("too_large", because("as_said", text="1000 bytes"))


class Line:
    """A connection over a service that answers when told to; its clock is turned."""

    def __init__(self, *, held: bool = False, keep_alive: float = 75.0) -> None:
        self.requests: list[HttpRequest] = []
        self.pages: list[HttpRequest] = []
        self.held = held
        self.begun: list[HttpProtocol] = []
        self.timers: list[Timer] = []
        self.soon: list[Callable[[], None]] = []
        self.transport = MemoryTransport()
        self.recorder = SimpleNamespace(refused=lambda *_: None)
        self.now = 100.0
        self.last = self.given_up = 0
        self.connections = Connections(
            self,
            self,
            keep_alive=keep_alive,
            max_requests=3,
            on_last=self._on_last,  # type: ignore[arg-type]
        )
        self.protocol = HttpProtocol(self.connections)
        self.protocol.connection_made(self.transport)

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(seconds, call))
        return self.timers[-1]

    def call_soon(self, call: Callable[[], None]) -> None:
        self.soon.append(call)

    def end_turn(self) -> None:
        """The loop's iteration ends."""
        while self.soon:
            self.soon.pop(0)()

    def _on_last(self) -> None:
        self.last += 1

    def match(self, target: bytes) -> Any:
        return None if target == b"/page" else SimpleNamespace(policy=Policy())

    def serve(self, _: Any, request: HttpRequest, connection: HttpProtocol) -> Any:
        self.requests.append(request)
        self.begun.append(connection)
        if self.held:
            return self._gave_up
        self._answer()
        return None

    def _gave_up(self) -> None:
        self.given_up += 1

    def page(self, request: HttpRequest, connection: HttpProtocol) -> None:
        self.pages.append(request)
        connection.replied(200, [(b"x-page", b"1")], b"page")

    def answer(self) -> None:
        """The answer of the oldest request that has none, in an iteration of its
        own."""
        self._answer()
        self.end_turn()

    def _answer(self) -> None:
        """A refusal is answered by its code."""
        problem = self.requests[-1].problem
        status, body = (200, b"ok") if problem is None else (problem.status, b"no")
        self.begun.pop(0).answered(Answer(status, body, ()))

    def feed(self, *pieces: bytes) -> None:
        """All ``pieces`` arrive in one iteration of the loop."""
        for data in pieces:
            self.protocol.data_received(data)
        self.end_turn()

    @property
    def waiting(self) -> list[float]:
        """The seconds that are left for what is waited for."""
        left = self.protocol.expires
        return [] if left == NEVER else [left - self.now]

    def ring(self) -> None:
        """The time is over."""
        self.now = self.protocol.expires
        self.connections.sweep()
        self.end_turn()

    @property
    def statuses(self) -> list[bytes]:
        """Those of the answers that were written."""
        lines = self.transport.written.split(b"HTTP/1.1 ")[1:]
        return [line[:3] for line in lines]


@pytest.fixture(params=["lines that are new", "lines that were read before"])
def used(request: pytest.FixtureRequest) -> Callable[[Line], Line]:
    """Makes the line's worker one that has read such heads before, or has not."""

    def use(line: Line) -> Line:
        if request.param == "lines that were read before":
            earlier = Line()
            for data in (GET, WHOLE):
                earlier.feed(data)
            line.connections.heads = line.protocol.heads = earlier.connections.heads
            assert len(line.protocol.heads) == 2
        return line

    return use


@pytest.fixture
def line(used: Callable[[Line], Line]) -> Line:
    return used(Line())


@pytest.fixture
def held(used: Callable[[Line], Line]) -> Line:
    """One whose answers take their time."""
    return used(Line(held=True))


def test_a_complete_request_is_answered_and_the_connection_kept(line: Line) -> None:
    assert line.waiting == [HEAD_SECONDS]
    line.feed(WHOLE)
    assert line.requests[0].body == b"tel=1"
    assert line.transport.written.endswith(b"\r\n\r\nok")
    assert line.waiting == [75.0]
    line.ring()
    assert line.transport.gone


def test_a_silent_connection_is_closed_without_a_response(line: Line) -> None:
    line.ring()
    assert (line.transport.written, line.transport.gone) == (b"", True)


def test_a_slow_head_gets_a_408(line: Line) -> None:
    for at in range(20):
        line.now += 0.1
        line.feed(POST[at : at + 1])
    assert line.waiting == [pytest.approx(HEAD_SECONDS - 2.0)]
    line.ring()
    assert line.transport.written.startswith(b"HTTP/1.1 408 ")
    assert line.transport.ended
    assert not line.transport.gone
    assert line.waiting == [LINGER_SECONDS]
    line.feed(b"more of it")
    line.ring()
    assert line.transport.gone


def test_a_slow_head_on_a_kept_connection_gets_a_408(line: Line) -> None:
    line.feed(WHOLE)
    line.feed(POST[:5])
    assert line.waiting == [HEAD_SECONDS]
    line.ring()
    assert line.statuses == [b"200", b"408"]


def test_empty_lines_do_not_keep_a_connection_open(line: Line) -> None:
    line.feed(WHOLE)
    line.feed(b"\r\n")
    assert line.waiting == [HEAD_SECONDS]
    line.ring()
    assert line.transport.gone


def test_a_body_that_times_out_is_refused_by_its_endpoint(line: Line) -> None:
    line.feed(POST + b"Content-Length: 50\r\n\r\nte", b"l=")
    assert line.waiting == [BODY_SECONDS]
    line.ring()
    problem = line.requests[0].problem
    assert problem is not None
    assert problem.code == "request_timeout"
    assert line.requests[0].body == b"tel="
    assert line.statuses == [b"408"]
    assert b"connection: close" in line.transport.written


def test_a_broken_chunk_is_refused_by_its_endpoint(line: Line) -> None:
    line.feed(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    problem = line.requests[0].problem
    assert problem is not None
    assert problem.code == "bad_request"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"X-A: " + b"a" * MAX_HEAD + b"\r\n\r\n", b"431"),
        (b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n", b"431"),
        (b"X-A: " + b"a" * 30_000, b"431"),
        (b"no colon\r\n\r\n", b"400"),
    ],
)
def test_a_head_past_its_limits_is_refused_before_the_endpoint(
    line: Line, head: bytes, status: bytes
) -> None:
    line.feed(POST[:10], POST[10:] + head)
    assert line.transport.written.startswith(b"HTTP/1.1 " + status)
    assert line.transport.written.count(b"HTTP/1.1") == 1
    assert (line.transport.ended, line.requests) == (True, [])


def test_header_names_with_an_underscore_are_dropped(line: Line) -> None:
    line.feed(POST + b"X_Api_Key: a\r\nX-Api-Key: b\r\n\r\n")
    assert line.requests[0].fields == {b"host": b"x", b"x-api-key": b"b"}


def test_trailers_are_ignored(line: Line) -> None:
    head = POST + b"X-Api-Key: b\r\nTransfer-Encoding: chunked\r\n\r\n"
    line.feed(head + b"5\r\ntel=1\r\n0\r\nX-Api-Key: c\r\nX-New: d\r\n\r\n")
    assert line.requests[0].body == b"tel=1"
    assert line.requests[0].fields[b"x-api-key"] == b"b"
    assert b"x-new" not in line.requests[0].fields


def test_an_upgrade_request_is_ignored(line: Line) -> None:
    line.feed(
        POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\n",
        b"tel=1",
        WHOLE,
    )
    assert [received.body for received in line.requests] == [b"tel=1", b"tel=1"]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_head_is_passed_on_byte_for_byte(line: Line, size: int) -> None:
    raw = b"POST /a HTTP/1.1\r\nhOsT:  x \r\nX_Api_Key: k\r\nContent-Length: 1\r\n\r\nb"
    for _ in range(2):
        line.feed(*(raw[at : at + size] for at in range(0, len(raw), size)))
    assert len(line.requests) == 2
    for received in line.requests:
        assert received.raw.startswith(raw[:-1])
        assert b"x_api_key" not in received.fields


def test_a_pipelined_request_has_its_own_head(line: Line) -> None:
    second = WHOLE.replace(b"/form", b"/next")
    line.feed(WHOLE + second)
    assert line.requests[0].raw.startswith(WHOLE)
    assert line.requests[1].raw == b""
    assert line.requests[1].head().startswith(b"POST /next HTTP/1.1\r\nHost: x\r\n")


def test_an_upgrade_request_keeps_its_raw_head(line: Line) -> None:
    raw = WHOLE.replace(b"Host: x", b"Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c")
    line.feed(raw)
    assert line.requests[0].raw.startswith(raw)


# ------------------------------------------------------------- order, and the end


def test_answers_are_sent_in_the_order_of_their_requests(held: Line) -> None:
    first, second = GET.replace(b"/ ", b"/1 "), GET.replace(b"/ ", b"/2 ")
    held.feed(first + second, second)
    assert [received.target for received in held.requests] == [b"/1"]
    assert held.transport.paused
    held.answer()
    assert [received.target for received in held.requests] == [b"/1", b"/2"]
    held.answer()
    held.answer()
    assert held.statuses == [b"200"] * 3
    assert not held.transport.paused
    assert held.waiting == [75.0]


def test_thousands_of_pipelined_requests_do_not_recurse(held: Line) -> None:
    held.feed(GET * 3000)
    held.held = False
    held.answer()
    assert len(held.statuses) == 3000


def test_an_earlier_answer_is_sent_before_garbage_ends_the_connection(
    held: Line,
) -> None:
    held.feed(WHOLE + b"GARBAGE\r\n\r\n")
    assert not held.transport.gone
    held.answer()
    assert held.statuses == [b"200"]
    assert b"connection: close" in held.transport.written
    assert held.transport.gone


def test_garbage_behind_a_request_ends_the_connection(line: Line) -> None:
    line.feed(WHOLE + b"GARBAGE\r\n\r\n")
    assert (line.statuses, line.transport.ended) == ([b"200"], True)


def test_garbage_on_a_kept_connection_is_refused(line: Line) -> None:
    line.feed(WHOLE)
    line.feed(b"GARBAGE\r\n\r\n")
    assert (line.statuses, line.transport.ended) == ([b"200", b"400"], True)


def test_queued_requests_are_answered_before_garbage_closes(held: Line) -> None:
    held.feed(GET + GET + b"GARBAGE\r\n\r\n")
    held.answer()
    held.answer()
    assert held.statuses == [b"200", b"200"]
    assert held.transport.written.count(b"connection: close") == 1
    assert held.transport.gone


def test_requests_after_a_closing_request_are_not_read(held: Line) -> None:
    closing = GET.replace(b"Host", b"Connection: close\r\nHost")
    held.feed(closing + GET + b"GARBAGE\r\n\r\n", GET)
    held.answer()
    assert (held.statuses, len(held.requests)) == ([b"200"], 1)
    assert held.transport.gone


def test_at_eof_a_complete_request_is_answered_a_partial_refused(held: Line) -> None:
    assert held.protocol.eof_received() is False
    held.feed(WHOLE)
    assert held.protocol.eof_received() is True
    held.answer()
    assert held.transport.written.endswith(b"ok")
    assert held.transport.gone
    other = Line()
    other.feed(POST)
    assert other.protocol.eof_received() is True
    assert other.transport.written.startswith(b"HTTP/1.1 400 ")
    assert other.protocol.eof_received() is False


def test_a_lost_connection_cancels_its_timer(line: Line) -> None:
    line.feed(POST)
    line.protocol.connection_lost(None)
    assert (line.waiting, line.connections.open) == ([], set())


def test_a_lost_connection_is_not_written_to(held: Line) -> None:
    held.feed(GET + GET)
    held.transport.close()
    held.protocol.connection_lost(None)
    held.answer()
    assert (held.transport.written, len(held.requests)) == (b"", 1)


RAW = "POST /a?name=Nguyễn&n=1 HTTP/1.1\r\nContent-Length: 6\r\n\r\ntel=é".encode()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_non_ascii_bytes_in_the_request_line_are_read_in_any_split(
    line: Line, size: int
) -> None:
    for request in range(2):
        line.feed(*(RAW[at : at + size] for at in range(0, len(RAW), size)))
        received = line.requests[request]
        assert (received.path, received.method) == ("/a", "POST")
        assert received.query == b"name=Nguy%E1%BB%85n&n=1"
        assert received.body == "tel=é".encode()
    assert line.statuses == [b"200", b"200"]


def test_an_endless_request_line_is_refused(line: Line) -> None:
    line.feed(b"GET /a?name=\xe9", b"\xe9" * MAX_LINE)
    assert line.transport.written.startswith(b"HTTP/1.1 414 ")


@pytest.mark.parametrize("bytes_", [b"\xe9\xe9", b"GET\xe9 /a HTTP/1.1\r\n\r\n"])
def test_an_invalid_request_line_is_refused_at_once(line: Line, bytes_: bytes) -> None:
    line.feed(bytes_)
    assert line.transport.written.startswith(b"HTTP/1.1 400 ")


def test_a_pending_answer_is_sent_despite_garbage_and_eof(
    held: Line,
) -> None:
    held.feed(WHOLE + b"1")  # a wrong Content-Length, say
    assert held.protocol.eof_received()
    held.answer()
    assert held.transport.written.endswith(b"\r\n\r\nok")
    assert held.transport.gone


@pytest.mark.parametrize("pieces", [(b"GARBAGE\r\n\r\n",), (POST, b"no colon\r\n\r\n")])
def test_a_refused_head_is_recorded(line: Line, pieces: tuple[bytes, ...]) -> None:
    kept: list[tuple[int, str, bytes]] = []
    line.recorder.refused = lambda answer, peer, raw: kept.append(
        (answer.status, peer, raw)
    )
    line.feed(*pieces)
    assert kept == [(400, "127.0.0.1", b"".join(pieces))]


# ------------------------------------------------------------------------- bodies


def post(*headers: bytes) -> bytes:
    return POST + b"".join(header + b"\r\n" for header in headers) + b"\r\n"


def test_a_body_past_its_limit_is_drained_before_the_413(line: Line) -> None:
    line.feed(post(b"Content-Length: 2000"), b"x" * 1999)
    assert line.statuses == []
    line.feed(b"x")
    assert line.statuses == [b"413"]
    assert line.transport.gone


@pytest.mark.parametrize(
    "headers",
    [
        (b"Content-Length: 2000", b"Expect: 100-continue"),
        (b"Content-Length: 9000000000",),
    ],
)
def test_a_huge_body_or_one_that_expects_100_is_refused_at_once(
    line: Line, headers: tuple[bytes, ...]
) -> None:
    line.feed(post(*headers))
    assert line.statuses == [b"413"]
    assert line.transport.ended  # its sender may still be sending
    line.feed(b"x" * 100)
    line.ring()
    assert line.transport.gone


def test_chunks_past_the_limit_get_a_413(line: Line) -> None:
    line.feed(post(b"Transfer-Encoding: chunked"))
    line.feed(*[b"1f4\r\n" + b"x" * 500 + b"\r\n"] * 3)
    assert line.statuses == []
    line.feed(b"0\r\n\r\n")
    assert line.statuses == [b"413"]


def test_expect_100_continue_is_answered(line: Line) -> None:
    line.feed(post(b"Content-Length: 5", b"Expect: 100-Continue"))
    assert line.transport.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.feed(b"tel=1")
    assert (line.requests[0].body, line.statuses) == (b"tel=1", [b"100", b"200"])


def test_100_continue_waits_for_the_earlier_answers(held: Line) -> None:
    held.feed(GET + post(b"Content-Length: 5", b"Expect: 100-continue"))
    assert held.statuses == []
    held.answer()
    assert held.statuses == [b"200", b"100"]
    held.feed(b"tel=1")
    held.answer()
    assert held.statuses == [b"200", b"100", b"200"]


def test_an_unknown_expectation_is_ignored(line: Line) -> None:
    line.feed(post(b"Content-Length: 5", b"Expect: wonders"), b"tel=1")
    assert line.statuses == [b"200"]


def test_a_wrong_method_is_refused_and_the_connection_kept(
    line: Line,
) -> None:
    line.feed(POST.replace(b"POST", b"PUT") + b"Content-Length: 5\r\n\r\n")
    assert line.statuses == [b"405"]
    line.feed(b"tel=1" + GET)
    assert line.statuses == [b"405", b"200"]
    assert not line.transport.gone


def test_eof_in_a_drained_body_ends_the_connection(line: Line) -> None:
    line.feed(POST.replace(b"POST", b"PUT") + b"Content-Length: 5\r\n\r\n")
    assert line.protocol.eof_received()
    assert (line.statuses, line.transport.gone) == ([b"405"], True)


# -------------------------------------------------------------------------- pages


def test_other_paths_are_served_as_pages(line: Line) -> None:
    line.feed(WHOLE.replace(b"/form", b"/page"))
    assert (line.pages[0].body, line.requests) == (b"tel=1", [])
    assert line.transport.written == (
        b"HTTP/1.1 200 OK\r\nx-page: 1\r\ncontent-length: 4\r\n\r\npage"
    )


def test_a_page_with_a_large_body_is_answered_and_closed(line: Line) -> None:
    head = POST.replace(b"/form", b"/page") + b"Expect: 100-continue\r\n"
    line.feed(head + b"Content-Length: %d\r\n\r\n" % (PAGE_BODY + 1))
    assert (line.pages[0].body, line.pages[0].closes) == (b"", True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"zz\r\n", b"400"),
        (b"%x\r\n%s\r\n0\r\n\r\n" % (PAGE_BODY + 1, b"x" * (PAGE_BODY + 1)), b"413"),
    ],
)
def test_a_page_does_not_get_a_partial_body(
    line: Line, body: bytes, status: bytes
) -> None:
    head = POST.replace(b"/form", b"/page") + b"Transfer-Encoding: chunked\r\n\r\n"
    line.feed(head + body)
    assert (line.statuses, line.pages) == ([status], [])


# ------------------------------------------------------------ the end of a worker


@pytest.mark.parametrize("before", [0, 1])
def test_a_request_that_arrives_during_shutdown_is_answered(
    line: Line, before: int
) -> None:
    line.feed(*[GET] * before)
    line.connections.shutdown()
    assert not line.transport.gone
    line.feed(GET)
    assert line.transport.written.count(b"200 OK") == before + 1
    assert line.transport.written.endswith(b"connection: close\r\n\r\nok")
    assert line.transport.gone


def test_an_idle_connection_is_closed_shortly_after_shutdown(line: Line) -> None:
    line.connections.shutdown()
    assert (line.timers[-1].seconds, line.transport.gone) == (LAST_SECONDS, False)
    line.timers[-1].call()
    assert line.transport.gone


def test_a_pending_answer_at_shutdown_closes_its_connection(held: Line) -> None:
    held.feed(GET)
    held.connections.shutdown()
    held.answer()
    assert held.transport.written.endswith(b"connection: close\r\n\r\nok")


def test_the_protocol_reports_the_limit_of_answers(line: Line) -> None:
    for _ in range(5):
        assert line.last == (len(line.requests) >= 3)
        line.feed(GET)


def test_a_refused_tls_connection_is_closed_at_once(line: Line) -> None:
    line.transport.secure = True
    line.feed(b"nonsense\r\n\r\n")
    assert b" 400 " in line.transport.written
    assert (line.transport.ended, line.transport.gone) == (False, True)


@pytest.mark.parametrize(
    ("request_head", "connection"),
    [(GET, b""), (GET.replace(b"/1.1", b"/1.0"), b"connection: close\r\n")],
)
def test_an_answer_is_written_in_one_chunk(
    line: Line, request_head: bytes, connection: bytes
) -> None:
    line.connections.sweep()
    line.feed(request_head)
    assert len(line.transport.chunks) == 1
    head, _, body = line.transport.written.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert lines[1].startswith(b"date: ")
    rest = b"content-type: application/json\r\ncontent-length: 2\r\n" + connection
    assert b"".join(header_line + b"\r\n" for header_line in lines[2:]) == rest
    assert body == b"ok"
    assert line.transport.gone is bool(connection)


def test_a_head_request_is_answered_without_a_body(line: Line) -> None:
    line.feed(GET.replace(b"GET", b"HEAD"))
    assert line.transport.written.endswith(b"content-length: 2\r\n\r\n")


def test_a_client_that_does_not_read_is_paused(line: Line) -> None:
    line.protocol.pause_writing()
    assert line.transport.paused
    line.protocol.resume_writing()
    assert not line.transport.paused


def test_a_lost_connection_cancels_its_pending_answer(held: Line) -> None:
    held.feed(WHOLE)
    assert held.given_up == 0
    held.protocol.connection_lost(None)
    assert held.given_up == 1
    held.answer()  # which comes all the same
    held.protocol.connection_lost(None)
    assert held.given_up == 1
    assert held.transport.written == b""


def test_a_connection_lost_after_the_answer_cancels_nothing(held: Line) -> None:
    held.feed(WHOLE, WHOLE)
    held.answer()
    held.answer()
    held.protocol.connection_lost(None)
    assert held.given_up == 0


def test_a_lost_connection_cancels_only_the_current_request(held: Line) -> None:
    held.feed(WHOLE, WHOLE)
    held.answer()
    held.protocol.connection_lost(None)
    assert held.given_up == 1


def test_an_answer_is_sent_before_eof_of_the_same_iteration() -> None:
    line = Line()
    line.protocol.data_received(WHOLE)
    assert line.protocol.eof_received() is False  # the loop closes the transport
    assert line.transport.written.endswith(b"\r\n\r\nok")


@pytest.mark.parametrize(
    ("last", "statuses"),
    [(b"Connection: close", [b"200", b"200"]), (b"X-Odd: \0", [b"200", b"400"])],
)
def test_answers_of_one_iteration_keep_their_order_at_a_close(
    last: bytes, statuses: list[bytes]
) -> None:
    line = Line()
    line.feed(GET, GET.replace(b"\r\n\r\n", b"\r\n" + last + b"\r\n\r\n"))
    assert line.statuses == statuses
    assert line.transport.gone or line.transport.ended


def test_an_abort_sends_the_finished_answers() -> None:
    line = Line()
    line.protocol.data_received(WHOLE)
    line.connections.abort()
    assert line.transport.written.endswith(b"\r\n\r\nok")
    assert line.transport.gone
