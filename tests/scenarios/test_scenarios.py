"""Every story of this folder, through the loader and the engine, in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.engine import Engine
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration
from ivrhooks.http.paths import PathTable
from ivrhooks.http.request import HttpRequest, read_request
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome, Query
from stories import SOURCES_URL, Ask, Story, load_stories

STORIES = load_stories()


class ScriptedSource:
    """Answers what a story says, at once, and keeps what it was asked."""

    def __init__(self, name: str, story: Story, requests: list[str]) -> None:
        self.name, self.story, self.requests = name, story, requests

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        params = query.params
        target = params["path"]
        if params.get("query"):
            target += "?" + urlencode(params["query"], doseq=True)
        self.requests.append(f"{self.name} {params.get('method', 'GET')} {target}")
        return outcome(self.story.behaviour(self.name, params["path"]))

    async def close(self) -> None:
        pass


def outcome(behaviour: Mapping[str, Any]) -> Outcome:
    """What a source of kind http makes of a behaviour."""
    if "json" in behaviour:
        record = behaviour["json"]
        return Outcome("ok" if record is not None else "not_found", record, http=200)
    if behaviour.get("status") == 404:
        return Outcome("not_found", http=404)
    return Outcome(behaviour["fail"], message="scripted")


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_story(story: Story, tmp_path: Path) -> None:
    environ = {SOURCES_URL: "http://127.0.0.1:9", **story.environ}
    configuration = load(story.write(tmp_path / "configs"), environ=environ)
    for ask in story.asks:
        requests: list[str] = []
        answer = asyncio.run(answered(configuration, story, ask, requests))
        hold(ask, answer)
        if ask.asked is not None:
            assert tuple(sorted(requests)) == ask.asked


async def answered(
    configuration: Configuration, story: Story, ask: Ask, requests: list[str]
) -> Answer:
    sources = {
        name: ScriptedSource(name, story, requests) for name in configuration.sources
    }
    engine = Engine(configuration, sources, now=moment(story))
    came = http_request(ask)
    plan = PathTable(configuration.plans).match(came.target)
    assert plan is not None
    request = read_request(plan, came)
    clock = asyncio.get_running_loop().time
    try:
        return await engine.answer(plan, request, Deadline.after(plan.deadline, clock))
    finally:
        await engine.close()


def http_request(ask: Ask) -> HttpRequest:
    """What a server would have read."""
    target, _, query = ask.target().partition("?")
    body, label = ask.body()
    sent = {**({"Content-Type": label} if label else {}), **ask.headers}
    came = HttpRequest(ask.method, target.encode(), query.encode(), body=body)
    for name, value in sent.items():
        came.add(name.encode(), value.encode())
    return came


def moment(story: Story) -> Any:
    if story.now is None:
        return lambda: datetime.now(UTC)
    return lambda: datetime.fromisoformat(story.now or "")


def hold(ask: Ask, answer: Answer) -> None:
    """The answer is the story's, to the letter: keys, order, types, headers."""
    assert b"\n" not in answer.body.rstrip(b"\n")
    body = json.loads(answer.body)
    error = body.pop("error", None)
    assert (error or {}).get("code") == ask.error
    assert list(body.items()) == list(ask.answer.items())
    assert [type(value) for value in body.values()] == [
        type(value) for value in ask.answer.values()
    ]
    assert answer.status == ask.status
    headers = {name.lower(): value for name, value in answer.headers}
    assert headers.get("x-ivrhooks-degraded") == ask.degraded
    assert headers.get("x-request-id")


def test_there_are_stories_and_no_two_have_one_name() -> None:
    names = [story.name for story in STORIES]
    assert len(names) >= 40
    assert len(set(names)) == len(names)
