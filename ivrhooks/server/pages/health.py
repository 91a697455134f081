"""Health and readiness, for whoever watches over the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from ivrhooks.http.response import JSON_TYPE, json_body
from ivrhooks.observe.readiness import Readiness


def create_blueprint(readiness: Callable[[], Readiness]) -> Blueprint:
    """``/healthz``: the process answers. ``/readyz``: whether it should be asked, and
    what is the matter; ``?strict=1`` is unready for anything that is."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        strict = request.args.get("strict", "0").lower() not in ("0", "false", "no")
        told = readiness().told(strict=strict)
        return _json(told, 200 if told["ready"] else 503)

    return blueprint


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(json_body(value), status, content_type=JSON_TYPE)
