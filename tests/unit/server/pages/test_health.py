"""Health and readiness."""

from __future__ import annotations

from flask import Flask

from ivrhooks.server.pages import health


def test_health_and_readiness(make_config_store) -> None:
    config_store = make_config_store()
    app = Flask("test")
    app.register_blueprint(health.create_blueprint(config_store))
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {
        "status": "ready",
        "configuration": "abc123",
        "endpoints": 1,
        "newer_refused": False,
    }
    config_store.problem = "desk.yaml:1:1: no"
    assert client.get("/readyz").json["newer_refused"] is True
