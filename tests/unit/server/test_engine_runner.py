"""The engine's loop beside the threads of a WSGI process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.server import engine_runner as engine_thread
from ivrhooks.server import service
from ivrhooks.server.engine_runner import ThreadRunner


@pytest.fixture
def engine(make_config_store, make_recorder) -> Iterator[ThreadRunner]:
    config_store = make_config_store()
    thread = ThreadRunner(config_store, make_recorder(config_store))
    yield thread
    thread.close()


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_the_loop_starts_at_its_first_use(engine: ThreadRunner) -> None:
    assert "ivrhooks-engine" not in threads()
    first = engine.dispatcher()
    assert "ivrhooks-engine" in threads()
    assert engine.dispatcher() is first


def test_concurrent_first_uses_start_one_loop(engine: ThreadRunner) -> None:
    dispatchers: list[Dispatcher] = []
    users = [
        threading.Thread(target=lambda: dispatchers.append(engine.dispatcher()))
        for _ in range(8)
    ]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert len(set(map(id, dispatchers))) == 1
    assert threads().count("ivrhooks-engine") == 1


def test_a_forked_process_starts_its_own_loop(
    engine: ThreadRunner, monkeypatch
) -> None:
    first = engine.dispatcher()
    engine._loop.call_soon_threadsafe(engine._stop.set)  # type: ignore[union-attr]
    engine._thread.join()  # type: ignore[union-attr]
    monkeypatch.setattr(engine_thread.os, "getpid", lambda: -1)
    assert engine.dispatcher() is not first


def test_a_message_is_answered(engine: ThreadRunner, make_request) -> None:
    dispatcher = engine.dispatcher()
    route = dispatcher.match("/api/desk")
    assert route is not None
    answer = engine.answer(dispatcher, route, make_request())
    assert answer.body == '{"isVip":1,"city":"Hà Nội"}'.encode()


def test_a_blocked_loop_gives_the_defaults(
    engine: ThreadRunner, make_request, monkeypatch, caplog
) -> None:
    dispatcher = engine.dispatcher()
    route = dispatcher.match("/api/desk")
    assert route is not None
    held = threading.Event()
    engine._loop.call_soon_threadsafe(held.wait)  # type: ignore[union-attr]
    monkeypatch.setattr(engine_thread, "MARGIN", 0.001)
    past = Deadline(0.0, lambda: 1.0)
    monkeypatch.setattr(dispatcher, "deadline", lambda *_: past)
    answer = engine.answer(dispatcher, route, make_request())
    held.set()
    assert (answer.status, answer.body) == (200, b'{"isVip":0,"city":""}')
    assert "no answer in time" in caplog.text


def test_a_loop_that_cannot_start_raises_its_error(
    make_config_store, make_recorder, monkeypatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("no engine today")

    monkeypatch.setattr(service, "open_dispatcher", broken)
    config_store = make_config_store()
    engine = ThreadRunner(config_store, make_recorder(config_store))
    with pytest.raises(OSError, match="no engine today"):
        engine.dispatcher()


def test_closing_an_unused_runner_does_nothing(
    make_config_store, make_recorder
) -> None:
    config_store = make_config_store()
    ThreadRunner(config_store, make_recorder(config_store)).close()
