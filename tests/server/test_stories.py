"""Every story of tests/scenarios, through both servers, with sources that are real.

Stories of one root file share a server, each at a path of its own, and are told to
both servers at the same time; a story that fixes the moment is left to the engine in
process, since a server has the present only.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
            own = story.at(number)
            groups.setdefault(mode + written(own.root), []).append(own)
    return groups


GROUPS = list(by_root().values())
SERVER_KINDS = ("asgi", "wsgi")


@pytest.mark.parametrize("group", GROUPS, ids=[group[0].name for group in GROUPS])
def test_stories_of_a_root(group: list[Story], serving: Any) -> None:
    files = {"ivrhooks.yaml": written(group[0].root)}
    environ: dict[str, str] = {}
    for story in group:
        environ |= story.environ
        if story.endpoint is not None:
            name = story.endpoint["endpoint"]
            files[f"endpoints/{name}.yaml"] = written(story.endpoint)

    def problems_of(server_kind: str) -> list[str]:
        with sources_of(group[0]) as sources:
            env = {SOURCES_URL: sources.url, **environ}
            with serving(server_kind, files, "--workers", "1", env=env) as server:
                return [
                    f"{server_kind}: {story.name}: {problem}"
                    for story in group
                    for ask in story.asks
                    for problem in problems(story, ask, sources, server)
                ]

    with ThreadPoolExecutor() as pool:
        wrong = [
            problem
            for found_problem in pool.map(problems_of, SERVER_KINDS)
            for problem in found_problem
        ]
    assert not wrong, "\n".join(wrong)


def problems(
    story: Story, ask: Ask, sources: StorySources, server: Any
) -> Iterator[str]:
    """What differs from the story in the answer to one data request."""
    sources.story, sources.queries = story, []
    body, label = ask.body()
    headers = {**({"Content-Type": label} if label else {}), **ask.headers}
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
        came["asked"] = (sorted(sources.queries), sorted(ask.asked))
    for name, (seen, right) in came.items():
        if seen != right:
            yield f"{name} is {seen!r}, not {right!r}"
