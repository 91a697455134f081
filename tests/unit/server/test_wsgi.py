"""The Flask app in an event loop (what it answers: ``test_service``, both servers)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest
from flask import request

from ivrhooks.server.flask_app import app_of
from ivrhooks.server.wsgi import MAX_IDLE, Greenlets, WsgiApp, wait
from support.memory_connection import MemoryConnection

WHO: ContextVar[str] = ContextVar("WHO")


def test_views_of_endpoints_run_in_the_loop_and_pages_do_not(make_config_store) -> None:
    app = app_of(make_config_store())
    threads: dict[str, int] = {}

    @app.before_request
    def note() -> None:
        threads[request.path] = threading.get_ident()

    async def go() -> None:
        service = WsgiApp(app)
        await service.open()
        for target, status in (("/api/desk", 200), ("/healthz", 405), ("/nix", 404)):
            head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
            written = await MemoryConnection(service).ask(head.encode() + b"tel=1")
            assert written.startswith(b"HTTP/1.1 %d " % status)
        await service.close()

    asyncio.run(go())
    here = threading.get_ident()
    assert threads["/api/desk"] == here
    assert here not in (threads["/healthz"], threads["/nix"])
    assert "ivrhooks-engine" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("whole", [True, False])
def test_a_wsgi_middleware_is_applied(make_config_store, whole: bool) -> None:
    app = app_of(make_config_store())
    inner = app.wsgi_app

    def middleware(environ, start_response):
        def start(status, headers, problem=None):
            return start_response(status, [*headers, ("X-Mine", "1")], problem)

        return inner(environ, start)

    if not whole:
        app.wsgi_app = middleware  # type: ignore[method-assign]

    async def go() -> bytes:
        service = WsgiApp(app)
        await service.open()
        head = b"POST /api/desk HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
        written = await MemoryConnection(service).ask(head + b"tel=1")
        await service.close()
        return written

    written = asyncio.run(go())
    assert written.startswith(b"HTTP/1.1 200 ")
    assert (b"x-mine: 1" in written) is not whole
    assert written.endswith('{"isVip":1,"city":"Hà Nội"}'.encode())


# --------------------------------------------------------------- waiting in a loop


def test_what_waits_for_nothing_is_done_at_once() -> None:
    results: list[int] = []
    Greenlets().spawn(lambda: 1 + wait(lambda wake: wake(7)), results.append)
    assert results == [8]


def test_many_wait_in_one_thread_each_with_a_context_of_its_own() -> None:
    wakers: list[Callable[[str], None]] = []
    seen: list[tuple[str, str, int]] = []
    results: list[str] = []

    def code(name: str) -> str:
        WHO.set(name)
        result: str = wait(wakers.append)
        seen.append((WHO.get(), result, threading.get_ident()))
        return name + wait(wakers.append)

    greenlets = Greenlets()
    for name in "abc":
        greenlets.spawn(lambda name=name: code(name), results.append)
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

    greenlets = Greenlets()
    greenlets.spawn(lambda: wait(wakers.append), results.append)
    greenlets.spawn(second, results.append)
    assert results == ["from the second", "second"]


def test_a_context_is_not_handed_on_to_the_next_call() -> None:
    greenlets = Greenlets()
    results: list[str] = []
    greenlets.spawn(lambda: WHO.set("first"), lambda _: None)
    greenlets.spawn(lambda: WHO.get("nobody"), results.append)
    assert results == ["nobody"]


def test_so_many_idle_ones_are_kept() -> None:
    greenlets = Greenlets()
    wakers: list[Callable[[int], None]] = []
    for _ in range(MAX_IDLE + 3):
        greenlets.spawn(lambda: wait(wakers.append), lambda _: None)
    for wake in wakers:
        wake(1)
    assert len(greenlets._idle) == MAX_IDLE


def test_without_a_loop_there_is_nothing_to_wait_in() -> None:
    with pytest.raises(RuntimeError, match="no loop to wait in"):
        wait(lambda wake: wake(1))
