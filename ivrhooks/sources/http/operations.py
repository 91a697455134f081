"""Describes the one operation of kind http: any HTTP request."""

from __future__ import annotations

from ivrhooks.sources.interface import Operation, Param

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        kind="http",
        name="request",
        method="GET",
        path="",
        summary="Any request to any HTTP API",
        reference="no vendor; docs/systems/http.md",
        params=(
            Param(
                "method",
                help="the HTTP method, default GET; GET and HEAD are reads",
                values=METHODS,
            ),
            Param("path", required=True, place="path", help="below the base URL"),
            Param("query", "object", help="query parameters; a list repeats the name"),
            Param("headers", "object", help="headers beside those of the source"),
            Param("json", "any", place="body", help="a body, sent as JSON"),
            Param("form", "object", place="body", help="a body, sent as a form"),
            Param("body", place="body", help="a body, sent as this text"),
            Param(
                "content_type",
                help="the label of `body`, default text/plain; charset=utf-8",
            ),
            Param("idempotent", "bool", help="may be repeated though it is no GET"),
        ),
        free_fields=True,
        free_answer=True,
    ),
)
