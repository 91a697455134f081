"""Actions for real: accepted by servers, delivered by workers, never lost."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.cli_runner import run_verb
from support.write_receiver import Receiver

CONFIG = {
    "ivrhooks.yaml": """\
version: 1
sources:
  shop:
    kind: http
    base_url: ${RECEIVER_URL}
    timeout: 300ms
    breaker: {failures: 1000}
store: ${STORE:-}
""",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: form
deadline: 1500ms
inputs:
  tel: {format: phone}
  word: {}
  call: {}
actions:
  note:
    source: shop
    request:
      method: POST
      path: /notes
      json: {text: "{{ inputs.word }}", tel: "{{ inputs.tel }}"}
    key: "{{ inputs.call }}"
outputs:
  ticket: {type: string, value: "{{ actions.note.id }}", default: none}
""",
}
DEGRADED = "X-Ivrhooks-Degraded"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    made.start()
    yield made
    made.stop()


class Worker:
    """An ``ivrhooks worker`` beside a server."""

    def __init__(self, server: Any, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "ivrhooks", "worker"]
        environment = {**os.environ, **env, "IVRHOOKS_DATA": str(server.data)}
        self._log = server.folder.parent / f"worker-{time.monotonic_ns()}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--config", str(server.folder)],
                env=environment,
                stderr=log,
            )

    def has_begun(self) -> bool:
        return b"delivering" in self._log.read_bytes()

    def end(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


@pytest.fixture
def worker() -> Iterator[Callable[..., Worker]]:
    """Starts workers; those left are killed."""
    started: list[Worker] = []

    def start(server: Any, receiver: Receiver, **env: str) -> Worker:
        started.append(Worker(server, {"RECEIVER_URL": receiver.url, **env}))
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.process.kill()
        process.process.wait()


def accepted(server: Any, word: str, tel: str = "13800000001", call: str = "") -> str:
    reply = server.form("/desk", f"word={word}&tel={tel}&call={call}")
    assert reply.status == 200
    assert reply.header(DEGRADED) is None, server.log()
    ticket: str = reply.json["ticket"]
    return ticket


def test_an_accepted_action_is_delivered_with_its_key(
    serving: Any, receiver: Receiver, until: Any
) -> None:
    env = {"RECEIVER_URL": receiver.url}
    with serving("asgi", CONFIG, env=env) as server:
        ticket = accepted(server, "hello")
        until(lambda: receiver.written, "it is delivered")
    (written,) = receiver.written
    assert (written.path, written.key) == ("/notes", ticket)
    assert written.body == {"text": "hello", "tel": "13800000001"}


def test_a_wsgi_server_stores_and_a_worker_delivers(
    serving: Any, receiver: Receiver, worker: Any, until: Any
) -> None:
    env = {"RECEIVER_URL": receiver.url}
    with serving("wsgi", CONFIG, env=env) as server:
        ticket = accepted(server, "hello")
        assert receiver.written == []
        beside = worker(server, receiver)
        until(lambda: receiver.written, "it is delivered")
        assert receiver.written[0].key == ticket
        assert beside.end() == 0


def test_without_its_worker_a_server_only_stores(
    serving: Any, receiver: Receiver, worker: Any, until: Any
) -> None:
    env = {"RECEIVER_URL": receiver.url}
    with serving("asgi", CONFIG, "--no-worker", env=env) as server:
        tickets = [accepted(server, f"w{number}") for number in range(20)]
        assert receiver.written == []
        workers = worker(server, receiver), worker(server, receiver)
        until(lambda: len(receiver.written) >= 20, "all are delivered")
        for worker_process in workers:
            until(worker_process.has_begun, "it delivers")
            assert worker_process.end() == 0
    assert sorted(write.key or "" for write in receiver.written) == sorted(tickets)
    assert [write.body["text"] for write in receiver.written] == [
        f"w{number}" for number in range(20)
    ]


def test_fifty_repetitions_of_one_data_request_are_stored_once(
    serving: Any, receiver: Receiver, server_kind: str, until: Any
) -> None:
    env = {"RECEIVER_URL": receiver.url}
    with (
        serving(server_kind, CONFIG, "--workers", "4", env=env) as server,
        ThreadPoolExecutor(50) as threads,
    ):
        tickets = set(
            threads.map(lambda _: accepted(server, "x", call="c-1"), range(50))
        )
        assert len(tickets) == 1
        listed = outbox(server, receiver, "list")
    assert [action["id"] for action in listed["actions"]] == [*tickets]


def outbox(server: Any, receiver: Receiver, *words: str, **env: str) -> Any:
    """What ``ivrhooks outbox … --json`` prints."""
    result = run_verb(
        *("outbox", *words, "--json"),
        env={
            "RECEIVER_URL": receiver.url,
            "IVRHOOKS_DATA": str(server.data),
            "IVRHOOKS_CONFIG": str(server.folder),
            **env,
        },
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_refused_action_is_dead_until_it_is_retried(
    serving: Any, receiver: Receiver, until: Any
) -> None:
    receiver.status = 422
    env = {"RECEIVER_URL": receiver.url}
    with serving("asgi", CONFIG, env=env) as server:
        ticket = accepted(server, "hello")

        def state() -> str:
            return str(outbox(server, receiver, "show", ticket)["state"])

        until(lambda: state() == "dead", "it is refused for good")
        entry = outbox(server, receiver, "show", ticket)
        assert (entry["tries"], entry["status"]) == (1, 422)
        assert entry["answer"] == '{"error":"refused"}'
        assert entry["request"]["json"]["tel"] == "138****0001"
        receiver.status = 200
        again = outbox(server, receiver, "retry", "--all", "--state", "dead")
        assert again["changed"] == 1
        until(lambda: state() == "delivered", "it is tried again")
    assert [write.key for write in receiver.written] == [ticket, ticket]


def test_a_dropped_one_is_never_delivered(
    serving: Any, receiver: Receiver, worker: Any, until: Any
) -> None:
    env = {"RECEIVER_URL": receiver.url}
    with serving("asgi", CONFIG, "--no-worker", env=env) as server:
        dropped = accepted(server, "first")
        assert outbox(server, receiver, "drop", dropped)["changed"] == 1
        accepted(server, "second")
        worker(server, receiver)
        until(lambda: receiver.written, "the next of its order is delivered")
    assert [write.body["text"] for write in receiver.written] == ["second"]


def test_a_store_that_cannot_be_opened_delays_no_answer(
    serving: Any, receiver: Receiver, server_kind: str, until: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "there"
    store = f"sqlite:///{folder}/outbox.db"
    env = {"RECEIVER_URL": receiver.url, "STORE": store}
    with serving(server_kind, CONFIG, env=env) as server:

        def store_state() -> str | None:
            reply = server.form("/desk", "word=x&tel=1")
            assert reply.status == 200
            assert (reply.json["ticket"] == "none") == bool(reply.header(DEGRADED))
            return reply.header(DEGRADED)

        assert store_state() == "action=not_stored"
        folder.mkdir()
        until(lambda: store_state() is None, "the store can be written again")


def test_nothing_that_was_accepted_is_lost_where_everything_is_killed(
    serving: Any, receiver: Receiver, worker: Any, until: Any
) -> None:
    """Servers' workers, delivery workers and the receiver, each killed in turn."""
    env = {"RECEIVER_URL": receiver.url}
    tickets: dict[str, str] = {}
    with serving("asgi", CONFIG, "--no-worker", env=env) as server:
        delivering = worker(server, receiver)
        for number in range(60):
            with contextlib.suppress(OSError, AssertionError):
                word = f"{number:03d}"
                tickets[word] = accepted(server, word, tel=f"1380000000{number % 4}")
            if number % 20 == 5:
                delivering.end(signal.SIGKILL)
                delivering = worker(server, receiver)
            elif number % 20 == 10:
                os.kill(min(server.workers()), signal.SIGKILL)
            elif number % 20 == 15:
                receiver.stop()
            elif number % 20 == 18:
                receiver.start()
        assert len(tickets) > 50
        until(lambda: set(tickets.values()) <= set(receiver.keys), "all are delivered")
    first: dict[str, int] = {}
    for place, write in enumerate(receiver.written):
        first.setdefault(write.body["text"], place)
    for caller in range(4):
        own = [word for word in first if int(word) % 4 == caller]
        assert own == sorted(own), "in order for each caller"


def test_postgresql_ends_and_comes_back_in_the_middle(
    serving: Any, receiver: Receiver, worker: Any, postgresql: Any, until: Any
) -> None:
    env = {"RECEIVER_URL": receiver.url, "STORE": postgresql.url}
    with serving("asgi", CONFIG, "--no-worker", env=env) as server:
        beside = worker(server, receiver, STORE=postgresql.url)
        before = accepted(server, "before")
        until(lambda: receiver.keys == [before], "it is delivered")
        receiver.answering.clear()
        held = accepted(server, "held")
        postgresql.stop()
        receiver.answering.set()
        reply = server.form("/desk", "word=without&tel=1")
        assert reply.header(DEGRADED) == "action=not_stored"
        postgresql.start()

        def again() -> bool:
            reply = server.form("/desk", "word=after&tel=1&call=after")
            return reply.header(DEGRADED) is None

        until(again, "it is stored again")
        until(lambda: len(receiver.keys) == 3, "it is delivered again")
        assert {before, held} <= set(receiver.keys)
        assert beside.end() == 0
