"""Every declared output before the deadline, though a source never says a word."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping

import pytest

ROOT_FILE = """\
version: 1
deadline: 300ms
sources: {mute: {kind: http, base_url: "${MUTE_URL}"}}
"""
ASKING = """\
endpoint: desk
path: /desk
format: query
inputs: {tel: {type: string}}
lookups: {it: {source: mute, request: {method: GET, path: "/{{ inputs.tel }}"}}}
outputs:
  queue: {type: string, value: "{{ it.queue }}", default: general}
  tel:   {type: string, value: "{{ inputs.tel }}", default: ""}
"""
HEALTHY = """\
endpoint: well
path: /well
format: query
outputs: {word: {type: string, value: fine, default: ""}}
"""
CONFIG = {
    "ivrhooks.yaml": ROOT_FILE,
    "endpoints/desk.yaml": ASKING,
    "endpoints/well.yaml": HEALTHY,
}
CALLERS = 60


@pytest.fixture(scope="module")
def mute_url() -> Iterator[str]:
    """A source that takes every connection and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    connections = []

    def take() -> None:
        while True:
            try:
                connections.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    for connection in connections:
        connection.close()


@pytest.fixture(scope="module")
def server_env(mute_url: str) -> Mapping[str, str]:
    return {"MUTE_URL": mute_url}


def test_many_callers_on_a_silent_source_all_get_their_answer_in_time(server) -> None:
    replies = {}

    def call(number: int) -> None:
        replies[number] = server.get(f"/desk?tel=84{number}")

    callers = [threading.Thread(target=call, args=(n,)) for n in range(CALLERS)]
    began = time.monotonic()
    for caller in callers:
        caller.start()
    assert server.get("/well").json == {"word": "fine"}
    for caller in callers:
        caller.join()
    # One after the other they would take 18 s.
    assert time.monotonic() - began < 12.0
    for number in range(CALLERS):
        reply = replies[number]
        assert (reply.status, reply.json) == (
            200,
            {"queue": "general", "tel": f"84{number}"},
        )
        assert reply.header("X-Ivrhooks-Degraded") in ("it=timeout", "it=open")
