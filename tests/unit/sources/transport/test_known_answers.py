"""An answer under a known head is read as the parser reads it."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.sources.transport import headers
from ivrhooks.sources.transport.headers import KnownAnswers
from ivrhooks.sources.transport.pool import ConnectionPool
from support.faulty_responses import ask, fails

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
RAW = [(b"Content-Type", b"application/json"), (b"Content-Length", b"2")]


def with_line(line: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """HEAD and RAW with one more header line."""
    name, _, value = line.partition(b": ")
    return HEAD[:-2] + line + b"\r\n\r\n", [*RAW, (name, value)]


def remembered(data: bytes, raw: list[tuple[bytes, bytes]], **other: int) -> int:
    known = KnownAnswers()
    known.remember(data, other.get("status", 200), raw, other.get("length", 2))
    return len(known)


def test_the_same_head_is_found_under_any_body_of_its_length() -> None:
    known = KnownAnswers()
    assert known.find(HEAD + b"{}") is None
    known.remember(HEAD + b"{}", 200, RAW, 2)
    answer = known.find(HEAD + b"[]")
    assert answer is not None
    assert (answer.status, answer.size, answer.length) == (200, len(HEAD), 2)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD,
        HEAD + b"{",
        HEAD + b"{}\n",
        HEAD[:-1],
        HEAD + b"{}" + HEAD + b"{}",
        HEAD.replace(b"200", b"201") + b"{}",
        HEAD.replace(b"json", b"JSON") + b"{}",
    ],
)
def test_other_bytes_are_for_the_parser(data: bytes) -> None:
    known = KnownAnswers()
    known.remember(HEAD + b"{}", 200, RAW, 2)
    assert known.find(data) is None


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (b"Date: Tue, 01 Dec 2026 08:00:00 GMT", 1),
        (b"SERVER: crm", 1),
        (b"Set-Cookie: tel=13800000001", 0),
        (b"X-Customer: 13800000001", 0),
        (b"Content-Encoding: gzip", 0),
        (b"Transfer-Encoding: identity", 0),
        (b"Server: " + b"x" * headers.LONGEST_HEAD, 0),
    ],
)
def test_lines_that_may_hold_a_persons_data_are_not_kept(
    line: bytes, count: int
) -> None:
    head, raw = with_line(line)
    assert remembered(head + b"{}", raw) == count


def test_only_complete_answers_with_plain_lines_are_cached() -> None:
    assert remembered(HEAD + b"{}", RAW) == 1
    assert remembered(HEAD + b"{}x", RAW) == 0
    assert remembered(HEAD + b"{", RAW) == 0
    assert remembered(HEAD + b"{}", RAW, status=204) == 0
    assert remembered(HEAD + b"{}", RAW[:1]) == 0
    assert remembered(HEAD.replace(b"\r\n\r\n", b"\n\r\n\r\n") + b"{}", RAW) == 0


def test_heads_are_bounded() -> None:
    known = KnownAnswers()
    for number in range(headers.MAX_HEADS + 1):
        head, raw = with_line(b"Age: %d" % number)
        known.remember(head + b"{}", 200, raw, 2)
    assert len(known) == 1


@pytest.mark.parametrize("body", [b'{"id": 1}', b"<html>", b""])
def test_further_answers_equal_the_first(in_loop: Any, serve: Any, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nServer: crm\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def answering(reader: Any, writer: Any) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head + body)

    async def story(pool: ConnectionPool) -> None:
        async with serve(answering) as server:
            answers = [await ask(pool, server.url) for _ in range(3)]
            assert server.connections == 1
            assert [len(origin.known) for origin in pool._origins.values()] == [1]
        for answer in answers:
            assert (answer.status, answer.body) == (200, body)
            assert answer.headers["server"] == "crm"

    in_loop(story)


def test_blanks_around_a_header_value_are_not_part_of_it(
    in_loop: Any, serve: Any, faults: Any
) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-A: \t a b \t\r\nContent-Length: 2 \r\n\r\n{}"

    async def story(pool: ConnectionPool) -> None:
        async with serve(faults.raw(answer)) as server:
            assert (await ask(pool, server.url)).headers["x-a"] == "a b"

    in_loop(story)


def test_a_known_answer_over_the_limit_is_refused(in_loop: Any, serve: Any) -> None:
    async def answering(reader: Any, writer: Any) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(HEAD + b"{}")

    async def story(pool: ConnectionPool) -> None:
        async with serve(answering) as server:
            assert (await ask(pool, server.url)).body == b"{}"
            assert (await fails(pool, server.url, limit=1)).code == "too_large"
            assert (await ask(pool, server.url)).body == b"{}"

    in_loop(story)


def test_the_answer_to_head_is_the_parsers(in_loop: Any, serve: Any) -> None:
    async def answering(reader: Any, writer: Any) -> None:
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            empty = HEAD.replace(b"Length: 2", b"Length: 0")
            writer.write(HEAD if request.startswith(b"HEAD") else empty)

    async def story(pool: ConnectionPool) -> None:
        async with serve(answering) as server:
            for method in ("HEAD", "GET", "HEAD", "GET"):
                answer = await ask(pool, server.url, method=method)
                assert (answer.status, answer.body) == (200, b"")
            assert [len(origin.known) for origin in pool._origins.values()] == [1]

    in_loop(story)
