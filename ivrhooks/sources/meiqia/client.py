"""Speaks Meiqia's call centre openapi: a bearer token that does not expire, no
envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from ivrhooks.basics.errors import SourceMalformed, SourceRejected, SourceUnavailable
from ivrhooks.basics.values import to_text
from ivrhooks.sources.authorization import bearer
from ivrhooks.sources.exchange import build_request
from ivrhooks.sources.interface import (
    Client,
    Operation,
    Query,
    Reply,
    Request,
    Response,
)
from ivrhooks.sources.meiqia.operations import OPERATIONS
from ivrhooks.sources.picking import pick_entry
from ivrhooks.sources.reading import is_rows, is_unavailable, json_of

ID_NAMES = ("call_uuid", "sip", "id")


@dataclass(frozen=True, slots=True)
class MeiqiaAuth:
    """The access token from the settings of Meiqia's web desk; it never expires."""

    access_token: str = field(repr=False)


class AuthSchema(Schema):
    """``auth: {access_token: …}``; any other key is refused."""

    access_token = fields.String(required=True, validate=validate.Length(min=1))

    @post_load
    def make(self, data: Mapping[str, Any], **_: Any) -> MeiqiaAuth:
        """Return the settings for the client."""
        return MeiqiaAuth(**data)


class MeiqiaClient(Client):
    """The client of one Meiqia account. There is no envelope: the answer is the
    record."""

    operations = OPERATIONS

    def request(self, query: Query, token: str | None) -> Request:
        """Return the request of an operation, with the bearer token.

        Raises SourceRejected where a value cannot be sent.

        Reference: docs/vendors/meiqia.md, 5.0 to 5.6.
        """
        headers = self.token_headers(self.settings.auth.access_token)
        return build_request(query, self.settings, headers)

    def token_headers(self, token: str) -> tuple[tuple[str, str], ...]:
        return (bearer(token),)

    def reply(self, query: Query, response: Response) -> Reply:
        """Return the body as the record; 404 is not found for a read.

        Raises SourceError where the status is no 2xx, or the body has another shape.
        """
        operation = query.operation
        if response.status == 404 and not operation.write:
            return Reply(None, found=False)
        if not 200 <= response.status < 300:
            _refuse(operation, response)
        if not response.body.strip():
            return Reply({} if operation.write else None, found=operation.write)
        try:
            body = json_of(response)
        except ValueError as problem:
            raise SourceMalformed(f"{operation.name}: {problem}") from None
        return _record(operation, body)

    def picked(self, query: Query, record: Any) -> Any:
        """Return ``record``, or the one of several calls or lines that ``pick:``
        chooses.

        Return None where the list is empty.
        """
        key = query.operation.entries
        if query.pick is None or query.pick == "none" or key is None:
            return record
        entries = record.get(key) if key and isinstance(record, Mapping) else record
        if not isinstance(entries, list):
            return record
        if not entries:
            return None
        return pick_entry(
            entries,
            query.pick,
            identity=_identity,
            created=_start_time,
            risk=lambda _: 0,
        )


def _refuse(operation: Operation, response: Response) -> None:
    """Raise the error that a status other than 200 means, with the vendor's message.

    The code Unauthenticated says nothing about the token: the vendor's example pairs it
    with an agent who is not registered.
    """
    text = f"{operation.name}: HTTP {response.status}"
    message = _message(response)
    if message:
        text += f", {message}"
    if is_unavailable(response.status):
        raise SourceUnavailable(text)
    raise SourceRejected(text)


def _message(response: Response) -> str:
    try:
        body = json_of(response)
    except ValueError:
        return ""
    error = body.get("error") if isinstance(body, Mapping) else None
    return (to_text(error.get("message")) or "") if isinstance(error, Mapping) else ""


def _record(operation: Operation, body: Any) -> Reply:
    """Return the body as the operation's record; each of the vendor's fields may be
    absent.

    Raises SourceMalformed where it has another shape.
    """
    if operation.write:
        _require_shape(operation, is_valid=isinstance(body, Mapping))
        return Reply(body)
    if operation.entries == "":
        rows = _only_list(operation, body)
        return Reply(rows, found=bool(rows))
    _require_shape(operation, is_valid=isinstance(body, Mapping))
    lists = [operation.entries] if operation.entries else ["groups", "numbers"]
    _require_shape(
        operation, is_valid=not body or bool(body.keys() & {*lists, "total"})
    )
    for name in lists:
        _require_shape(
            operation, is_valid=body.get(name) is None or is_rows(body[name])
        )
    return Reply(body, found=any(body.get(name) for name in lists))


def _only_list(operation: Operation, body: Any) -> list[Any]:
    """Return a bare list; an object with exactly one list counts as that list."""
    if isinstance(body, Mapping):
        lists = [value for value in body.values() if isinstance(value, list)]
        _require_shape(operation, is_valid=len(lists) == 1 or not body)
        body = lists[0] if lists else []
    _require_shape(operation, is_valid=is_rows(body))
    rows: list[Any] = body
    return rows


def _require_shape(operation: Operation, *, is_valid: bool) -> None:
    if not is_valid:
        raise SourceMalformed(f"{operation.name}: the answer is of another shape")


def _identity(entry: Mapping[str, Any]) -> str:
    for name in ID_NAMES:
        text = to_text(entry.get(name))
        if text:
            return text
    return ""


def _start_time(entry: Mapping[str, Any]) -> float | None:
    """Return when a call started, in seconds; a time without zone is UTC."""
    text = entry.get("start_time")
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
