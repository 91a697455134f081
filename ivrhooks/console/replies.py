"""The console's answers in JSON."""

from __future__ import annotations

from typing import Any

from flask import Response

from ivrhooks.basics.loose_json import loose_json
from ivrhooks.console.context import ConsoleError

JSON_TYPE = "application/json"


def reply(value: Any, status: int = 200) -> Response:
    """``value`` as JSON on one line."""
    return Response(loose_json(value), status, content_type=JSON_TYPE)


def refusal(error: ConsoleError) -> Response:
    """``{"error": {"code", "message"}}``."""
    body = {"error": {"code": error.code, "message": str(error.reason)}}
    return reply(body, error.status)
