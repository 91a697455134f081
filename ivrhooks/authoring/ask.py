"""Sends one query to one source and reports what was sent, what came back, how long
each phase took, and what it means.

No cache is used and no circuit breaker counts: the person wants to see the system
itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ivrhooks.basics.errors import SourceError, SourceTimeout
from ivrhooks.basics.values import to_text
from ivrhooks.languages.catalogue import Reason, because
from ivrhooks.sources.asking.shared_resources import SharedResources
from ivrhooks.sources.asking.token_provider import TokenProvider
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import (
    Client,
    Operation,
    Query,
    Reply,
    Request,
    Response,
    SourceSettings,
    TokenRejected,
)
from ivrhooks.sources.redaction import redacted
from ivrhooks.sources.shown_exchange import (
    hidden,
    passwords_in,
    shown_record,
    shown_request,
    shown_response,
)
from ivrhooks.sources.transport.timed import TimedPool

MAX_WAIT = 10.0  # seconds that an answer is waited for, without a `timeout`
MAX_SHOWN = 64 * 1024  # letters of a raw answer


class CannotAsk(Exception):
    """The query cannot be made; says why, and what to write."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Answer:
    """The result of a query.

    ``request`` and ``response``: the last ones; ``error``: what went wrong; ``found``:
    whether there is such a record; ``body``: that of the last response, as received.
    """

    source: str
    operation: str
    request: Mapping[str, Any] | None = None
    response: Mapping[str, Any] | None = None
    record: Any = None
    found: bool = False
    error: Mapping[str, str] | None = None
    secrets: list[str] = field(default_factory=list)
    body: bytes = field(default=b"", repr=False)

    @property
    def status(self) -> str:
        """``ok``, ``not_found`` or ``failed``."""
        if self.error is not None:
            return "failed"
        return "ok" if self.found else "not_found"

    def shown(self) -> dict[str, Any]:
        """Return what ``ask --json`` prints."""
        return {
            "ok": self.error is None and self.found,
            "source": self.source,
            "operation": self.operation,
            "request": self.request,
            "response": self.response,
            "record": self.record,
            "error": self.error,
        }


def query_of(
    settings: SourceSettings,
    operation: str | None,
    params: Mapping[str, Any],
    *,
    path: str | None = None,
    query: Mapping[str, Any] | None = None,
) -> Query:
    """Return the query. Raises CannotAsk."""
    kind = KINDS[settings.kind]
    described = _read_operation(settings, operation)
    if kind.asks_requests:
        if not path:
            raise CannotAsk(because("ask_path"))
        request = {"path": path, "query": {**(query or {}), **params}}
        return Query(described, {"method": "GET", **request}, pick="none")
    if path or query:
        raise CannotAsk(because("ask_path_http", kind=settings.kind))
    return Query(described, _params(described, params), pick=described.pick)


def _read_operation(settings: SourceSettings, name: str | None) -> Operation:
    """Return the operation of that name, by default the first; it is a read. Raises
    CannotAsk."""
    operations = settings.operations or KINDS[settings.kind].operations
    known = {operation.name: operation for operation in operations}
    if name and name not in known:
        raise CannotAsk(
            because(
                "ask_no_operation",
                source=settings.name,
                operation=name,
                known=", ".join(known),
            )
        )
    operation = known[name] if name else operations[0]
    if operation.write:
        raise CannotAsk(because("ask_writes", operation=operation.name))
    return operation


