"""Every kind of source with its own sandbox, which really listens."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import build_sources
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import (
    Client,
    Operation,
    Outcome,
    Query,
    Reply,
    SourceSettings,
    TokenRejected,
)
from ivrhooks.sources.sandbox_app import create_sandbox_app
from ivrhooks.sources.sandboxkit.server import SandboxServer, listen
from ivrhooks.sources.transport.sync import SyncTransport

MAX_WAIT = 60.0
TEL = "13800005678"
DATA: Mapping[str, Any] = {
    "credentials": {
        "sobot": {"app_id": "1", "app_key": "2", "app_secret": "3"},
        "omicrm": {"api_key": "k"},
        "bangwo8": {
            "account": "a@example.com",
            "password": "p",
            "secret_id": "s",
            "secret": "t",
        },
        "meiqia": {"access_token": "t"},
    },
    "sobot": {"customers": [{"id": "c-1", "tel": TEL, "nick": "Wang", "isVip": "1"}]},
    "omicrm": {
        "contacts": [
            {"_id": "o-1", "fullName": "An", "phones": [{"data": TEL}], "refId": "R1"},
            {"_id": "o-2", "fullName": "Vy", "phones": [{"data": "0905999888"}]},
        ]
    },
    "bangwo8": {
        "companies": [
            {
                "uId": 7,
                "companyName": "Blue Whale",
                "createDT": "2023-05-10 23:59:59",
                "updateDT": "2023-05-10 23:59:59",
                "custom_fields": [{"key": "phone", "value": TEL}],
            }
        ],
        "asset_tables": [
            {
                "tableId": 1,
                "tableName": "assets",
                "fields": ["model"],
                "rows": [
                    {"_id": "m1", "ownerType": "company", "owner": 7, "model": "X"}
                ],
            }
        ],
    },
    "meiqia": {
        "agents": [{"id": 7, "name": "王芳"}],
        "sips": [{"sip": "8001", "agent_id": 7, "agent_name": "王芳", "occupied": "y"}],
        "groups": [{"id": 11, "name": "g", "numbers": ["0108888"], "rule_type": 2}],
        "numbers": [{"name": "n", "number": "0108888"}],
        "records": [
            {
                "call_uuid": "u-1",
                "agent_id": 7,
                "customer_phone": TEL,
                "start_time": "2026-11-01T01:00:00Z",
                "end_time": "2026-11-01T01:05:00Z",
            }
        ],
    },
}


@dataclass(frozen=True)
class Case:
    """One kind, its account, and the questions that its sandbox knows."""

    name: str
    kind: str
    auth: Mapping[str, str]
    wrong: Mapping[str, str]
    hit: Mapping[str, Any]
    miss: Mapping[str, Any]
    found: Callable[[Any], Any]
    expected: Any
    token_path: str = ""


SOBOT = Case(
    "sobot",
    "sobot",
    {"app_id": "1", "app_key": "2"},
    {"app_id": "1", "app_key": "wrong"},
    {"tel": TEL},
    {"tel": "13800005679"},
    lambda record: record["id"],
    "c-1",
    "/sobot/api/get_token",
)
BANGWO8 = Case(
    "bangwo8",
    "bangwo8",
    {"account": "a@example.com", "password": "p"},
    {"account": "a@example.com", "password": "wrong"},
    {"query": f"phone:{TEL}"},
    {"query": "phone:13800005679"},
    lambda record: record["results"][0]["uId"],
    7,
)
CASES = (
    SOBOT,
    replace(
        SOBOT,
        name="sobot-jwt",
        auth={
            "style": "jwt",
            "app_id": "1",
            "app_secret": "3",
            "token_url": "{sandbox}/sobot/tokens/company",
        },
        wrong={
            "style": "jwt",
            "app_id": "1",
            "app_secret": "wrong",
            "token_url": "{sandbox}/sobot/tokens/company",
        },
        token_path="/sobot/tokens/company",
    ),
    Case(
        "omicrm",
        "omicrm",
        {"api_key": "k"},
        {"api_key": "wrong"},
        {"phone": TEL},
        {"phone": "13800005679"},
        lambda record: record["_id"],
        "o-1",
        "/omicrm/api/auth",
    ),
    BANGWO8,
    replace(
        BANGWO8,
        name="bangwo8-oauth2",
        auth={"secret_id": "s", "secret": "t"},
        wrong={"secret_id": "s", "secret": "wrong"},
        token_path="/bangwo8/api/token.php",
    ),
    Case(
        "meiqia",
        "meiqia",
        {"access_token": "t"},
        {"access_token": "wrong"},
        {"customer_phone": TEL},
        {"customer_phone": "13800005679"},
        lambda record: record["data"][0]["call_uuid"],
        "u-1",
    ),
)


@dataclass
class Sandbox:
    """The listening sandbox, and its controls."""

    port: int
    queries: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            return json.loads(answer.read())
        finally:
            connection.close()

    def dial(self, kind: str, fault: str, **more: int) -> None:
        self.send("PUT", "/_sandbox/faults", {kind: {"fault": fault, **more}})

    def requests(self) -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = self.send("GET", "/_sandbox/requests")[
            "requests"
        ]
        return requests


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    path: Path = tmp_path_factory.mktemp("sandbox") / "data.json"
    path.write_text(json.dumps(DATA), "utf-8")

    def at_once(_: float, work: Callable[[], None]) -> None:
        work()

    server = SandboxServer(create_sandbox_app(path, "sqlite://", later=at_once))
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield Sandbox(port)
    server.should_exit = True
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture
def sandbox(listening: Sandbox) -> Sandbox:
    """The sandbox, back at its data file."""
    listening.send("POST", "/_sandbox/reset")
    return listening


class Asker:
    """A kind's client over both transports, as one account of its sandbox."""

    def __init__(self, case: Case, sandbox: Sandbox, folder: Path) -> None:
        self.case = case
        self.kind = KINDS[case.kind]
        self.sandbox = sandbox
        self.folder = folder

    def operation(self, name: str = "") -> Operation:
        if not name:
            return self.kind.operations[0]
        return next(
            operation for operation in self.kind.operations if operation.name == name
        )

    def query(self, params: Mapping[str, Any], name: str = "") -> Query:
        operation = self.operation(name)
        return Query(operation, params, pick=operation.pick)

    def settings(self, auth: Mapping[str, str] | None = None, **more: Any) -> Any:
        settings = {
            key: value.replace("{sandbox}", self.sandbox.url)
            for key, value in (auth or self.case.auth).items()
        }
        return SourceSettings(
            name="crm",
            kind=self.case.kind,
            base_url=f"{self.sandbox.url}/{self.case.kind}",
            auth=self.kind.auth().load(settings),
            empty=self.kind.empty,
            **more,
        )

    def blocking(self, query: Query, auth: Mapping[str, str] | None = None) -> Reply:
        """Asked as the tools and the worker ask; raises SourceError."""
        client: Client = self.kind.client(self.settings(auth))
        transport = SyncTransport()
        token = None
        request = client.token_request(1_700_000_000.0)
        if request is not None:
            answer = transport.send(request, timeout=MAX_WAIT, limit=1_000_000)
            token = client.token(answer).value
        try:
            answer = transport.send(
                client.request(query, token), timeout=MAX_WAIT, limit=1_000_000
            )
            return client.reply(query, answer)
        except TokenRejected:
            raise AssertionError("a new token is refused") from None
        finally:
            transport.close()

    def story(
        self,
        *steps: Query | Callable[[], Any],
        auth: Mapping[str, str] | None = None,
        max_wait: float = MAX_WAIT,
        **more: Any,
    ) -> list[Outcome]:
        """Asked as answers are: one source, its queries in order; a callable between
        them is run. The outcomes."""

        async def run() -> list[Outcome]:
            settings = {"crm": self.settings(auth, **more)}
            source = build_sources(settings, data_folder=self.folder)["crm"]
            loop = asyncio.get_running_loop()
            outcomes = []
            try:
                for number, step in enumerate(steps):
                    if not isinstance(step, Query):
                        await asyncio.to_thread(step)
                        continue
                    last = number == len(steps) - 1
                    wait = max_wait if last else MAX_WAIT
                    deadline = Deadline.after(wait, loop.time)
                    outcomes.append(await source.ask(step, deadline))
            finally:
                await source.close()
            return outcomes

        return asyncio.run(run())


@pytest.fixture(params=CASES, ids=[case.name for case in CASES])
def asker(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Asker:
    return Asker(request.param, sandbox, tmp_path)


@pytest.fixture
def make_asker(sandbox: Sandbox, tmp_path: Path) -> Callable[[str], Asker]:
    def make(name: str) -> Asker:
        case = next(each_case for each_case in CASES if each_case.name == name)
        return Asker(case, sandbox, tmp_path)

    return make
