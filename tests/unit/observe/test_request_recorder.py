"""Counts always, a journal and a token only while the console is on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.config.plan import ConsoleSettings
from ivrhooks.http.dispatcher import Reception
from ivrhooks.http.response import refuse_bare
from ivrhooks.http.test_runs.signature import HEADER, sign
from ivrhooks.http.test_runs.test_run import Trial
from ivrhooks.http.test_runs.trace_headers import unpack
from ivrhooks.observe.request_recorder import Books

NOW = 1_800_000_000.0
ON = ConsoleSettings(enabled=True)


@pytest.fixture
def open_books(make_configuration) -> Iterator[Callable[..., Any]]:
    """Books over a configuration, and the reception that they follow."""
    opened: list[Books] = []

    def make(console: ConsoleSettings = ON, problem: str = "", **environ: str) -> Any:
        configuration = replace(make_configuration(), console=console)
        books = Books(
            "express", configuration, lambda: problem, environ=environ, now=lambda: NOW
        )
        opened.append(books)
        reception = Reception(configuration, Engine(configuration, {}), books=books)
        books.follow(reception)
        return books, reception

    yield make
    for books in opened:
        books.close()


def ask(reception: Reception, message: Any) -> Any:
    async def go() -> Any:
        desk = reception.find("/api/desk")
        assert desk is not None
        trial = reception.trial(desk, message)
        until = reception.deadline(desk.plan, trial)
        return await reception.answer(desk, message, until, trial)

    return asyncio.run(go())


def rows(books: Books) -> list[dict[str, Any]]:
    assert books.recorder is not None and books.journal is not None
    assert books.recorder.flush()
    return books.journal.recent()


def test_switched_off_it_counts_and_keeps_nothing(
    open_books, make_message, data_folder
) -> None:
    books, reception = open_books(ConsoleSettings())
    ask(reception, make_message())
    assert (books.token, books.journal, books.recorder) == ("", None, None)
    assert books.snapshot()["answers"] == {"desk": {"200": 1}}
    assert sorted(path.name for path in data_folder.iterdir()) == ["workers"]


def test_switched_on_every_data_request_is_kept(open_books, make_message) -> None:
    books, reception = open_books()
    ask(reception, make_message())
    ask(reception, make_message(b""))
    desk = reception.find("/api/desk")
    reception.refuse(desk, desk.gate.too_large(), make_message())
    books.refused(refuse_bare("bad_request", "no HTTP", "r"), "10.0.0.1", b"GARBAGE")
    books.missed(refuse_bare("not_found", "nothing here", "r"), b"GET /x HTTP/1.1")
    kept = [(row["status"], row["code"]) for row in reversed(rows(books))]
    assert kept == [
        (200, ""),
        (400, "invalid_input"),
        (413, "too_large"),
        (400, "bad_request"),
        (404, "not_found"),
    ]
    told = books.snapshot()
    assert told["refused"] == {"bad_request": 1, "not_found": 1}
    assert told["dropped"] == 0


def test_the_token_is_made_once_for_all_workers(open_books, data_folder) -> None:
    first, second = open_books()[0], open_books()[0]
    assert (
        first.token
        == second.token
        == ((data_folder / "console_token").read_text().strip())
    )
    assert len(first.token) > 30


def test_the_environment_gives_the_token_and_switches_on(open_books) -> None:
    books, _ = open_books(ConsoleSettings(), IVRHOOKS_CONSOLE_TOKEN=" given ")
    assert (books.token, books.switched_on) == ("given", True)
    assert books.recorder is not None


def test_a_reload_switches_on_and_off_and_keeps_the_journal_open(
    open_books, make_message
) -> None:
    books, reception = open_books(ConsoleSettings())
    configuration = replace(reception.configuration, console=ON)

    def follow(console: ConsoleSettings) -> None:
        changed = replace(configuration, console=console)
        books.follow(Reception(changed, Engine(changed, {}), books=books))

    follow(ON)
    recorder, token = books.recorder, books.token
    assert recorder is not None and token
    follow(ConsoleSettings(enabled=True, journal=60.0))
    assert books.recorder is recorder
    assert recorder.keep == 60.0
    follow(ConsoleSettings())
    assert (books.recorder, books.journal, books.token) == (None, None, "")


def test_a_folder_that_fails_costs_the_console_and_no_call(
    open_books, make_message, monkeypatch, tmp_path, caplog
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "file" / "x"))
    books, reception = open_books()
    assert ask(reception, make_message()).status == 200
    assert (books.token, books.recorder) == ("", None)
    assert "its folder fails" in caplog.text
    assert len(books.workers()) == 1


def test_a_signed_test_run_carries_its_trace_and_counts_apart(
    open_books, make_message
) -> None:
    books, reception = open_books()
    signed = sign(Trial("mock", "", 1.5), books.token, endpoint="desk", now=NOW)
    message = make_message(headers={HEADER.lower(): signed})
    desk = reception.find("/api/desk")
    trial = reception.trial(desk, message)
    assert reception.deadline(desk.plan, trial).remaining() == pytest.approx(1.5, 0.1)
    answer = ask(reception, message)
    headers = {name.lower(): value for name, value in answer.headers}
    told = unpack(headers)
    assert told["result"]["outputs"][0]["origin"] == "mock"
    assert set(told) == {"result", "detail"}
    assert [row["test"] for row in rows(books)] == [True]
    assert (books.snapshot()["tests"], books.snapshot()["answers"]) == (1, {})


@pytest.mark.parametrize("endpoint", ["desk", "other"])
def test_a_test_run_with_another_token_is_none(
    open_books, make_message, endpoint
) -> None:
    books, reception = open_books()
    token = "not it" if endpoint == "desk" else books.token
    signed = sign(Trial("mock"), token, endpoint=endpoint, now=NOW)
    answer = ask(reception, make_message(headers={HEADER.lower(): signed}))
    assert [name for name, _ in answer.headers] == ["X-Request-Id"]
    assert books.snapshot()["tests"] == 0


def test_a_snapshot_says_what_is_answered_from(open_books) -> None:
    books, _ = open_books(problem="desk.yaml:3:9: no\nmore.yaml:1:1: no\n")
    told = books.snapshot()
    assert told["pid"] == os.getpid()
    assert told["config"]["fingerprint"] == "abc123"
    assert told["problems"] == ["desk.yaml:3:9: no", "more.yaml:1:1: no"]
    assert books.workers()[0]["pid"] == os.getpid()


def test_a_request_given_up_is_counted_and_kept(open_books, make_message) -> None:
    books, reception = open_books()
    reception.give_up(reception.find("/api/desk"), make_message())
    assert rows(books)[0]["degraded"] == "answer=overload"
    assert rows(books)[0]["peer"] == "127.0.0.1"


def test_after_a_fork_it_begins_anew(open_books, make_message, monkeypatch) -> None:
    books, reception = open_books()
    before = books.recorder
    monkeypatch.setattr(os, "getpid", lambda: -7)
    books.open()
    assert books.recorder is not before
    ask(reception, make_message())
    assert len(rows(books)) == 1
    before.close()
