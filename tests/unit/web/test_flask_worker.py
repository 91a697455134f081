"""A worker process of ``gunicorn wsgi:app`` (its life is tested in tests/server)."""

from __future__ import annotations

import asyncio
import logging
import os
import runpy
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from ivrhooks.web.app import app_of
from ivrhooks.web.flask_door import FlaskDoor
from ivrhooks.web.flask_worker import LAST_SECONDS, FlaskProtocol, FlaskWorker

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Line(asyncio.Transport):
    """A connection to a protocol, whose timers never run by themselves."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written, self.gone = b"", False
        self.timers: list[tuple[float, Any]] = []
        config = Config(app=self._app, ws="none", lifespan="off", log_config=None)
        config.load()
        config.loaded_app = self._app
        self.protocol = FlaskProtocol(
            config=config, server_state=ServerState(), app_state={}
        )
        loop = asyncio.get_running_loop()
        self.protocol.loop = SimpleNamespace(  # type: ignore[assignment]
            call_later=self._note, create_task=loop.create_task
        )
        self.protocol.connection_made(self)

    def _note(self, seconds: float, call: Any) -> SimpleNamespace:
        self.timers.append((seconds, call))
        return SimpleNamespace(cancel=lambda: None)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async def ask(self) -> None:
        self.protocol.data_received(GET)
        for _ in range(5):
            await asyncio.sleep(0)

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.gone = True

    def is_closing(self) -> bool:
        return self.gone


@pytest.mark.parametrize("before", [0, 1])
def test_a_request_on_its_way_to_a_worker_that_ends_is_answered(before: int) -> None:
    async def story() -> None:
        line = Line()
        for _ in range(before):
            await line.ask()
        line.protocol.shutdown()
        assert not line.gone
        await line.ask()
        assert line.written.count(b"200 OK") == before + 1
        assert line.written.endswith(b"connection: close\r\n\r\nok")
        assert line.gone

    asyncio.run(story())


def test_who_asks_for_nothing_is_waited_for_a_moment() -> None:
    async def story() -> None:
        line = Line()
        line.protocol.shutdown()
        seconds, hang_up = line.timers[-1]
        assert (seconds, line.gone) == (LAST_SECONDS, False)
        hang_up()
        assert line.gone

    asyncio.run(story())


def test_an_answer_under_way_is_the_last_of_its_connection() -> None:
    async def story() -> None:
        line = Line()
        line.protocol.data_received(GET)
        line.protocol.shutdown()
        await line.ask()
        assert line.written.endswith(b"connection: close\r\n\r\nok")

    asyncio.run(story())


@pytest.mark.parametrize("age", [1, 2])
def test_one_worker_of_all_tells_where_the_console_is(
    make_keeper, monkeypatch, capsys, age: int
) -> None:
    monkeypatch.setenv("IVRHOOKS_CONSOLE_TOKEN", "t" * 20)
    listener = SimpleNamespace(getsockname=lambda: ("127.0.0.1", 8000))
    worker: Any = SimpleNamespace(
        wsgi=app_of(make_keeper()), ppid=7, age=age, sockets=[listener]
    )
    door = FlaskWorker.door(worker)
    assert isinstance(door, FlaskDoor)
    assert door.books.server.endswith("-7")
    told = capsys.readouterr().out
    assert ("Console: http://127.0.0.1:8000/_console/" in told) is (age == 1)


@pytest.mark.parametrize(("told", "workers"), [(None, 2), ("", 2), ("5", 5)])
def test_the_platform_may_say_how_many_workers(
    monkeypatch, told: str | None, workers: int
) -> None:
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    if told is not None:
        monkeypatch.setenv("WEB_CONCURRENCY", told)
    settings = runpy.run_path(str(Path(__file__).parents[3] / "gunicorn.conf.py"))
    assert settings["workers"] == workers
    assert settings["worker_class"] == f"{FlaskWorker.__module__}.FlaskWorker"


@pytest.mark.parametrize(("ppid", "ends"), [(os.getppid(), False), (1, True)])
def test_a_worker_ends_with_its_master(monkeypatch, ppid: int, ends: bool) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(number))
    worker: Any = SimpleNamespace(
        ppid=ppid, log=logging.getLogger("gunicorn.error"), _mind_parent=None
    )

    async def story() -> None:
        FlaskWorker._mind_parent(worker)

    asyncio.run(story())
    assert killed == [signal.SIGTERM] * ends
