"""The engine's loop beside the threads of a WSGI process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ivrhooks.http.dispatcher import Reception
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.server import engine_runner as engine_thread
from ivrhooks.server.engine_runner import EngineThread


@pytest.fixture
def engine(make_keeper, make_books) -> Iterator[EngineThread]:
    keeper = make_keeper()
    thread = EngineThread(keeper, make_books(keeper))
    yield thread
    thread.close()


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_the_loop_starts_with_its_first_use(engine: EngineThread) -> None:
    assert "ivrhooks-engine" not in threads()
    first = engine.reception()
    assert "ivrhooks-engine" in threads()
    assert engine.reception() is first


def test_many_first_uses_start_one_loop(engine: EngineThread) -> None:
    found: list[Reception] = []
    users = [
        threading.Thread(target=lambda: found.append(engine.reception()))
        for _ in range(8)
    ]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert len(set(map(id, found))) == 1
    assert threads().count("ivrhooks-engine") == 1


def test_a_fork_has_a_loop_of_its_own(engine: EngineThread, monkeypatch) -> None:
    first = engine.reception()
    engine._loop.call_soon_threadsafe(engine._stop.set)  # type: ignore[union-attr]
    engine._thread.join()  # type: ignore[union-attr]
    monkeypatch.setattr(engine_thread.os, "getpid", lambda: -1)
    assert engine.reception() is not first


def test_a_message_is_answered(engine: EngineThread, make_message) -> None:
    reception = engine.reception()
    desk = reception.find("/api/desk")
    assert desk is not None
    until = reception.deadline(desk.plan)
    answer = engine.answer(reception, desk, make_message(), until)
    assert answer.body == '{"isVip":1,"city":"Hà Nội"}'.encode()


def test_a_loop_that_does_not_come_back_costs_the_values_only(
    engine: EngineThread, make_message, monkeypatch, caplog
) -> None:
    reception = engine.reception()
    desk = reception.find("/api/desk")
    assert desk is not None
    held = threading.Event()
    engine._loop.call_soon_threadsafe(held.wait)  # type: ignore[union-attr]
    monkeypatch.setattr(engine_thread, "MARGIN", 0.001)
    past = Deadline(0.0, lambda: 1.0)
    answer = engine.answer(reception, desk, make_message(), past)
    held.set()
    assert (answer.status, answer.body) == (200, b'{"isVip":0,"city":""}')
    assert "no answer in time" in caplog.text


def test_a_loop_that_cannot_start_says_why(
    make_keeper, make_books, monkeypatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("no engine today")

    monkeypatch.setattr(engine_thread, "open_reception", broken)
    keeper = make_keeper()
    engine = EngineThread(keeper, make_books(keeper))
    with pytest.raises(OSError, match="no engine today"):
        engine.reception()


def test_closing_what_never_ran_is_nothing(make_keeper, make_books) -> None:
    keeper = make_keeper()
    EngineThread(keeper, make_books(keeper)).close()
