"""The console's JSON API: thin views over the functions that the pages use too."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, request

from ivrhooks.console.context import ConsoleContext, invalid
from ivrhooks.console.replies import reply
from ivrhooks.console.services import (
    asking,
    contracts,
    inspector,
    operations,
    outbox,
    replays,
    saved_tests,
    status,
    try_template,
)
from ivrhooks.console.services import test_runs as probe
from ivrhooks.languages.catalogue import because

MAX_BODY = 1024 * 1024


def register(blueprint: Blueprint, context: ConsoleContext) -> None:
    """Add the routes below ``/_console/api/``."""
    _add_tests(blueprint, context)
    _add_requests(blueprint, context)
    _add_replays(blueprint, context)
    _add_outbox(blueprint, context)
    _add_operations(blueprint, context)

    @blueprint.get("/api/status")
    def api_state() -> Response:
        return reply(status.status(context))

    @blueprint.get("/api/sources")
    def api_sources() -> Response:
        return reply({"sources": status.status(context)["sources"]})

    @blueprint.post("/api/ask")
    def api_ask() -> Response:
        return reply(asking.ask_source(context, _object()))

    @blueprint.post("/api/try")
    def api_try() -> Response:
        return reply(try_template.evaluate_request(context, _object()))

    @blueprint.get("/api/endpoints")
    def api_endpoints() -> Response:
        return reply(contracts.endpoints(context))

    @blueprint.get("/api/endpoints/<name>")
    def api_endpoint(name: str) -> Response:
        return reply(contracts.endpoint_contract(context, name))


def _add_tests(blueprint: Blueprint, context: ConsoleContext) -> None:
    @blueprint.post("/api/test")
    def api_test() -> Response:
        body = _object()
        whole = body.pop("detail", False) is True
        run = probe.run_test(context, body)
        return reply(run if whole else run["result"])

    @blueprint.post("/api/endpoints/<name>/tests")
    def api_save(name: str) -> Response:
        body = _object()
        write = body.pop("write", False) is True
        return reply(saved_tests.save(context, name, body, write=write))


def _add_requests(blueprint: Blueprint, context: ConsoleContext) -> None:
    @blueprint.get("/api/requests")
    def api_requests() -> Response:
        return reply(
            inspector.recent(
                context,
                after=_number("after"),
                before=_number("before"),
                endpoint=request.args.get("endpoint", ""),
                status=request.args.get("status", ""),
                caller=request.args.get("caller", ""),
                q=request.args.get("q", ""),
                tests=request.args.get("tests", "") not in ("no", "false", "0"),
                limit=_number("limit", 100),
            )
        )

    @blueprint.get("/api/requests/<int:row_id>")
    def api_request(row_id: int) -> Response:
        shown = request.args.get("show_personal") == "true"
        return reply(inspector.entry(context, row_id, show_personal=shown))

    @blueprint.post("/api/requests/<int:row_id>/again")
    def api_again(row_id: int) -> Response:
        changes = _object() if request.get_data(cache=True) else {}
        whole = changes.pop("detail", False) is True
        run = inspector.run_again(context, row_id, changes)
        return reply(run if whole else run["result"])


def _add_replays(blueprint: Blueprint, context: ConsoleContext) -> None:
    @blueprint.get("/api/replay")
    def api_folders() -> Response:
        return reply({"folders": replays.folders(context)})

    @blueprint.post("/api/replay")
    def api_replay() -> Response:
        return reply(replays.replay(context, _object()))

    @blueprint.post("/api/requests/<int:row_id>/replay")
    def api_replay_one(row_id: int) -> Response:
        return reply(replays.replay_one(context, row_id, _object()))


def _add_outbox(blueprint: Blueprint, context: ConsoleContext) -> None:
    @blueprint.get("/api/outbox")
    def api_outbox() -> Response:
        state, source = request.args.get("state", ""), request.args.get("source", "")
        limit = _number("limit", 100)
        return reply(outbox.recent(context, state=state, source=source, limit=limit))

    @blueprint.get("/api/outbox/<action_id>")
    def api_action(action_id: str) -> Response:
        shown = request.args.get("show_personal") == "true"
        return reply(outbox.entry(context, action_id, show_personal=shown))

    @blueprint.post("/api/outbox/retry")
    def api_retry() -> Response:
        chosen = outbox.read_filter("retry", _object())
        return reply(outbox.change(context, "retry", chosen))

    @blueprint.post("/api/outbox/drop")
    def api_drop() -> Response:
        chosen = outbox.read_filter("drop", _object())
        return reply(outbox.change(context, "drop", chosen))


def _add_operations(blueprint: Blueprint, context: ConsoleContext) -> None:
    @blueprint.post("/api/reload")
    def api_reload() -> Response:
        return reply(operations.reload(context))

    @blueprint.post("/api/cache/purge")
    def api_purge() -> Response:
        body = _object() if request.get_data(cache=True) else {}
        return reply(operations.purge_cache(context, _source_of(body)))

    @blueprint.post("/api/breaker/reset")
    def api_reset() -> Response:
        return reply(operations.reset_breaker(context, _source_of(_object())))


def _source_of(body: dict[str, Any]) -> str:
    """Return the source in ``{"source": name}``. Raises ConsoleError."""
    unknown = [name for name in body if name != "source"]
    source = body.get("source") or ""
    if unknown or not isinstance(source, str):
        raise invalid(because("object_source"))
    return source


def _object() -> dict[str, Any]:
    """Return the JSON object of the request. Raises ConsoleError."""
    if (request.content_length or 0) > MAX_BODY:
        raise invalid(because("console_body"))
    try:
        value = orjson.loads(request.get_data(cache=True))
    except ValueError as problem:
        raise invalid(because("object_broken")) from problem
    if not isinstance(value, dict):
        raise invalid(because("object"))
    return value


def _number(name: str, usual: int = 0) -> int:
    text = request.args.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise invalid(because("whole_number", key=name))
    return int(text)
