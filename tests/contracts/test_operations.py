"""Every operation of every vendor, from a source's question to its sandbox and back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import build_sources
from ivrhooks.sources.asking.source import Source
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Outcome, Query, SourceSettings
from matching import filled, fits, value_at

STORIES = YAML(typ="safe").load(Path(__file__).with_name("operations.yaml"))
VENDORS = [kind for kind in KINDS.values() if kind.stands_in]
OPERATIONS = {
    f"{declared.kind}.{declared.name}": declared
    for k in VENDORS
    for declared in k.operations
}
ACCOUNTS = {
    "sobot": {"app_id": "77", "app_key": "kk"},
    "omicrm": {"api_key": "key-9"},
    "bangwo8": {"account": "boss@example.com", "password": "p:w 1"},
    "meiqia": {"access_token": "tok-1"},
}


@pytest.mark.parametrize("story", STORIES, ids=[story["story"] for story in STORIES])
def test_a_story_of_operations(sandbox, tmp_path, story):
    sandbox.reset()
    asyncio.run(tell(sandbox.url, tmp_path, story["steps"]))


def test_every_operation_is_in_a_story():
    names = {step["ask"] for story in STORIES for step in story["steps"]}
    assert names == set(OPERATIONS)


async def tell(url: str, folder: Path, steps: list[Mapping[str, Any]]) -> None:
    settings = {
        name: SourceSettings(
            name, name, f"{url}/{name}", auth=KINDS[name].auth().load(account)
        )
        for name, account in ACCOUNTS.items()
    }
    sources = build_sources(settings, data_folder=folder)
    kept: dict[str, Any] = {}
    try:
        for step in steps:
            await play(sources, step, kept)
    finally:
        for source in sources.values():
            await source.close()


async def play(
    sources: Mapping[str, Source], step: Mapping[str, Any], kept: dict[str, Any]
) -> None:
    operation = OPERATIONS[step["ask"]]
    pick = step.get("pick") or operation.pick
    query = Query(
        operation, filled(step.get("params", {}), kept), "all_pages" in step, pick
    )
    clock = asyncio.get_running_loop().time
    until = time.monotonic() + step.get("within", 0)
    while True:
        deadline = Deadline.after(20.0, clock)
        outcome = await sources[operation.kind].ask(query, deadline)
        problems = judged(outcome, step, kept)
        if not problems or time.monotonic() > until:
            break
        await asyncio.sleep(0.02)
    assert not problems, (step, problems, outcome)
    for name, path in step.get("keep", {}).items():
        kept[name] = value_at(outcome.record, path)


def judged(
    outcome: Outcome, step: Mapping[str, Any], kept: dict[str, Any]
) -> list[str]:
    problems = []
    if outcome.status != step.get("status", "ok"):
        problems.append(f"status {outcome.status}")
    if step.get("says", "") not in outcome.message:
        problems.append(f"says {outcome.message!r}")
    for path, wanted in filled(step.get("expect", {}), kept).items():
        got = value_at(outcome.record, path)
        if not fits(wanted, got):
            problems.append(f"{path} is {got!r}, not {wanted!r}")
    return problems
