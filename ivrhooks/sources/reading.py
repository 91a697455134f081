"""What the clients of all kinds read alike from an HTTP response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivrhooks.basics.strict_json import read_json_body
from ivrhooks.sources.interface import Response


def json_of(response: Response) -> Any:
    """Return the JSON of the body, in the charset of its label. Raises ValueError."""
    return read_json_body(response.body, response.headers.get("content-type", ""))


def is_unavailable(status: int) -> bool:
    """Return whether a status says that the system cannot answer now."""
    return status >= 500 or status == 429


def is_rows(value: Any) -> bool:
    """Return whether ``value`` is a list of objects; it may be empty."""
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)
