"""Fifty reloads under load: no data request fails, each answer is of one configuration.

Two files change one after the other, as an editor or a deployment writes them.
"""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

RELOADS = 50
CALLERS = 4
TOKEN = "the-consoles-token"
BEARER = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def desk(number: int) -> str:
    return f"""\
endpoint: desk
path: /desk
format: query
inputs: {{tel: {{type: string, default: "{number}"}}}}
outputs:
  first: {{type: int, value: {number}, default: 0}}
  input: {{type: string, value: "{{{{ inputs.tel }}}}", default: ""}}
  last: {{type: int, value: {number}, default: 0}}
"""


def other(number: int) -> str:
    return f"""\
endpoint: other
path: /other
format: query
outputs: {{word: {{type: int, value: {number}, default: 0}}}}
"""


class Caller(threading.Thread):
    """Asks on one connection, again and again, and keeps what was wrong."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.ended = threading.Event()
        self.answers = 0
        self.seen: set[int] = set()
        self.wrong: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self.ended.is_set():
            try:
                connection.request("GET", "/desk")
                answer = connection.getresponse()
                self._judge(answer, answer.read())
            except (OSError, http.client.HTTPException) as problem:
                self.wrong.append(repr(problem))
                connection.close()
        connection.close()

    def _judge(self, answer: http.client.HTTPResponse, body: bytes) -> None:
        self.answers += 1
        reply = json.loads(body)
        numbers = {reply["first"], reply["last"], int(reply["input"] or -1)}
        degraded = answer.getheader("X-Ivrhooks-Degraded")
        if answer.status != 200 or len(numbers) != 1 or degraded:
            self.wrong.append(f"{answer.status} {degraded} {body!r}")
        self.seen |= numbers


def replaced(file: Path, text: str) -> None:
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(file)


def test_fifty_reloads_lose_no_answer(
    serving: Any, server_kind: str, until: Any
) -> None:
    files = {
        "ivrhooks.yaml": "version: 1\ndeadline: 30s\n",
        "endpoints/desk.yaml": desk(1),
        "endpoints/other.yaml": other(1),
    }
    env = {"IVRHOOKS_CONSOLE_TOKEN": TOKEN}
    with serving(server_kind, files, "--workers", "2", env=env) as server:
        callers = [Caller(server.port) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        try:
            for number in range(2, RELOADS + 2):
                replaced(server.folder / "endpoints/desk.yaml", desk(number))
                replaced(server.folder / "endpoints/other.yaml", other(number))
                reply = server.ask("POST", "/_console/api/reload", "{}", BEARER)
                assert reply.json["ok"] is True
                until(
                    lambda wanted=number: server.get("/other").json["word"] == wanted,
                    "a worker answers from it",
                )
            until(
                lambda: all(
                    server.get("/desk").json["last"] == RELOADS + 1 for _ in range(12)
                ),
                "all workers do",
            )
        finally:
            for caller in callers:
                caller.ended.set()
            for caller in callers:
                caller.join(60)
    assert [caller.wrong for caller in callers] == [[]] * CALLERS
    assert all(caller.answers > RELOADS for caller in callers)
    seen = set[int]().union(*(caller.seen for caller in callers))
    assert len(seen) > RELOADS // 2, "most configurations were answered from"
