"""The journal in a real PostgreSQL, shared by both servers, that may be stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "ivrhooks.yaml": """\
version: 1
store: ${STORE}
console: {enabled: true, journal: 1h}
""",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
inputs: {word: {type: string}}
outputs: {word: {type: string, value: "{{ inputs.word }}", default: ""}}
""",
}
BEARER = {"Authorization": "Bearer t0ken-of-the-test"}


@pytest.fixture
def instances(serving: Any, postgresql: Any, tmp_path: Path) -> Iterator[list[Any]]:
    env = {"STORE": postgresql.url, "IVRHOOKS_CONSOLE_TOKEN": "t0ken-of-the-test"}
    with contextlib.ExitStack() as held:
        yield [
            held.enter_context(
                serving(
                    server_kind,
                    FILES,
                    env=env | {"IVRHOOKS_DATA": str(tmp_path / server_kind)},
                )
            )
            for server_kind in ("asgi", "wsgi")
        ]


def test_one_journal_for_all_instances_that_answer_on_without_it(
    instances: list[Any], postgresql: Any, until: Any
) -> None:
    def ask(word: str) -> None:
        for instance in instances:
            reply = instance.get(f"/desk?word={word}{instance.kind}")
            assert (reply.status, reply.json) == (200, {"word": word + instance.kind})

    def kept(instance: Any) -> int:
        reply = instance.get("/_console/api/requests?endpoint=desk", BEARER)
        return len(reply.json["requests"]) if reply.status == 200 else -1

    ask("before")
    for instance in instances:
        until(lambda at=instance: kept(at) == 2, "each shows what both answered")
    postgresql.stop()
    for number in range(3):
        ask(f"without{number}")
    for instance in instances:
        until(lambda at=instance: "the journal cannot be" in at.log(), "it is told")
    postgresql.start()
    ask("after")
    for instance in instances:
        until(lambda at=instance: kept(at) >= 4, "it is written again")
