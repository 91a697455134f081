"""Makes queries to a vendor's operations, and responses like those of its API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from ivrhooks.sources.interface import Operation, Query, Response


def query_maker(operations: Iterable[Operation]) -> Callable[..., Query]:
    """Return a function that makes a query of an operation's name and parameters."""
    by_name = {operation.name: operation for operation in operations}

    def ask(name: str, pick: str | None = None, **params: Any) -> Query:
        return Query(by_name[name], params, pick=pick)

    return ask


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """Return a response with ``body`` as JSON; bytes are sent unchanged."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {"content-type": "application/json", **headers}, raw)
