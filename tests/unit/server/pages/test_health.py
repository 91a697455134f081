"""Health and readiness."""

from __future__ import annotations

import pytest
from flask import Flask

from ivrhooks.observe.readiness import Readiness
from ivrhooks.server.pages import health

CHECKS = {"configuration": "ok"}


def client(ready: bool, strictly: bool) -> object:
    app = Flask("test")
    told = Readiness(ready, strictly, "abc123", CHECKS)
    app.register_blueprint(health.create_blueprint(lambda: told))
    return app.test_client()


def test_health() -> None:
    answer = client(False, False).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("ready", "strictly", "target", "status"),
    [
        (True, True, "/readyz", 200),
        (True, True, "/readyz?strict=1", 200),
        (True, False, "/readyz", 200),
        (True, False, "/readyz?strict=0", 200),
        (True, False, "/readyz?strict=1", 503),
        (True, False, "/readyz?strict", 503),
        (False, False, "/readyz", 503),
    ],
)
def test_readiness(ready: bool, strictly: bool, target: str, status: int) -> None:
    answer = client(ready, strictly).get(target)
    assert answer.status_code == status
    assert answer.json == {
        "ready": status == 200,
        "config": "abc123",
        "checks": CHECKS,
    }
