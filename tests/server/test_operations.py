"""The console's orders reach all workers: reload, empty a cache, close a breaker."""

from __future__ import annotations

import json
from typing import Any

TOKEN = "the-consoles-token"
ROOT = """\
version: 1
shared_cache: ${REDIS_URL:-}
sources:
  crm: {kind: http, base_url: "${CUSTOMERS_URL}", cache: {fresh: 10m}}
  gone: {kind: http, base_url: "http://127.0.0.1:9", breaker: {failures: 1, reset: 1h}}
"""
DESK = """\
endpoint: desk
path: /desk
format: query
inputs: {tel: {type: string}}
lookups:
  it: {source: crm, request: {path: "/{{ inputs.tel }}"}}
outputs: {word: {type: string, value: "{{ it.word }}", default: none}}
"""
GONE = """\
endpoint: gone
path: /gone
format: query
lookups: {it: {source: gone, request: {path: /}}}
outputs: {word: {type: string, value: "{{ it.word }}", default: none}}
"""
FILES = {
    "ivrhooks.yaml": ROOT,
    "endpoints/desk.yaml": DESK,
    "endpoints/gone.yaml": GONE,
}
BEARER = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def order(server: Any, what: str, **body: Any) -> Any:
    text = json.dumps(body)
    return server.ask("POST", f"/_console/api/{what}", text, BEARER)


def environment(customers: Any) -> dict[str, str]:
    return {"CUSTOMERS_URL": customers.url, "IVRHOOKS_CONSOLE_TOKEN": TOKEN}


def test_a_cache_is_emptied_in_all_workers(
    serving: Any, server_kind: str, customers: Any, until: Any
) -> None:
    customers.paths.clear()
    with serving(
        server_kind, FILES, "--workers", "2", env=environment(customers)
    ) as server:
        until(lambda: requests_of(server, customers) == 2, "each worker has asked once")
        assert order(server, "cache/purge", source="crm").json["sources"] == ["crm"]
        until(lambda: requests_of(server, customers) == 4, "each worker asks again")
        assert order(server, "cache/purge").json["ok"] is True
        until(lambda: requests_of(server, customers) == 6, "and once more")


def requests_of(server: Any, customers: Any) -> int:
    """How often the customer system has been asked once all workers have answered."""
    for _ in range(20):
        assert server.get("/desk?tel=7").json == {"word": "7"}
    return len(customers.paths)


def test_cached_replies_in_redis_are_purged_too(
    serving: Any, server_kind: str, customers: Any, redis_server: Any, until: Any
) -> None:
    customers.paths.clear()
    env = {
        **environment(customers),
        "REDIS_URL": f"{redis_server.url}?socket_timeout=5",
    }
    with serving(server_kind, FILES, "--workers", "2", env=env) as server:
        assert requests_of(server, customers) == 1
        order(server, "cache/purge", source="crm")
        until(lambda: requests_of(server, customers) >= 2, "it is asked once more")
        assert requests_of(server, customers) <= 3, (
            "once by each worker that emptied it"
        )


def test_a_breaker_is_closed_in_all_workers(
    serving: Any, server_kind: str, customers: Any, until: Any
) -> None:
    def degraded() -> set[str]:
        return {server.get("/gone").header("X-Ivrhooks-Degraded") for _ in range(20)}

    with serving(
        server_kind, FILES, "--workers", "1", env=environment(customers)
    ) as server:
        until(lambda: degraded() == {"it=open"}, "it is open")
        assert order(server, "breaker/reset", source="gone").json["source"] == "gone"
        until(lambda: "it=error" in degraded(), "it is asked again")


def test_the_configuration_is_read_again(
    serving: Any, server_kind: str, customers: Any, until: Any
) -> None:
    with serving(
        server_kind, FILES, "--workers", "2", env=environment(customers)
    ) as server:
        (server.folder / "endpoints/gone.yaml").write_text(
            GONE.replace("default: none", "default: some")
        )
        done = order(server, "reload").json
        assert done["ok"] is True
        until(
            lambda: {server.get("/gone").json["word"] for _ in range(20)} == {"some"},
            "all workers answer from it",
        )
        assert server.get("/readyz").json["config"] == done["config"]
        (server.folder / "endpoints/gone.yaml").write_text("endpoint: x\n")
        refused = order(server, "reload").json
        assert refused["ok"] is False
        assert refused["problems"]


def test_orders_require_the_token(
    serving: Any, server_kind: str, customers: Any
) -> None:
    with serving(
        server_kind, FILES, "--workers", "1", env=environment(customers)
    ) as server:
        for what in ("reload", "cache/purge", "breaker/reset"):
            reply = server.ask("POST", f"/_console/api/{what}", "{}")
            assert reply.status == 401
        for body in ({}, {"source": "nix"}, {"sorce": "gone"}, {"source": 7}):
            assert order(server, "breaker/reset", **body).status == 400
