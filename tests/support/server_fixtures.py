"""Fixtures for servers: plans and configurations built by hand, an engine that waits.

They also keep the data folder of each test apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import (
    Configuration,
    ConsoleSettings,
    MockRule,
    OutputRule,
    Plan,
    Security,
)
from ivrhooks.http.request import HttpRequest
from ivrhooks.observe.request_recorder import RequestRecorder
from ivrhooks.server.reload.config_store import ConfigStore

MakePlan = Callable[..., Plan]


@pytest.fixture
def make_plan() -> MakePlan:
    """Make a plan in mock mode: input ``tel``, outputs ``isVip`` and ``city``."""

    def make(**changes: Any) -> Plan:
        settings: dict[str, Any] = {
            "endpoint": "desk",
            "path": "/api/desk",
            "method": "POST",
            "format": "form",
            "headers": (),
            "inputs": (Parameter("tel", "string", "input", required=True),),
            "lookups": (),
            "outputs": (
                OutputRule("isVip", "int", None, frozenset(), frozenset(), default=0),
                OutputRule(
                    "city", "string", None, frozenset(), frozenset(), default=""
                ),
            ),
            "deadline": 2.0,
            "mode": "mock",
            "mock": (MockRule({}, {"isVip": 1, "city": "Hà Nội"}),),
        }
        return Plan(**{**settings, **changes})

    return make


@pytest.fixture
def make_configuration(make_plan: MakePlan) -> Callable[..., Configuration]:
    """Make a configuration of some plans, by default of one form endpoint."""

    def make(*plans: Plan, **changes: Any) -> Configuration:
        settings: dict[str, Any] = {
            "folder": "configs",
            "fingerprint": "abc123",
            "caller": "sobot",
            "plans": {plan.path: plan for plan in plans or (make_plan(),)},
            "sources": {},
            "console": ConsoleSettings(),
            "security": Security(),
        }
        return Configuration(**{**settings, **changes})

    return make


@pytest.fixture
def make_request() -> Callable[..., HttpRequest]:
    """Make a request with a form body."""

    def make(
        body: bytes = b"tel=1", headers: Mapping[str, str] = {}, **changes: Any
    ) -> HttpRequest:
        settings: dict[str, Any] = {"method": "POST", "peer": "127.0.0.1", **changes}
        request = HttpRequest(body=body, **settings)
        for name, value in {"X-Request-Id": "r-1", **headers}.items():
            request.add(name.encode(), value.encode())
        return request

    return make


class GatedEngine(Engine):
    """An engine that answers once ``policy`` is set, so that requests stay in
    flight."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__(configuration, {})
        self.policy = asyncio.Event()
        self.closed = False

    def begin(self, *arguments: Any, **how: Any) -> Any:
        async def work() -> None:
            await self.policy.wait()
            super(GatedEngine, self).begin(*arguments, **how)

        return asyncio.create_task(work())

    async def close(self) -> None:
        self.closed = True
        await super().close()


@pytest.fixture
def gated_engine() -> type[GatedEngine]:
    """Return the class of engines that wait before they answer."""
    return GatedEngine


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a new data folder for each test, and turn the console off."""
    folder = tmp_path / "data"
    monkeypatch.setenv("IVRHOOKS_DATA", str(folder))
    monkeypatch.delenv("IVRHOOKS_CONSOLE_TOKEN", raising=False)
    return folder


@pytest.fixture
def make_recorder() -> Iterator[Callable[[ConfigStore], RequestRecorder]]:
    """Make the recorder of a server, which is closed after the test."""
    made = []

    def make(config_store: ConfigStore) -> RequestRecorder:
        recorder = RequestRecorder(
            "wsgi", config_store.current, lambda: config_store.problem
        )
        made.append(recorder)
        return recorder

    yield make
    for recorder in made:
        recorder.close()


@pytest.fixture
def make_config_store(
    tmp_path: Path, make_configuration: Callable[..., Configuration]
) -> Callable[..., ConfigStore]:
    """Make a store of a configuration of some plans."""

    def make(*plans: Plan) -> ConfigStore:
        return ConfigStore(str(tmp_path), lambda _: make_configuration(*plans))

    return make
