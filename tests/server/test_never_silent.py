"""Every declared output, of its type, by the deadline, whatever the sources do."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvloop

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine, open_engine
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration
from ivrhooks.resilience.deadline import Deadline

pytestmark = pytest.mark.long

SOURCE = Path(__file__).with_name("faulty_source.py")
DEADLINE = 0.4  # seconds
IN_TIME = 4.0  # a busy machine may be late; the slowest faults last for a minute
MAX_MEMORY = 400 * 1024  # KB that a worker may ever have taken
ROUNDS = 2
LOOKUPS = 10_000
AT_ONCE = 100
ANSWERS = 20
TURNS = 10  # of the loop, in which sockets close
QUICK = (
    "closes",
    "resets",
    "hangs",
    "drip",
    "reset-in-body",
    "short-length",
    "hangs-in-body",
    "garbage-chunks",
    "no-http",
    "busy",
    "error",
    "cut-json",
    "continue-drip",
)

ROOT_FILE = "version: 1\ncaller: generic\ndeadline: 400ms\nsources:\n"
ONE_SOURCE = """\
  {name}: {{kind: http, base_url: "{url}", breaker: {{failures: 1000, reset: 1s}}}}
"""
ENDPOINT = """\
endpoint: {name}
path: /{name}
format: query
inputs: {{tel: {{type: string}}}}
lookups:
  it:
    source: {source}
    request: {{path: /{fault}, query: {{tel: "{{{{ inputs.tel }}}}"}}}}
outputs:
  isVip:    {{type: int, value: "{{{{ it.isVip }}}}", default: 0}}
  vipLevel: {{type: string, value: "{{{{ it.vipLevel }}}}", default: none}}
  tel:      {{type: string, value: "{{{{ inputs.tel }}}}", default: ""}}
