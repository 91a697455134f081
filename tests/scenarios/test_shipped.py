"""The ``tests:`` of the shipped endpoints hold, in this process and without network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome, Query

CONFIGS = Path(__file__).parents[2] / "configs"


def told() -> Iterator[Any]:
    """Each test of each shipped endpoint, with its endpoint's name."""
    for file in sorted((CONFIGS / "endpoints").glob("*.yaml")):
        endpoint = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
        for test in endpoint["tests"]:
            name = f"{endpoint['endpoint']}: {test['name']}"
            yield pytest.param(endpoint["endpoint"], test, id=name)


class Given:
    """A source that gives the lookup of its plan what the test says."""

    def __init__(self, lookups: list[str], results: Mapping[str, Any]) -> None:
        self.lookups, self.results = lookups, results

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        (lookup,) = self.lookups  # the shipped endpoints ask a source once
        result = self.results[lookup]
        failed = isinstance(result, dict) and result.get("fail")
        return Outcome(failed) if failed else Outcome("ok", result)

    async def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load(CONFIGS, environ={})


@pytest.mark.parametrize(("endpoint", "test"), list(told()))
def test_shipped(
    configuration: Configuration, endpoint: str, test: Mapping[str, Any]
) -> None:
    plan = configuration.by_name(endpoint)
    assert plan is not None
    answer = asyncio.run(answered(configuration, plan, test))
    body = json.loads(answer.body)
    wanted = test.get("expect", {})
    assert {name: body.get(name) for name in wanted} == wanted
    assert answer.status == test.get("status", 200)
    assert body.get("error", {}).get("code") == test.get("error")
    assert dict(answer.headers).get("X-Ivrhooks-Degraded") == test.get("degraded")


async def answered(
    configuration: Configuration, plan: Plan, test: Mapping[str, Any]
) -> Answer:
    sources = {
        source: Given(
            [each.name for each in plan.lookups if each.links[0].source == source],
            test.get("sources", {}),
        )
        for source in configuration.sources
    }
    now = test.get("now") or datetime.now(UTC)
    engine = Engine(configuration, sources, now=lambda: moment(now))
    request = DataRequest(
        method=plan.method,
        path=plan.path,
        request_id="shipped-1",
        headers={k.lower(): v for k, v in test.get("headers", {}).items()},
        body=test.get("inputs", {}),
        body_kind=plan.format,
    )
    clock = asyncio.get_running_loop().time
    try:
        return await engine.answer(plan, request, Deadline.after(plan.deadline, clock))
    finally:
        await engine.close()


def moment(value: Any) -> datetime:
    """YAML's own moments are read as UTC without a zone."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