def _params(operation: Operation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    _check_names(operation, params)
    values = {name: value for name, value in params.items() if value not in ("", None)}
    missing = [name for name in operation.required if name not in values]
    if missing:
        raise CannotAsk(because("ask_needs", operation=operation.name, name=missing[0]))
    alternatives = operation.needs_one_of
    if alternatives and not values.keys() & set(alternatives):
        names = ", ".join(alternatives)
        raise CannotAsk(because("ask_needs_one", operation=operation.name, names=names))
    return {"items": [values]} if operation.list_params else values


def _check_names(operation: Operation, params: Mapping[str, Any]) -> None:
    known = [param.name for param in operation.params]
    for name in params:
        if name not in known and not operation.free_params:
            listed = ", ".join(known) or because("known_none")
            raise CannotAsk(
                because(
                    "ask_no_parameter",
                    operation=operation.name,
                    name=name,
                    known=listed,
                )
            )


async def ask(
    settings: SourceSettings, query: Query, data_folder: Path | None = None
) -> Answer:
    """Asks, and says what became of it. Raises nothing of the source's."""
    answer = Answer(settings.name, query.operation.name, secrets=[*settings.secrets])
    kind = KINDS[settings.kind]
    max_wait = settings.timeout or MAX_WAIT
    try:
        async with asyncio.timeout(max_wait):
            if kind.client is None:
                reply = await _direct(settings, query, answer, max_wait)
            else:
                client = kind.client(settings)
                reply = await _over_http(client, query, answer, data_folder)
        answer.record = shown_record(reply.record, answer.secrets)
        answer.found = reply.found
    except TimeoutError:
        _record_failure(answer, SourceTimeout(f"no answer within {max_wait:g} s"))
    except SourceError as problem:
        _record_failure(answer, problem)
    return answer


def _record_failure(answer: Answer, problem: SourceError) -> None:
    text = hidden(str(problem), answer.secrets)
    answer.error = {"code": problem.code, "message": text}


async def _direct(
    settings: SourceSettings, query: Query, answer: Answer, max_wait: float
) -> Reply:
    kind = KINDS[settings.kind]
    assert kind.open is not None  # noqa: S101 - a kind has one of the two, for mypy
    asker = kind.open(settings)
    began = time.monotonic()
    answer.request = {"params": {k: to_text(v) for k, v in query.params.items()}}
    try:
        return await asker.ask(query, lambda: began + max_wait - time.monotonic())
    finally:
        took = round((time.monotonic() - began) * 1000, 2)
        answer.response = {"ms": {"total": took}}
        await asker.close()


async def _over_http(
    client: Client, query: Query, answer: Answer, data_folder: Path | None
) -> Reply:
    resources = SharedResources(
        clock=asyncio.get_running_loop().time,
        now=time.time,  # noqa: TID251 - the hour of tokens, no duration
        folder=data_folder,
    )
    wire = _SingleExchange(client, answer)
    tokens = None
    if client.token_request(0.0) is not None:
        tokens = TokenProvider(
            client, wire.send, resources.tokens, now=resources.now, lasts=False
        )
    try:
        request = client.request(query, None)
        token = None if tokens is None else await tokens.token()
        try:
            return await wire.ask(request, query, token, resources.now())
        except TokenRejected:
            if tokens is not None:
                token = await tokens.token(token)
            return await wire.ask(request, query, token, resources.now())
    finally:
        if tokens is not None:
            await tokens.close()
        await resources.release()


class _SingleExchange:
    """Sends requests over a connection each, and keeps the last exchange."""

    def __init__(self, client: Client, answer: Answer) -> None:
        self._client = client
        self._answer = answer

    async def ask(
        self, request: Request, query: Query, token: str | None, now: float
    ) -> Reply:
        """Make one exchange and return what the answer says. Raises SourceError."""
        if token is not None:
            self._answer.secrets.append(token)
        sent = self._client.for_try(request, query, token, now)
        response = await self.send(sent)
        _hide_passwords(query.operation, response, self._answer)
        reply = redacted(query.operation, self._client.reply(query, response))
        if query.pick is None or reply.record is None:
            return reply
        return replace(reply, record=self._client.picked(query, reply.record))

    async def send(self, request: Request) -> Response:
        """Return the whole response. Raises SourceError."""
        answer, settings = self._answer, self._client.settings
        answer.request = shown_request(request, answer.secrets)
        answer.response = None
        pool = TimedPool(connections=1, settings=settings.connection)
        status: dict[str, Any] = {}
        try:
            response = await pool.exchange(request, limit=settings.max_response)
            status = shown_response(response, answer.secrets, MAX_SHOWN)
            answer.body = response.body
            return response
        finally:
            answer.response = {**status, "ms": dict(pool.phases.milliseconds())}
            await pool.close()


def _hide_passwords(operation: Operation, response: Response, answer: Answer) -> None:
    """Remove passwords, which results hold in clear text, from the raw answer."""
    passwords = passwords_in(response, operation.secrets)
    if not passwords or answer.response is None:
        return
    answer.secrets += passwords
    shown = dict(answer.response)
    shown["body"] = hidden(str(shown.get("body", "")), answer.secrets)
    answer.response = shown
