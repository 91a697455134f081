"""The way of an answer is as short as docs/architecture.md says, and stays so."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import ivrhooks
from ivrhooks.basics.log import log_lines
from ivrhooks.basics.log.telemetry import DATA_REQUESTS
from ivrhooks.config.loader import load
from ivrhooks.http.dispatcher import open_dispatcher
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.service import Service
from support.memory_connection import MemoryConnection

PACKAGE = Path(ivrhooks.__file__).parent
MAX_FILES = 12
ROUNDS = 10

MAX_CALLS = {"mock": 58, "lookup": 155, "cached": 49}
"""Calls of our own functions for one answer and its log line, with some slack."""

ROOT = """\
version: 1
caller: generic
deadline: 900ms
sources:
  now: {{kind: http, base_url: "{url}"}}
  kept: {{kind: http, base_url: "{url}", cache: {{fresh: 60s, stale: 10m}}}}
"""
MOCK = """\
endpoint: mock
path: /mock
format: form
inputs:
  level: {type: int, required: true}
  city: {type: string, required: true}
mode: mock
outputs:
  queue: {type: string, default: normal}
  greeting: {type: string, default: ""}
mock:
  - {when: {level: 3}, outputs: {queue: vip, greeting: hello}}
  - {outputs: {queue: normal}}
"""
LOOKUP = """\
endpoint: %s
path: /%s
format: query
inputs: {tel: {type: string, pattern: '^[0-9]{5,15}$', required: true}}
lookups:
  c: {source: %s, request: {path: /customer, query: {tel: "{{ inputs.tel }}"}}}
outputs:
  isVip: {type: int, value: "{{ c.isVip }}", default: 0}
  vipLevel: {type: string, value: "{{ c.vipLevel }}", default: ""}
  userLabel: {type: string, value: "{{ c.userLabel }}", default: ""}
  isblack: {type: int, value: "{{ c.isblack }}", default: 0}
"""
CUSTOMER = b'{"isVip":1,"vipLevel":"3","userLabel":"gold","isblack":0}'
FORM = b"level=3&city=Paris"
REQUESTS = {
    "mock": b"POST /mock HTTP/1.1\r\nHost: x\r\nContent-Length: 18\r\n\r\n" + FORM,
    "lookup": b"GET /lookup?tel=13800000001 HTTP/1.1\r\nHost: x\r\n\r\n",
    "cached": b"GET /cached?tel=13800000001 HTTP/1.1\r\nHost: x\r\n\r\n",
}


class Upstream(asyncio.Protocol):
    """Answers each request with one customer."""

    requests = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        Upstream.requests += 1
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        length = b"Content-Length: %d\r\n\r\n" % len(CUSTOMER)
        self.transport.write(head + length + CUSTOMER)


class Steps:
    """The calls of our own functions, in order: file and function."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def __call__(self, frame: Any, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            file = str(Path(code.co_filename).relative_to(PACKAGE))
            self.calls.append((file, code.co_qualname))

    @contextmanager
    def counted(self) -> Iterator[None]:
        sys.setprofile(self)
        yield
        sys.setprofile(None)


