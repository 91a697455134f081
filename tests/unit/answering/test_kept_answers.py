"""Cached answers equal the answers that the full run gives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.answering.kept_answers import KeptAnswers
from ivrhooks.config.loader import load
from ivrhooks.http.dispatcher import open_dispatcher
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.service import Service
from ivrhooks.sources.asking.reply_cache import forget_kept
from ivrhooks.store.people import Person
from support.memory_connection import MemoryConnection
from support.stub_system import Answer, ReceivedRequest, StubSystem, stub_system

ROOT = """\
version: 1
caller: generic
region: CN
sources:
  crm: {{kind: http, base_url: "{url}", cache: {{fresh: 60s, stale: 10m}}}}
"""
ENDPOINT = """\
endpoint: {name}
path: /{name}
format: {format}
inputs:
  tel: {{type: string, format: phone, required: true}}
  call: {{type: string}}
  step: {{type: int, default: 1}}
{more}lookups:
  c:
    source: crm
    request: {{path: /customer, query: {{tel: "{asked}"}}}}
    when: "{when}"
outputs:
  level: {{type: int, value: "{{{{ c.level }}}}", default: 0}}
  name: {{type: string, value: "{{{{ c.name }}}}", default: nobody}}
  said: {{type: string, value: "{said}", default: ""}}
"""
USUAL = {"more": "", "asked": "{{ inputs.tel }}", "when": "{{ inputs.tel != '' }}"}
SAID = "{{ inputs.tel.extension or '-' }}/{{ inputs.step }}"
ENDPOINTS = {
    "plain": {"format": "query", "said": SAID},
    "form": {"format": "form", "said": SAID},
    "json": {"format": "json", "said": SAID},
    "asked": {"format": "query", "said": SAID, "when": "{{ inputs.step == 1 }}"},
    "desk": {"format": "query", "said": "{{ inputs.tel }}", "asked": "desk"},
    "timed": {"format": "query", "said": "{{ now }}"},
    "own": {"format": "query", "said": "{{ request.id }}"},
    "shop": {
        "format": "query",
        "said": "{{ headers['X-Shop'] }}",
        "more": "headers: {X-Shop: {type: string}}\n",
    },
}


class Loop(asyncio.SelectorEventLoop):
    """A loop whose clock can be set forward."""

    forward = 0.0

    def time(self) -> float:
        return super().time() + self.forward


class Worker:
    """A whole worker, but for its socket."""

    def __init__(self, service: Service, loop: Loop, system: StubSystem) -> None:
        self.seen = system.seen
        self.service = service
        self.loop = loop
        self.source: Any = service.dispatcher.engine.sources["crm"]

    async def get(self, target: str, *lines: str) -> Any:
        head = "".join(f"{line}\r\n" for line in ("Host: x", *lines))
        return await self._answer(f"GET {target} HTTP/1.1\r\n{head}\r\n")

    async def post(self, path: str, label: str, body: str) -> Any:
        head = f"Host: x\r\nContent-Type: {label}\r\nContent-Length: {len(body)}"
        return await self._answer(f"POST {path} HTTP/1.1\r\n{head}\r\n\r\n{body}")

    async def _answer(self, request: str) -> Any:
        work = MemoryConnection(self.service).ask(request.encode())
        return json.loads((await asyncio.wait_for(work, 10)).split(b"\r\n\r\n")[1])


Story = Callable[[Worker], Awaitable[None]]


@pytest.fixture
def tell(tmp_path: Path) -> Iterator[Callable[[Story], None]]:
    """Runs a story with a worker, which asks a customer system."""
    count_before = count(1)

    def customer(seen: ReceivedRequest) -> Answer:
        """A customer whose level is the number of the questions so far."""
        body = {"level": next(count_before), "name": f"caller {seen.query['tel']}"}
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    with stub_system(customer) as system:
        (tmp_path / "ivrhooks.yaml").write_text(ROOT.format(url=system.url))
        (tmp_path / "endpoints").mkdir()
        for name, own in ENDPOINTS.items():
            text = ENDPOINT.format(name=name, **{**USUAL, **own})
            (tmp_path / "endpoints" / f"{name}.yaml").write_text(text)

        async def run(story: Story) -> None:
            configuration = load(tmp_path, environ={})
            recorder = RequestRecorder(
                "asgi", configuration, str, folder=lambda: tmp_path
            )
            dispatcher = await open_dispatcher(configuration, recorder)
            service = Service(None, recorder)  # type: ignore[arg-type]
            service._swap(dispatcher)
            loop = asyncio.get_running_loop()
            assert isinstance(loop, Loop)
            try:
                await story(Worker(service, loop, system))
            finally:
                await dispatcher.close()
                recorder.close()

        def run_story(story: Story) -> None:
            with asyncio.Runner(loop_factory=Loop) as runner:
                runner.run(run(story))

        yield run_story


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each look for a kept answer, whether there was one."""
    looks: list[bool] = []
    find = KeptAnswers._find

    def look(kept: KeptAnswers, key: Any, now: float) -> Any:
        outputs = find(kept, key, now)
        looks.append(outputs is not None)
        return outputs

    monkeypatch.setattr(KeptAnswers, "_find", look)
    return looks


