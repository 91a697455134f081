"""Every story of tests/scenarios, through both doors, with sources that are real.

Stories of one root file share a server, each at a path of its own; a story that fixes
the moment is left to the engine in process, since a server has the present only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stories import SOURCES_URL, Ask, Story, load_stories, written
from story_sources import StorySources, sources_of


def by_root() -> dict[str, list[Story]]:
    """The stories that a server can hold together, by what their roots are."""
    groups: dict[str, list[Story]] = {}
    for number, story in enumerate(load_stories()):
        if not story.needs_a_clock:
            mode = story.environ.get("IVRHOOKS_MODE", "")
            key = mode + written(story.root)
            groups.setdefault(key, []).append(story.at(number))
    return groups


GROUPS = list(by_root().values())


@pytest.fixture(params=GROUPS, ids=[group[0].name for group in GROUPS])
def group(request: pytest.FixtureRequest) -> list[Story]:
    stories: list[Story] = request.param
    return stories


@pytest.fixture
def sources(group: list[Story]) -> Iterator[StorySources]:
    with sources_of(group[0]) as running:
        yield running


def test_stories_of_a_root(
    group: list[Story], sources: StorySources, serving: Any, door: str
) -> None:
    files = {"ivrhooks.yaml": written(group[0].root)}
    env = {SOURCES_URL: sources.url}
    for story in group:
        env |= story.environ
        if story.endpoint is not None:
            name = story.endpoint["endpoint"]
            files[f"endpoints/{name}.yaml"] = written(story.endpoint)
    with serving(door, files, env=env) as server:
        wrong = [
            f"{story.name}: {problem}"
            for story in group
            for ask in story.asks
            for problem in problems(story, ask, sources, server)
        ]
    assert not wrong, "\n".join(wrong)


def problems(
    story: Story, ask: Ask, sources: StorySources, server: Any
) -> Iterator[str]:
    """What differs from the story in the answer to one data request."""
    sources.story, sources.asked = story, []
    body, label = ask.body()
    headers = {**ask.headers, **({"Content-Type": label} if label else {})}
    reply = server.ask(
        ask.method, ask.target(), body if ask.method == "POST" else None, headers
    )
    answer = reply.json
    error = answer.pop("error", {}).get("code")
    came = {
        "status": (reply.status, ask.status),
        "error": (error, ask.error),
        "answer": (list(answer.items()), list(ask.answer.items())),
        "degraded": (reply.header("X-Ivrhooks-Degraded"), ask.degraded),
    }
    if ask.asked is not None:
        came["asked"] = (sorted(sources.asked), sorted(ask.asked))
    for name, (seen, right) in came.items():
        if seen != right:
            yield f"{name} is {seen!r}, not {right!r}"