class Stage:
    """A whole worker in this loop, but for its socket, and a customer system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps = Steps()

    async def __aenter__(self) -> Stage:
        loop = asyncio.get_running_loop()
        self.upstream = await loop.create_server(Upstream, "127.0.0.1", 0)
        port = self.upstream.sockets[0].getsockname()[1]
        (self.folder / "endpoints").mkdir()
        root = ROOT.format(url=f"http://127.0.0.1:{port}")
        (self.folder / "ivrhooks.yaml").write_text(root)
        (self.folder / "endpoints" / "mock.yaml").write_text(MOCK)
        for name, source in (("lookup", "now"), ("cached", "kept")):
            text = LOOKUP % (name, name, source)
            (self.folder / "endpoints" / f"{name}.yaml").write_text(text)
        configuration = load(self.folder, environ={})
        self.recorder = recorder = RequestRecorder(
            "asgi", configuration, str, folder=lambda: self.folder
        )
        self.dispatcher = await open_dispatcher(configuration, recorder)
        self.service = Service(None, recorder)  # type: ignore[arg-type]
        self.service._swap(self.dispatcher)
        self.wire = MemoryConnection(self.service)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dispatcher.engine.close()
        self.recorder.close()
        self.upstream.close()
        await self.upstream.wait_closed()

    async def ask(self, kind: str) -> bytes:
        """The answer to one request, over the wire."""
        transport = self.wire.transport
        transport.chunks.clear()
        transport.wrote.clear()
        self.wire.protocol.data_received(REQUESTS[kind])
        while not transport.chunks:
            await asyncio.sleep(0)
        return transport.written


@pytest.fixture
def log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[log_lines.NonBlockingHandler]:
    """The log of a worker: JSON lines into a file."""
    caplog.set_level(logging.INFO, DATA_REQUESTS)
    with (tmp_path / "log").open("w") as file:
        handler = log_lines.NonBlockingHandler(file)
        monkeypatch.setattr(
            "ivrhooks.basics.log.telemetry._only_handler", lambda: handler
        )
        yield handler


@pytest.fixture
def way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: log_lines.NonBlockingHandler
) -> Any:
    """Runs a story on a stage."""
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))

    def run(story: Any) -> None:
        async def on_stage() -> None:
            async with Stage(tmp_path) as stage:
                for kind in (*REQUESTS, *REQUESTS):  # keeps what the cached one made
                    await stage.ask(kind)
                await story(stage)

        asyncio.run(on_stage())

    return run


def hops(page: Path) -> list[tuple[str, str]]:
    """The rows of the page's table: file and function."""
    rows = re.findall(
        r"^\| +\d+ \| `([\w/]+\.py)` \| `([\w.]+)` \|", page.read_text(), re.MULTILINE
    )
    return [(file, function) for file, function in rows]


def test_a_lookup_goes_the_way_that_the_page_tells(way: Any, checkout: Path) -> None:
    hops_of_page = hops(checkout / "docs" / "architecture.md")
    assert len(hops_of_page) > MAX_FILES
    assert len({file for file, _ in hops_of_page}) <= MAX_FILES

    async def story(stage: Stage) -> None:
        with stage.steps.counted():
            answer = await stage.ask("lookup")
        assert answer.endswith(CUSTOMER)
        left = iter(stage.steps.calls)
        for hop in hops_of_page:
            assert any(call == hop for call in left), f"{hop} is not on the way"

    way(story)


@pytest.mark.parametrize("kind", MAX_CALLS)
def test_an_answer_takes_no_more_calls_than_it_did(way: Any, kind: str) -> None:
    async def story(stage: Stage) -> None:
        requests_before = Upstream.requests
        with stage.steps.counted():
            for _ in range(ROUNDS):
                assert (await stage.ask(kind)).startswith(b"HTTP/1.1 200 OK")
        calls = len(stage.steps.calls) / ROUNDS
        counts = Counter(stage.steps.calls).most_common(400)
        assert calls <= MAX_CALLS[kind], counts
        assert Upstream.requests - requests_before == (
            ROUNDS if kind == "lookup" else 0
        )

    way(story)


@pytest.mark.parametrize("kind", REQUESTS)
def test_an_answer_makes_no_task(way: Any, kind: str) -> None:
    async def story(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        made: list[Any] = []

        def factory(loop: Any, work: Any, **how: Any) -> Any:
            made.append(work)
            return asyncio.Task(work, loop=loop, **how)

        loop.set_task_factory(factory)
        await stage.ask(kind)
        loop.set_task_factory(None)
        assert made == []

    way(story)


def test_a_write_of_the_log_is_for_all_that_is_answered_in_a_turn(
    way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[bytes] = []
    write = log_lines.os.write
    monkeypatch.setattr(
        log_lines.os, "write", lambda to, data: writes.append(data) or write(to, data)
    )

    async def story(stage: Stage) -> None:
        await asyncio.sleep(0)
        writes.clear()
        for _ in range(ROUNDS):
            stage.wire.protocol.data_received(REQUESTS["mock"])
        await asyncio.sleep(0)
        lines = [line for line in b"".join(writes).split(b"\n") if line]
        assert len(lines) == ROUNDS
        assert len(writes) == 1

    way(story)
