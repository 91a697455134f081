"""Callers are counted by all processes together, where they share a Redis."""

from __future__ import annotations

import contextlib
from typing import Any

FILES = {
    "ivrhooks.yaml": """\
version: 1
shared_cache: ${REDIS_URL:-}
security: {rate_limit: 18000/h, trusted_proxies: [127.0.0.1]}
""",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
outputs: {word: {type: string, value: good, default: ""}}
""",
    "endpoints/slow.yaml": """\
endpoint: slow
path: /slow
format: query
security: {rate_limit: 1/h}
outputs: {word: {type: string, value: good, default: ""}}
""",
}


def status_of(server: Any, path: str, caller: str) -> int:
    reply = server.get(path, {"X-Forwarded-For": caller})
    if reply.status == 429:
        assert reply.code == "too_many_requests"
        assert int(reply.header("Retry-After")) >= 1
        assert reply.json["word"] == ""
    return int(reply.status)


def test_two_servers_with_two_workers_count_as_one(
    serving: Any, redis_server: Any, tmp_path: Any, until: Any
) -> None:
    env = {"REDIS_URL": f"{redis_server.url}?socket_timeout=5"}
    with contextlib.ExitStack() as held:
        servers = [
            held.enter_context(
                serving(
                    server_kind,
                    FILES,
                    env={**env, "IVRHOOKS_DATA": str(tmp_path / server_kind)},
                )
            )
            for server_kind in ("asgi", "wsgi")
        ]
        slow = [status_of(server, "/slow", "192.0.2.9") for server in servers * 3]
        assert sorted(slow) == [200] + [429] * 5
        # Five at once; on a busy machine one or two more come in while it is asked.
        many = [status_of(server, "/desk", "192.0.2.7") for server in servers * 20]
        assert many[:5] == [200] * 5
        assert 429 in many
        assert status_of(servers[0], "/desk", "192.0.2.8") == 200

        redis_server.stop()
        alone = [status_of(servers[0], "/slow", "192.0.2.10") for _ in range(12)]
        assert 1 <= alone.count(200) <= 2, "each of its two processes counts for itself"
        assert servers[0].get("/healthz").status == 200


def test_a_head_counts_like_a_get(serving: Any, server_kind: str) -> None:
    with serving(server_kind, FILES, "--workers", "1") as server:
        assert [status_of(server, "/slow", "192.0.2.1") for _ in range(2)] == [200, 429]
        assert (
            server.ask("HEAD", "/slow", None, {"X-Forwarded-For": "192.0.2.1"}).status
            == 429
        )
