"""What `/readyz` says while a real PostgreSQL and a real Redis go and come, 4 workers.

A server with actions is not ready without its store; one that only keeps a journal is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

ROOT = """\
version: 1
shared_cache: ${REDIS_URL}
store: ${STORE}
journal: {enabled: true}
sources:
  shop: {kind: http, base_url: "http://127.0.0.1:9"}
"""
DESK = """\
endpoint: desk
path: /desk
format: query
inputs: {word: {type: string}}
outputs: {word: {type: string, value: "{{ inputs.word }}", default: ""}}
"""
NOTE = """\
actions:
  note: {source: shop, request: {method: POST, path: /notes, json: {}}, delay: 1h}
"""
WORKERS = 4
SIDE_BY_SIDE = 12
SECONDS = 2.0
"""Within which `/readyz` answers, whatever is the matter."""


@pytest.fixture
def acting(server_kind: str) -> bool:
    """Whether the server has actions: one of each, since each state takes its time."""
    return server_kind == "wsgi"


@pytest.fixture
def server(
    serving: Any,
    server_kind: str,
    acting: bool,
    postgresql: Any,
    redis_server: Any,
    tmp_path: Path,
) -> Iterator[Any]:
    files = {
        "ivrhooks.yaml": ROOT,
        "endpoints/desk.yaml": DESK + (NOTE if acting else ""),
    }
    env = {"REDIS_URL": redis_server.url, "STORE": postgresql.url}
    with serving(server_kind, files, "--workers", str(WORKERS), env=env) as made:
        yield made


def readiness(server: Any, query: str = "") -> tuple[int, dict[str, Any]]:
    """What `/readyz` says; its connection goes to any of the workers."""
    began = time.monotonic()
    reply = server.get(f"/readyz{query}")
    assert time.monotonic() - began < SECONDS, "a probe gives up sooner"
    return reply.status, reply.json


def says(server: Any, wanted: dict[str, str], loose: int, strict: int) -> bool:
    """Whether 4 workers, asked 24 times, all say so.

    They are asked side by side: each answer waits for a store that is suspended.
    """
    assert server.get("/desk?word=yes").json == {"word": "yes"}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as probes:
        statuses = list(probes.map(lambda _: readiness(server), range(12)))
        strictly = list(probes.map(lambda _: readiness(server, "?strict=1"), range(12)))
    return all(status == strict for status, _ in strictly) and all(
        (status, {name: body["checks"][name] for name in wanted}) == (loose, wanted)
        for status, body in statuses
    )


def test_each_state_is_reported_by_all_workers(
    server: Any,
    acting: bool,
    postgresql: Any,
    redis_server: Any,
    until: Any,
) -> None:
    def state(store: str, redis: str) -> None:
        loose = 503 if acting and store == "down" else 200
        strict = 200 if (store, redis) == ("ok", "ok") else 503
        wanted = {"store": store, "shared_cache": redis}
        until(lambda: says(server, wanted, loose, strict), f"{wanted}")

    state("ok", "ok")
    postgresql.stop()
    state("down", "ok")
    redis_server.stop()
    state("down", "down")
    postgresql.start()
    state("ok", "down")
    redis_server.start()
    state("ok", "ok")
    postgresql.stun()
    try:
        state("down", "ok")
    finally:
        postgresql.wake()
    state("ok", "ok")
    redis_server.stun()
    try:
        state("ok", "down")
    finally:
        redis_server.wake()
    state("ok", "ok")
    assert len(server.workers()) == WORKERS
