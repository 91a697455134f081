"""The Flask app in an event loop (what it answers: ``test_service``, both servers)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest
from flask import request
from memory_wire import Wire

from ivrhooks.server.flask_app import app_of
from ivrhooks.server.wsgi import WsgiApp, spawn, wait

WHO: ContextVar[str] = ContextVar("WHO")


def test_views_of_endpoints_run_in_the_loop_and_pages_do_not(make_config_store) -> None:
    app = app_of(make_config_store())
    threads: dict[str, int] = {}

    @app.before_request
    def note() -> None:
        threads[request.path] = threading.get_ident()

    app.before_request_funcs[None].reverse()  # before the view of the endpoints

    async def go() -> None:
        service = WsgiApp(app)
        await service.open()
        for target, status in (("/api/desk", 200), ("/healthz", 405), ("/nix", 404)):
            head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
            written = await Wire(service).ask(head.encode() + b"tel=1")
            assert written.startswith(b"HTTP/1.1 %d " % status)
        await service.close()

    asyncio.run(go())
    here = threading.get_ident()
    assert threads["/api/desk"] == here
    assert here not in (threads["/healthz"], threads["/nix"])
    assert "ivrhooks-engine" not in [one.name for one in threading.enumerate()]


def test_a_request_may_be_answered_before_the_engine_is_asked(
    make_config_store,
) -> None:
    app = app_of(make_config_store())
    app.before_request_funcs[None].insert(0, lambda: ("mine", 418))

    async def go() -> bytes:
        service = WsgiApp(app)
        await service.open()
        head = b"POST /api/desk HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        written = await Wire(service).ask(head)
        await service.close()
        return written

    assert asyncio.run(go()).startswith(b"HTTP/1.1 418 ")


# --------------------------------------------------------------- waiting in a loop


def test_what_waits_for_nothing_is_done_at_once() -> None:
    results: list[int] = []
    spawn(lambda: 1 + wait(lambda wake: wake(7)), results.append)
    assert results == [8]


def test_many_wait_in_one_thread_each_with_a_context_of_its_own() -> None:
    wakers: list[Callable[[str], None]] = []
    seen: list[tuple[str, str, int]] = []
    results: list[str] = []

    def code(name: str) -> str:
        WHO.set(name)
        found: str = wait(wakers.append)
        seen.append((WHO.get(), found, threading.get_ident()))
        return name + wait(wakers.append)

    for name in "abc":
        spawn(lambda name=name: code(name), results.append)
    assert (seen, results) == ([], [])
    for wake in wakers[:3]:
        wake("1")
    here = threading.get_ident()
    assert seen == [(name, "1", here) for name in "abc"]
    for wake in reversed(wakers[3:]):
        wake("2")
    assert results == ["c2", "b2", "a2"]
    assert WHO.get("nobody") == "nobody"


def test_one_that_wakes_another_goes_on_afterwards() -> None:
    """As where one lookup answers two data requests."""
    wakers: list[Callable[[str], None]] = []
    results: list[str] = []

    def second() -> str:
        wakers[0]("from the second")
        return "second"

    spawn(lambda: wait(wakers.append), results.append)
    spawn(second, results.append)
    assert results == ["from the second", "second"]


def test_without_a_loop_there_is_nothing_to_wait_in() -> None:
    with pytest.raises(RuntimeError, match="no loop to wait in"):
        wait(lambda wake: wake(1))
