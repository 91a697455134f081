"""The recipes of the documentation, each against a system of its family."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

import orjson
import pytest

from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine, open_engine
from ivrhooks.config.loader import examine
from ivrhooks.config.plan import Configuration
from ivrhooks.resilience.deadline import Deadline
from support.stub_system import (
    Answer,
    Answering,
    ReceivedRequest,
    StubSystem,
    stub_system,
)

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ENVIRON = {
    "ERP_SECRET": "S&cret",
    "ERP_APP_KEY": "app-7",
    "ERP_USER": "ivr",
    "ERP_PASSWORD": "letmein",
    "ERP_KEY": "key-7",
}
JSON = {"Content-Type": "application/json"}

Ask = Callable[..., Awaitable[Any]]


def configuration(page: str, folder: Path, url: str) -> Configuration:
    text = (RECIPES / f"{page}.md").read_text("utf-8")
    (folder / "endpoints").mkdir()
    for number, block in enumerate(BLOCK.findall(text)):
        if block.startswith("sources:"):
            root = f"version: 1\nregion: CN\n{block}"
            (folder / "ivrhooks.yaml").write_text(root, "utf-8")
        else:
            (folder / "endpoints" / f"{number}.yaml").write_text(block, "utf-8")
    made, problems = examine(folder, environ={**ENVIRON, "ERP_URL": url})
    report = [problem for problem in problems if problem.severity != "note"]
    report = [problem for problem in report if "protect" not in problem.message]
    assert made is not None and not report, report
    return made


@contextmanager
def recipe(page: str, folder: Path, answering: Answering) -> Iterator[Any]:
    with stub_system(answering) as system:
        made = configuration(page, folder, system.url)

        def play(story: Callable[[Ask, StubSystem], Awaitable[None]]) -> None:
            async def run() -> None:
                engine = await open_engine(made)
                try:
                    await story(asker(engine, made), system)
                finally:
                    await engine.close()

            asyncio.run(run())

        yield play


def asker(engine: Engine, made: Configuration) -> Ask:
    async def ask(endpoint: str, **inputs: str) -> Mapping[str, Any]:
        plan = made.by_name(endpoint)
        assert plan is not None
        request = DataRequest(plan.method, plan.path, "r-1", body=inputs)
        deadline = Deadline.after(plan.deadline, asyncio.get_running_loop().time)
        answer = await engine.answer(plan, request, deadline)
        outputs: Mapping[str, Any] = orjson.loads(answer.body)
        return outputs

    return ask


@pytest.fixture(autouse=True)
def _data_folder(tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path_factory.mktemp("data")))


# ------------------------------------------------------------- a signed platform


def platform(seen: ReceivedRequest) -> Answer:
    """Recomputes the signature, and knows one member."""
    params = dict(seen.query)
    sign = params.pop("sign", "")
    fresh = abs(time.time() * 1000 - int(params["timestamp"])) < 60_000
    text = "&".join(f"{name}={params[name]}" for name in sorted(params)) + "S&cret"
    if sign != hashlib.md5(text.encode()).hexdigest() or not fresh:
        return 200, JSON, b'{"code": 4001, "msg": "bad sign"}'
    if params["mobile"] != "13800000001":
        return 200, JSON, b'{"code": 1004, "msg": "no such member"}'
    return 200, JSON, b'{"code": 0, "data": {"level": "gold"}}'


def test_a_signed_platform(tmp_path: Path) -> None:
    async def story(ask: Ask, system: StubSystem) -> None:
        known = {"level": "gold", "state": "ok"}
        assert await ask("member", tel="+86 138 0000 0001") == known
        assert await ask("member", tel="13800000001") == known  # out of the cache
        assert len(system.seen) == 1
        unknown = {"level": "", "state": "not_found"}
        assert await ask("member", tel="13900000000") == unknown
        assert len({request.query["nonce"] for request in system.seen}) == 2

    with recipe("signed-platform", tmp_path, platform) as play:
        play(story)


# -------------------------------------------------------------------------- SOAP


def soap(seen: ReceivedRequest) -> Answer:
    basic = base64.b64encode(b"ivr:letmein").decode()
    assert seen.headers["authorization"] == f"Basic {basic}"
    assert seen.headers["soapaction"] == "urn:crm/GetCustomer"
    assert seen.headers["content-type"] == "text/xml; charset=utf-8"
    body = seen.body.decode()
    match = re.search("<phone>(.*)</phone>", body)
    note = re.search("<note>(.*)</note>", body)
    assert match is not None and note is not None
    customer = "<c:customer/>"
    if match[1] == "+8613800000001":
        name = "Wang &amp; Söhne 喆" if unescape(note[1]) == "a<b&c" else "Wang"
        customer = f'<c:customer level="3"><c:name>{name}</c:name></c:customer>'
    text = (
        '<?xml version="1.0" encoding="gb2312"?>'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<c:GetCustomerResponse xmlns:c="urn:crm">{customer}'
        "</c:GetCustomerResponse></s:Body></s:Envelope>"
    )
    return 200, {"Content-Type": "text/xml; charset=gb2312"}, text.encode("gb18030")


def test_a_soap_service(tmp_path: Path) -> None:
    async def story(ask: Ask, system: StubSystem) -> None:
        answer = await ask("customer", tel="13800000001", note="a<b&c")
        assert answer == {"name": "Wang & Söhne 喆", "level": 3, "state": "ok"}
        nobody = {"name": "", "level": 0, "state": "not_found"}
        assert await ask("customer", tel="13900000000") == nobody

    with recipe("soap", tmp_path, soap) as play:
        play(story)


# --------------------------------------------------------------- a session log-in


class Sessions:
    """Logs in; its token ends when a test says so."""

    def __init__(self, by_status: bool) -> None:
        self.by_status = by_status
        self.number = 0

    def __call__(self, seen: ReceivedRequest) -> Answer:
        assert seen.headers["x-client"] == "ivr"
        if seen.path == "/login":
            assert orjson.loads(seen.body) == {"user": "ivr", "password": "letmein"}
            self.number += 1
            token = f"t-{self.number}"
            return 200, JSON, orjson.dumps({"code": 0, "data": {"token": token}})
        if seen.headers.get("x-token") != f"t-{self.number}":
            if self.by_status:
                return 401, JSON, b"{}"
            return 200, JSON, b'{"code": 900002, "msg": "session ended"}'
        number = seen.path.rpartition("/")[2]
        order = {"state": "paid"} if number == "7" else None
        return 200, JSON, orjson.dumps({"code": 0, "data": {"order": order}})


@pytest.mark.parametrize("by_status", [True, False])
def test_a_session_log_in(tmp_path: Path, by_status: bool) -> None:
    sessions = Sessions(by_status)

    async def story(ask: Ask, system: StubSystem) -> None:
        paid = {"text": "paid", "state": "ok"}
        assert [await ask("order", order_no="7") for _ in range(3)] == [paid] * 3
        assert sessions.number == 1
        sessions.number += 1  # somebody logs in elsewhere: the token has ended
        answers = await asyncio.gather(*(ask("order", order_no="7") for _ in range(9)))
        assert answers == [paid] * 9
        assert sessions.number == 3  # one log-in for all of them
        missing = {"text": "", "state": "not_found"}
        assert await ask("order", order_no="8") == missing

    with recipe("session-login", tmp_path, sessions) as play:
        play(story)


# ------------------------------------------------------------------ a paged list


def pages(seen: ReceivedRequest) -> Answer:
    assert seen.query["api_key"] == "key-7" and seen.query["page_size"] == "1"
    if seen.query["phone"] != "+8613800000001":
        return 200, JSON, b'{"data": {"items": [], "total": 0}}'
    page = {"items": [{"no": "SO-9"}], "total": 3}
    return 200, JSON, orjson.dumps({"data": page})


def test_a_list_in_pages(tmp_path: Path) -> None:
    async def story(ask: Ask, system: StubSystem) -> None:
        assert await ask("orders", tel="13800000001") == {
            "lastOrder": "SO-9",
            "openOrders": 3,
            "state": "ok",
        }
        assert await ask("orders", tel="13900000000") == {
            "lastOrder": "",
            "openOrders": 0,
            "state": "not_found",
        }

    with recipe("paged-list", tmp_path, pages) as play:
        play(story)


# ------------------------------------------------------------------- legacy text


def legacy(seen: ReceivedRequest) -> Answer:
    line = "OK|王喆|3" if seen.query["t"] == "13800000001" else "NONE"
    label = {"Content-Type": "text/html; charset=gb2312"}
    return 200, label, f"{line}\r\n".encode("gb18030")


def test_a_legacy_system_that_answers_text(tmp_path: Path) -> None:
    async def story(ask: Ask, system: StubSystem) -> None:
        answer = await ask("legacy-customer", tel="+8613800000001")
        assert answer == {"name": "王喆", "level": 3, "state": "ok"}
        nobody = {"name": "", "level": 0, "state": "not_found"}
        assert await ask("legacy-customer", tel="13900000000") == nobody

    with recipe("legacy-text", tmp_path, legacy) as play:
        play(story)


# ----------------------------------------------------------------- a slow system


def test_a_system_slower_than_the_deadline(tmp_path: Path) -> None:
    go = threading.Event()

    def slow(seen: ReceivedRequest) -> Answer:
        assert go.wait(10)
        return 200, JSON, b'{"id": 1, "name": "Wang"}'

    async def story(ask: Ask, system: StubSystem) -> None:
        assert await ask("prepare", tel="13800000001") == {"known": 0}
        waiting = asyncio.create_task(ask("customer-after-menu", tel="13800000001"))
        await asyncio.sleep(0)
        go.set()
        assert await waiting == {"name": "Wang", "state": "ok"}
        answer = await ask("customer-after-menu", tel="13800000001")
        assert answer == {"name": "Wang", "state": "ok"}
        assert len(system.seen) == 1

    with recipe("slow-system", tmp_path, slow) as play:
        play(story)


def test_every_recipe_is_run() -> None:
    run = set(re.findall(r'recipe\("([a-z-]+)"', Path(__file__).read_text("utf-8")))
    assert run == {page.stem for page in RECIPES.glob("*.md")}