def test_the_second_answer_is_cached_for_the_third(
    tell: Any, quick: list[bool]
) -> None:
    async def story(worker: Worker) -> None:
        target = "/plain?tel=13800000001"
        answers = [await worker.get(target) for _ in range(4)]
        assert (
            answers == [{"level": 1, "name": "caller 13800000001", "said": "-/1"}] * 4
        )
        assert quick == [False, False, False, False, True, True]
        assert len(worker.seen) == 1
        counts = worker.service.recorder.counters.read()
        assert counts["cached"] == {"crm": 3}

    tell(story)


@pytest.mark.parametrize(
    ("path", "label", "body"),
    [
        ("/form", "application/x-www-form-urlencoded", "tel=13800000001&call=%s"),
        ("/json", "application/json", '{"tel": "13800000001", "call": "%s"}'),
    ],
)
def test_the_cache_key_has_the_parameters_that_templates_read(
    tell: Any, quick: list[bool], path: str, label: str, body: str
) -> None:
    async def story(worker: Worker) -> None:
        answers = [await worker.post(path, label, body % call) for call in range(4)]
        assert (
            answers == [{"level": 1, "name": "caller 13800000001", "said": "-/1"}] * 4
        )
        assert quick == [False, False, True, True]

    tell(story)


@pytest.mark.parametrize(
    ("target", "output"),
    [
        ("/plain?tel=13800000001&step=2", "-/2"),
        ("/plain?tel=13800000001%3Bext%3D12", "12/1"),
        ("/plain?tel=13800000001", "-/1"),
    ],
)
def test_different_requests_do_not_share_a_cached_answer(
    tell: Any, target: str, output: str
) -> None:
    async def story(worker: Worker) -> None:
        for _ in range(3):
            await worker.get("/plain?tel=13800000001")
        answers = [await worker.get(target) for _ in range(3)]
        assert [answer["said"] for answer in answers] == [output] * 3

    tell(story)


@pytest.mark.parametrize("path", ["/timed", "/own"])
def test_an_answer_that_varies_is_not_cached(
    tell: Any, quick: list[bool], path: str
) -> None:
    async def story(worker: Worker) -> None:
        values = [
            (await worker.get(f"{path}?tel=13800000001"))["said"] for _ in range(4)
        ]
        assert not quick
        assert len(set(values)) == 4
        assert len(worker.seen) == 1

    tell(story)


def test_a_header_read_by_a_template_is_part_of_the_cache_key(
    tell: Any, quick: list[bool]
) -> None:
    async def story(worker: Worker) -> None:
        values = []
        for shop in ("a", "a", "a", "b", "b", "b"):
            answer = await worker.get("/shop?tel=13800000001", f"X-Shop: {shop}")
            values.append(answer["said"])
        assert values == ["a", "a", "a", "b", "b", "b"]
        assert quick == [False, False, True, False, True, True]

    tell(story)


async def _forget(worker: Worker) -> None:
    assert await forget_kept([worker.source.cache], Person("13800000001", "CN")) == 1


async def _purge(worker: Worker) -> None:
    await worker.source.replies.purge()


async def _grow_old(worker: Worker) -> None:
    worker.loop.forward += 61.0


async def _die(worker: Worker) -> None:
    worker.loop.forward += 601.0


@pytest.mark.parametrize("happens", [_forget, _purge, _grow_old, _die])
def test_a_cached_answer_is_dropped_with_its_record(
    tell: Any, happens: Callable[[Worker], Awaitable[None]]
) -> None:
    async def story(worker: Worker) -> None:
        target = "/plain?tel=13800000001"
        assert [(await worker.get(target))["level"] for _ in range(3)] == [1, 1, 1]
        await happens(worker)
        await worker.get(target)  # asks anew, behind the answer where it is stale
        async with asyncio.timeout(10):
            while len(worker.seen) < 2 or worker.source.flights:
                await asyncio.sleep(0)  # the system answers in a thread of its own
        assert (await worker.get(target))["level"] == 2

    tell(story)


def test_forgetting_a_caller_drops_the_cached_answers(tell: Any) -> None:
    async def story(worker: Worker) -> None:
        cache = worker.source.cache
        for _ in range(3):
            await worker.get("/plain?tel=13800000001")
        assert len(cache._derived) == 2
        await _forget(worker)
        assert not cache._derived
        assert (len(cache), cache.bytes) == (0, 0)

    tell(story)


def test_a_cached_answer_does_not_skip_the_condition_of_a_lookup(tell: Any) -> None:
    async def story(worker: Worker) -> None:
        target = "/asked?tel=13800000001&step="
        for step, level in ((1, 1), (1, 1), (1, 1), (2, 0), (2, 0), (1, 1)):
            assert (await worker.get(f"{target}{step}"))["level"] == level
        assert len(worker.seen) == 1

    tell(story)


def test_forgetting_a_caller_drops_answers_that_name_the_caller(tell: Any) -> None:
    async def story(worker: Worker) -> None:
        cache = worker.source.cache
        for _ in range(3):
            await worker.get("/desk?tel=13800000001")
        assert "13800000001" in str(list(cache._derived))
        before = len(cache)
        assert await forget_kept([cache], Person("13800000001", "CN")) == 0
        assert (len(cache), cache._derived) == (before, {})
        assert (await worker.get("/desk?tel=13800000001"))["said"] == "13800000001"

    tell(story)
