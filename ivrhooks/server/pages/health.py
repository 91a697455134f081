"""Health and readiness, for whoever watches over the server."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ivrhooks.http.response import JSON_TYPE, json_body
from ivrhooks.server.config_store import ConfigStore


def create_blueprint(config_store: ConfigStore) -> Blueprint:
    """``/healthz``: the process answers. ``/readyz``: with which configuration, and
    whether a newer one was refused."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        configuration = config_store.current
        return _json(
            {
                "status": "ready",
                "configuration": configuration.fingerprint,
                "endpoints": len(configuration.plans),
                "newer_refused": bool(config_store.problem),
            }
        )

    return blueprint


def _json(value: dict[str, Any]) -> Response:
    return Response(json_body(value), content_type=JSON_TYPE)
