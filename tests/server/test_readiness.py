"""What `/readyz` says in each state of what a server needs."""

from __future__ import annotations

from typing import Any

ROOT = """\
version: 1
shared_cache: ${REDIS_URL:-}
sources:
  gone: {kind: http, base_url: "http://127.0.0.1:9", breaker: {failures: 1, reset: 1h}}
"""
FILES = {
    "ivrhooks.yaml": ROOT,
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
lookups: {it: {source: gone, request: {path: /}}}
outputs: {word: {type: string, value: "{{ it.word }}", default: none}}
""",
}
OPTIONS = ("--workers", "2")


def checks(server: Any, *, strict: int, loose: int = 200) -> Any:
    """The checks, which both forms tell alike."""
    report, strictly = server.get("/readyz"), server.get("/readyz?strict=1")
    assert (report.status, strictly.status) == (loose, strict), (report, strictly)
    assert list(report.json) == ["ready", "config", "checks"]
    assert report.json["ready"] is (loose == 200)
    assert strictly.json["ready"] is (strict == 200)
    return report.json["checks"]


def test_an_open_breaker_of_one_worker_is_reported_by_both(
    serving: Any, server_kind: str, until: Any
) -> None:
    with serving(server_kind, FILES, *OPTIONS) as server:
        assert checks(server, strict=200) == {
            "configuration": "ok",
            "store": "unused",
            "shared_cache": "unused",
            "sources": {"gone": "closed"},
            "outbox": {"waiting": 0, "dead": 0, "oldest_s": 0.0},
        }
        assert server.get("/desk").json == {"word": "none"}
        until(lambda: both(server, {"gone": "open"}), "both workers know")


def both(server: Any, sources: dict[str, str]) -> bool:
    """Whether each of two workers says so: one tells the other a moment later."""
    answered = set()
    for _ in range(40):
        report, strictly = server.get("/readyz"), server.get("/readyz?strict=1")
        wanted = 503 if "open" in sources.values() else 200
        if report.json["checks"]["sources"] != sources or strictly.status != wanted:
            return False
        assert report.status == 200
        text = server.get("/metrics").body.decode()
        answered.add("ivrhooks_workers 2" in text)
    return answered == {True}


def test_a_refused_configuration_is_reported(
    serving: Any, server_kind: str, until: Any
) -> None:
    with serving(server_kind, FILES, *OPTIONS) as server:
        before = server.get("/readyz").json["config"]
        (server.folder / "ivrhooks.yaml").write_text(ROOT + "sorces: {}\n")
        until(
            lambda: (
                server.get("/readyz?strict=1").status == 503
                and server.get("/readyz").json["checks"]["configuration"]
                == "newer_refused"
            ),
            "it is refused",
        )
        assert server.get("/readyz").json["config"] == before
        (server.folder / "ivrhooks.yaml").write_text(ROOT + "region: CN\n")
        until(lambda: server.get("/readyz").json["config"] != before, "it is mended")
        until(lambda: server.get("/readyz?strict=1").status == 200, "all are mended")


def test_a_redis_outage_and_its_end_are_reported(
    serving: Any, server_kind: str, redis_server: Any, until: Any
) -> None:
    env = {"REDIS_URL": redis_server.url}
    with serving(server_kind, FILES, "--workers", "1", env=env) as server:
        assert checks(server, strict=200)["shared_cache"] == "ok"
        redis_server.stop()
        server.get("/desk")
        until(
            lambda: (
                server.get("/desk").status == 200
                and server.get("/readyz").json["checks"]["shared_cache"] == "down"
            ),
            "Redis is missed",
        )
        assert server.get("/readyz").status == 200
        assert server.get("/readyz?strict=1").status == 503
        redis_server.start()
        until(
            lambda: server.get("/readyz").json["checks"]["shared_cache"] == "ok",
            "Redis is back",
        )


def test_a_lost_store_is_reported(
    serving: Any, server_kind: str, tmp_path: Any, until: Any
) -> None:
    file = tmp_path / "store" / "journal.sqlite"
    file.parent.mkdir()
    root = f"{ROOT}console: {{enabled: true}}\nstore: 'sqlite:///{file}'\n"
    files = {**FILES, "ivrhooks.yaml": root}
    with serving(server_kind, files, "--workers", "1") as server:
        server.get("/healthz")
        assert checks(server, strict=200)["store"] == "ok"
        file.unlink()
        for other in file.parent.iterdir():
            other.unlink()
        file.parent.rmdir()
        until(
            lambda: (
                server.get("/desk").status == 200
                and server.get("/readyz").json["checks"]["store"] == "down"
            ),
            "the store is missed",
        )
        assert server.get("/readyz").status == 200
        assert server.get("/readyz?strict=1").status == 503