"""
KNOWN = {"isVip": 1, "vipLevel": "3"}
DEFAULTS = {"isVip": 0, "vipLevel": "none"}
OVERLOAD = "answer=overload"  # where the machine has too much else to do
WAYS_TO_FAIL = {"it=timeout", "it=error", "it=busy"}


@dataclass(frozen=True)
class Faulty:
    """The faulty source: where it is, and what may come of each fault. ``well`` is
    one like it, of which nobody asks a fault."""

    url: str
    well: str
    faults: dict[str, str]

    @property
    def files(self) -> dict[str, str]:
        """A configuration with a source and an endpoint for each fault."""
        files = {"ivrhooks.yaml": ROOT_FILE}
        sources = {name: (name, self.url) for name in self.faults}
        for name, (fault, url) in {**sources, "healthy": ("well", self.well)}.items():
            source = f"s-{name}"
            files["ivrhooks.yaml"] += ONE_SOURCE.format(name=source, url=url)
            files[f"endpoints/{name}.yaml"] = ENDPOINT.format(
                name=name, source=source, fault=fault
            )
        return files


@contextmanager
def running_source(niceness: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Its address and faults. What floods must leave the processor to others."""
    process = subprocess.Popen(
        ["nice", "-n", str(niceness), sys.executable, str(SOURCE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    greeting = json.loads(process.stdout.readline())
    yield f"http://127.0.0.1:{greeting['port']}", greeting["faults"]
    process.stdin.close()
    process.wait()
    process.stdout.close()


@pytest.fixture(scope="module")
def faulty() -> Iterator[Faulty]:
    with running_source(10) as (url, faults), running_source(0) as (well, _):
        yield Faulty(url, well, faults)


Answer = tuple[Any, float, int]


def ask(server: Any, name: str, number: int) -> Answer:
    began = time.monotonic()
    reply = server.get(f"/{name}?tel=84{number}")
    return reply, time.monotonic() - began, number


def ask_on(server: Any, number: int, over: threading.Event) -> list[Answer]:
    """What an endpoint answers whose source is well, one after the other."""
    answers = []
    while not over.is_set():
        answers.append(ask(server, "healthy", number + len(answers)))
    return answers


def check(answer: Answer, name: str, outcome: str) -> None:
    """All outputs, of their types, in time; the values where there are any."""
    reply, seconds, number = answer
    degraded = reply.header("X-Ivrhooks-Degraded")
    ways = WAYS_TO_FAIL if outcome == "lost" else {None, "it=timeout"}
    assert degraded in {*ways, OVERLOAD}, name
    values = KNOWN if outcome == "good" and degraded is None else DEFAULTS
    tel = "" if degraded == OVERLOAD else f"84{number}"
    assert reply.status == 200, name
    assert reply.json == {**values, "tel": tel}, name
    assert list(reply.json) == ["isVip", "vipLevel", "tel"], name
    assert [type(value) for value in reply.json.values()] == [int, str, str], name
    assert seconds < DEADLINE + IN_TIME, name


def most_memory(server: Any) -> int:
    """The most KB that any process of the server has ever taken."""
    main = server.process.pid
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    peaks = [
        int(line.split()[1])
        for pid in (str(main), *children)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    ]
    assert len(peaks) > 1
    return max(peaks)


@pytest.mark.parametrize("workers", [1, 4])
def test_every_output_whatever_the_sources_do_and_the_healthy_do_not_notice(
    serving: Any, server_kind: str, workers: int, faulty: Faulty
) -> None:
    over = threading.Event()
    faults = [name for name in faulty.faults for _ in range(ROUNDS)]

    with (
        serving(server_kind, faulty.files, "--workers", str(workers)) as server,
        ThreadPoolExecutor(32) as callers,
    ):
        healthy = [callers.submit(ask_on, server, n, over) for n in (10**6, 10**7)]
        answers = [
            callers.submit(ask, server, name, number)
            for number, name in enumerate(faults)
        ]
        wait(answers)
        over.set()
        for name, answer in zip(faults, answers, strict=True):
            check(answer.result(), name, faulty.faults[name])
        assert most_memory(server) < MAX_MEMORY
        well = [answer for future in healthy for answer in future.result()]
    assert len(well) > 10
    for answer in well:
        check(answer, "healthy", "good")
    lost = sum(answer[0].header("X-Ivrhooks-Degraded") is not None for answer in well)
    assert lost <= len(well) / 5  # of a machine that is too busy, if any


def held() -> dict[str, int]:
    """What this process holds now."""
    return {
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def over(at_first: dict[str, int], now: dict[str, int]) -> bool:
    """Whether nothing is left; the loop keeps a few descriptors for itself."""
    few = {"threads": 0, "tasks": 0, "descriptors": 3}
    return all(now[what] <= count + few[what] for what, count in at_first.items())


async def look(engine: Engine, count: int) -> dict[str, int]:
    """What is held after so many faulty lookups, when none is under way any more."""
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(number: int) -> None:
        async with places:
            await look_up(engine, QUICK[number % len(QUICK)], number)

    await asyncio.gather(*map(ask, range(count)))
    await rest(engine)
    return held()


async def look_up(engine: Engine, name: str, number: int) -> None:
    query = {"tel": f"84{number}"}
    request = DataRequest("GET", f"/{name}", f"r-{number}", query=query)
    deadline = Deadline.after(0.03, asyncio.get_running_loop().time)
    plan = engine.configuration.plans[f"/{name}"]
    answer = await engine.answer(plan, request, deadline)
    assert (answer.status, answer.trace is None) == (200, False)


async def rest(engine: Engine) -> None:
    """Waits until no source is asked any more, and what was open is closed."""
    sources: Any = engine.sources.values()
    while any(source.state.asking for source in sources):
        await asyncio.sleep(0.005)
    for _ in range(TURNS):
        await asyncio.sleep(0)


def written(faulty: Faulty, folder: Path) -> Configuration:
    (folder / "endpoints").mkdir()
    for name, text in faulty.files.items():
        (folder / name).write_text(text)
    return load(folder, environ={})


@pytest.mark.no_cover  # whose eyes take most of the time; others look at these lines
def test_ten_thousand_faulty_lookups_leave_nothing_behind(
    faulty: Faulty, tmp_path: Path
) -> None:
    configuration = written(faulty, tmp_path)

    async def story() -> None:
        engine = await open_engine(configuration)
        await look(engine, AT_ONCE)
        await engine.close()
        at_first = held()
        engine = await open_engine(configuration)
        before = await look(engine, 3 * AT_ONCE)
        after = await look(engine, LOOKUPS)
        assert after["threads"] <= before["threads"]
        assert after["tasks"] <= before["tasks"]
        # Connections of those that answer are kept for the next who asks.
        assert after["descriptors"] <= before["descriptors"] + AT_ONCE
        await engine.close()
        async with asyncio.timeout(60):  # sockets close in the loop's next turn
            while not over(at_first, held()):
                await asyncio.sleep(0.005)

    uvloop.run(story())


@pytest.mark.no_cover  # which holds on to what it has seen
def test_an_answer_leaves_no_work_for_the_garbage_collector(
    faulty: Faulty, tmp_path: Path
) -> None:
    """Nobody is answered while it searches: 5 ms for what 150 answers left."""
    configuration = written(faulty, tmp_path)
    collected = {}

    async def story() -> None:
        engine = await open_engine(configuration)
        for name in ("healthy", *QUICK):
            await look_up(engine, name, 0)
            await rest(engine)
            gc.collect()
            for number in range(ANSWERS):
                await look_up(engine, name, number)
            await rest(engine)
            collected[name] = gc.collect()
        await engine.close()

    gc.disable()
    try:
        uvloop.run(story())
    finally:
        gc.enable()
    assert collected.pop("healthy") == 0
    assert {name: count for name, count in collected.items() if count >= ANSWERS} == {}
