"""Counts always, a journal and a token only while the console is on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.config.plan import ConsoleSettings, JournalSettings
from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.http.response import refuse_bare
from ivrhooks.http.test_runs.signature import HEADER, sign
from ivrhooks.http.test_runs.test_run import TestRun
from ivrhooks.http.test_runs.trace_headers import unpack
from ivrhooks.languages.catalogue import because
from ivrhooks.observe.request_recorder import RequestRecorder

NOW = 1_800_000_000.0
ON = ConsoleSettings(enabled=True)


@pytest.fixture
def open_recorder(make_configuration) -> Iterator[Callable[..., Any]]:
    """A recorder over a configuration, and the dispatcher that it follows."""
    opened: list[RequestRecorder] = []

    def make(
        console: ConsoleSettings = ON,
        problem: str = "",
        journal: JournalSettings | None = None,
        **environ: str,
    ) -> Any:
        configuration = replace(
            make_configuration(), console=console, journal=journal or JournalSettings()
        )
        recorder = RequestRecorder(
            "asgi", configuration, lambda: problem, environ=environ, now=lambda: NOW
        )
        opened.append(recorder)
        dispatcher = Dispatcher(
            configuration, Engine(configuration, {}), recorder=recorder
        )
        recorder.follow(dispatcher)
        return recorder, dispatcher

    yield make
    for recorder in opened:
        recorder.close()


def ask(dispatcher: Dispatcher, request: Any) -> Any:
    async def go() -> Any:
        route = dispatcher.match("/api/desk")
        assert route is not None
        return await dispatcher.answer(route, request)

    return asyncio.run(go())


def rows(recorder: RequestRecorder) -> list[dict[str, Any]]:
    assert recorder.writer is not None and recorder.journal is not None
    assert recorder.writer.flush()
    return recorder.journal.recent()


def test_switched_off_it_counts_and_keeps_nothing(
    open_recorder, make_request, data_folder
) -> None:
    recorder, dispatcher = open_recorder(ConsoleSettings())
    ask(dispatcher, make_request())
    assert (recorder.token, recorder.journal, recorder.writer) == ("", None, None)
    assert recorder.snapshot()["answers"] == {"desk": {"200": 1}}
    assert sorted(path.name for path in data_folder.iterdir()) == ["workers"]


def test_switched_on_every_data_request_is_kept(open_recorder, make_request) -> None:
    recorder, dispatcher = open_recorder()
    ask(dispatcher, make_request())
    ask(dispatcher, make_request(b""))
    route = dispatcher.match("/api/desk")
    refused = make_request()
    refused.problem = route.policy.too_large()
    ask(dispatcher, refused)
    recorder.refused(
        refuse_bare("bad_request", because("as_said", text="no HTTP"), "r"),
        "10.0.0.1",
        b"GARBAGE",
    )
    recorder.not_found(
        refuse_bare("not_found", because("as_said", text="nothing here"), "r"),
        b"GET /x HTTP/1.1",
    )
    kept = [(row["status"], row["code"]) for row in reversed(rows(recorder))]
    assert kept == [
        (200, ""),
        (400, "invalid_input"),
        (413, "too_large"),
        (400, "bad_request"),
        (404, "not_found"),
    ]
    snapshot = recorder.snapshot()
    assert snapshot["refused"] == {"bad_request": 1, "not_found": 1}
    assert snapshot["dropped"] == 0


def test_the_journal_is_kept_without_a_console_where_it_is_switched_on(
    open_recorder, make_request, data_folder
) -> None:
    recorder, dispatcher = open_recorder(
        ConsoleSettings(), journal=JournalSettings(enabled=True)
    )
    ask(dispatcher, make_request())
    assert [row["endpoint"] for row in rows(recorder)] == ["desk"]
    assert recorder.token == ""
    assert not (data_folder / "console_token").exists()
    assert (data_folder / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_too_short_costs_the_journal_and_no_call(
    open_recorder, make_request, caplog
) -> None:
    recorder, dispatcher = open_recorder(IVRHOOKS_KEY="hunter2")
    assert ask(dispatcher, make_request()).status == 200
    assert recorder.writer is None
    assert "fewer than 32" in caplog.text
    assert "hunter2" not in caplog.text


def test_the_token_is_made_once_for_all_workers(open_recorder, data_folder) -> None:
    first, second = open_recorder()[0], open_recorder()[0]
    assert (
        first.token
        == second.token
        == ((data_folder / "console_token").read_text().strip())
    )
    assert len(first.token) > 30


def test_the_environment_gives_the_token_and_switches_on(open_recorder) -> None:
    recorder, _ = open_recorder(ConsoleSettings(), IVRHOOKS_CONSOLE_TOKEN=" given ")
    assert (recorder.token, recorder.switched_on) == ("given", True)
    assert recorder.writer is not None


def test_a_reload_switches_on_and_off_and_keeps_the_journal_open(
    open_recorder, make_request
) -> None:
    recorder, dispatcher = open_recorder(ConsoleSettings())
    configuration = replace(dispatcher.configuration, console=ON)

    def follow(console: ConsoleSettings, **journal: Any) -> None:
        changed = replace(
            configuration, console=console, journal=JournalSettings(**journal)
        )
        recorder.follow(Dispatcher(changed, Engine(changed, {}), recorder=recorder))

    follow(ON)
    writer, token = recorder.writer, recorder.token
    assert recorder is not None and token
    follow(ON, keep=60.0, max_entries=7)
    assert recorder.writer is writer
    assert (writer.keep, writer.max_entries) == (60.0, 7)
    follow(ConsoleSettings())
    assert (recorder.writer, recorder.journal, recorder.token) == (None, None, "")


def test_a_folder_that_fails_costs_the_console_and_no_call(
    open_recorder, make_request, monkeypatch, tmp_path, caplog
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "file" / "x"))
    recorder, dispatcher = open_recorder()
    assert ask(dispatcher, make_request()).status == 200
    assert (recorder.token, recorder.writer) == ("", None)
    assert "the data folder cannot be used" in caplog.text
    assert len(recorder.workers()) == 1


def test_a_signed_test_run_carries_its_trace_and_counts_apart(
    open_recorder, make_request
) -> None:
    recorder, dispatcher = open_recorder()
    signed = sign(TestRun("mock", "", 1.5), recorder.token, endpoint="desk", now=NOW)
    request = make_request(headers={HEADER.lower(): signed})
    route = dispatcher.match("/api/desk")
    test_run = dispatcher.test_run(route, request)
    assert dispatcher.deadline(route.plan, test_run).remaining() == pytest.approx(
        1.5, 0.1
    )
    answer = ask(dispatcher, request)
    headers = {name.lower(): value for name, value in answer.headers}
    trace = unpack(headers)
    assert trace["result"]["outputs"][0]["origin"] == "mock"
    assert set(trace) == {"result", "detail"}
    assert [row["test"] for row in rows(recorder)] == [True]
    assert (recorder.snapshot()["tests"], recorder.snapshot()["answers"]) == (1, {})


@pytest.mark.parametrize("endpoint", ["desk", "other"])
def test_a_test_run_with_another_token_is_none(
    open_recorder, make_request, endpoint
) -> None:
    recorder, dispatcher = open_recorder()
    token = "not it" if endpoint == "desk" else recorder.token
    signed = sign(TestRun("mock"), token, endpoint=endpoint, now=NOW)
    answer = ask(dispatcher, make_request(headers={HEADER.lower(): signed}))
    assert [name for name, _ in answer.headers] == ["X-Request-Id"]
    assert recorder.snapshot()["tests"] == 0


def test_a_snapshot_names_the_configuration_in_use(open_recorder) -> None:
    recorder, _ = open_recorder(problem="desk.yaml:3:9: no\nmore.yaml:1:1: no\n")
    snapshot = recorder.snapshot()
    assert snapshot["pid"] == os.getpid()
    assert snapshot["config"]["fingerprint"] == "abc123"
    assert snapshot["problems"] == ["desk.yaml:3:9: no", "more.yaml:1:1: no"]
    assert recorder.workers()[0]["pid"] == os.getpid()


def test_a_snapshot_has_the_keys_that_status_and_metrics_read(open_recorder) -> None:
    recorder, dispatcher = open_recorder()
    dispatcher.in_flight = 2
    values = recorder.snapshot()
    assert values.keys() == {
        *("pid", "config", "problems", "in_flight", "dropped", "forgotten"),
        *("breakers", "shares", "tests", "refused", "answers", "degraded", "failing"),
        *("defaulted", "failed", "defaults", "seconds", "lookups", "cached"),
        *("lookup_seconds", "recent", "recent_lookups", "failures"),
    }
    assert (values["pid"], values["in_flight"]) == (os.getpid(), 2)
    assert (values["breakers"], values["shares"]) == ({}, None)


def test_a_request_given_up_is_counted_and_kept(open_recorder, make_request) -> None:
    recorder, dispatcher = open_recorder()
    dispatcher.give_up(dispatcher.match("/api/desk"), make_request())
    assert rows(recorder)[0]["degraded"] == "answer=overload"
    assert rows(recorder)[0]["peer"] == "127.0.0.1"


def test_after_a_fork_it_begins_anew(open_recorder, make_request, monkeypatch) -> None:
    recorder, dispatcher = open_recorder()
    before, teller = recorder.writer, recorder._workers
    monkeypatch.setattr(os, "getpid", lambda: -7)
    recorder.open()
    assert recorder.writer is not before and recorder._workers is not teller
    ask(dispatcher, make_request())
    assert len(rows(recorder)) == 1
    before.close()  # the threads that a fork would not have taken along
    teller.close()


def test_a_forgotten_caller_is_removed_beside_the_caches_too(
    make_config_store, make_plan, make_recorder
) -> None:
    recorder, people = make_recorder(make_config_store(make_plan())), []
    recorder.on_forget = lambda: people.append("header lines")
    assert recorder._forget(None) == 0
    assert people == ["header lines"]
