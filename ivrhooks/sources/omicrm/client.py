"""Speaks OMICRM's contacts API version 1: bearer token, errors inside HTTP 200."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from marshmallow import Schema, fields, post_load, validate

from ivrhooks.basics.errors import SourceMalformed, SourceRejected, SourceUnavailable
from ivrhooks.basics.values import to_int, to_text
from ivrhooks.sources.authorization import bearer
from ivrhooks.sources.exchange import build_request
from ivrhooks.sources.interface import (
    Client,
    Operation,
    Query,
    Reply,
    Request,
    Response,
    Token,
    TokenRejected,
)
from ivrhooks.sources.omicrm.operations import OPERATIONS
from ivrhooks.sources.picking import pick_entry
from ivrhooks.sources.reading import is_rows, is_unavailable, json_of

DONE = 9999
TOKEN_LIVES = 86400.0
LONGEST_REFUSAL = 500
NO_SUCH: Mapping[str, Any] = MappingProxyType({})
ID_PARAMS = ("id", "refId")
ID_NAMES = ("_id", "public_id", "contact_id", "publicId")

_BLACKLIST_TAG = re.compile(r"\bblack[ _-]?list(ed)?\b|\bdanh sach den\b|黑名单")
_VIP_TAG = re.compile(r"\bvip\b")


@dataclass(frozen=True, slots=True)
class OmicrmAuth:
    """The account's API key, from which access tokens are made."""

    api_key: str = field(repr=False)


class AuthSchema(Schema):
    """``auth: {api_key: …}``; any other key is refused."""

    api_key = fields.String(required=True, validate=validate.Length(min=1))

    @post_load
    def make(self, data: Mapping[str, Any], **_: Any) -> OmicrmAuth:
        """The settings that the client is given."""
        return OmicrmAuth(**data)


class OmicrmClient(Client):
    """The client of one OMICRM account. Its record is the payload, of whatever type."""

    operations = OPERATIONS

    def request(self, query: Query, token: str | None) -> Request:
        """Return the request of an operation, with the bearer token.

        Raises SourceRejected where a value cannot be sent.

        Reference: docs/vendors/omicrm.md, 3.1 to 3.9.
        """
        headers = self.token_headers(token) if token else ()
        return build_request(_with_ids(query), self.settings, headers)

    def token_headers(self, token: str) -> tuple[tuple[str, str], ...]:
        return (bearer(token),)

    def token_request(self, now: float) -> Request:
        """Return the GET of an access token for the account's API key.

        Reference: https://api.omicall.com/omicall-api/authentication
        """
        key = quote(self.settings.auth.api_key, safe="")
        return Request(
            method="GET",
            url=f"{self.settings.base_url.rstrip('/')}/api/auth?apiKey={key}",
            headers=(("Accept", "application/json"),),
        )

    def token(self, response: Response) -> Token:
        """Return the access token; it is valid for 24 hours.

        Raises SourceRejected where the API key is refused, SourceMalformed where there
        is no token.
        """
        try:
            payload = _read("auth", response).get("payload")
        except TokenRejected as problem:
            raise SourceRejected(f"the API key is refused: {problem}") from None
        text = payload.get("access_token") if isinstance(payload, Mapping) else None
        if not isinstance(text, str) or not text:
            raise SourceMalformed("auth: the answer holds no access_token")
        return Token(text, TOKEN_LIVES)

    def reply(self, query: Query, response: Response) -> Reply:
        """Return the payload of the envelope.

        ``contact_not_found`` is not found for a read and SourceRejected for a write.
        Raises SourceError.

        Reference: docs/vendors/omicrm.md, 3.0.
        """
        operation = query.operation
        if not response.body.strip() and response.status in {200, 201, 204}:
            return Reply(None, found=operation.write)
        envelope = _read(operation.name, response)
        if envelope is not NO_SUCH:
            return _record(operation, envelope.get("payload"))
        if operation.write:
            raise SourceRejected(f"{operation.name}: contact_not_found")
        return Reply(None, found=False)

    def picked(self, query: Query, record: Any) -> Any:
        """Return ``record``, or the one of several contacts that ``pick:`` chooses.

        Return None where the list is empty.
        """
        pick = query.pick
        if pick is None or pick == "none":
            return record
        entries = record.get("items") if isinstance(record, Mapping) else record
        if not isinstance(entries, list):
            return record
        contacts = [entry for entry in entries if isinstance(entry, Mapping)]
        if not contacts:
            return None
        return pick_entry(
            contacts,
            pick,
            identity=contact_id,
            created=lambda contact: to_int(contact.get("created_date")),
            risk=_risk,
        )


def _with_ids(query: Query) -> Query:
    """Replace a whole contact by its id where a parameter takes an id."""
    whole = {
        name: contact_id(value)
        for name, value in query.params.items()
        if name in ID_PARAMS and isinstance(value, Mapping)
    }
    return replace(query, params={**query.params, **whole}) if whole else query


def contact_id(contact: Mapping[str, Any]) -> str:
    """Return a contact's id, which the vendor gives under four names."""
    for name in ID_NAMES:
        text = to_text(contact.get(name))
        if text:
            return text
    return ""


# --------------------------------------------------------------------- envelope


def _read(name: str, response: Response) -> Mapping[str, Any]:
    """Return the envelope of a successful answer, or NO_SUCH. Raises SourceError."""
    status = response.status
    if is_unavailable(status):
        raise SourceUnavailable(f"{name}: HTTP {status}")
    if status == 401:
        raise TokenRejected(f"{name}: HTTP 401")
    if status == 404:
        return NO_SUCH
    body = _parsed(name, response)
    good = 200 <= status < 300
    if not isinstance(body, Mapping) or not body.keys() & {"status_code", "payload"}:
        problem = SourceMalformed if good else SourceRejected
        raise problem(f"{name}: HTTP {status} and no OMICRM envelope")
    if good and to_int(body.get("status_code", DONE)) == DONE:
        return body
    return _read_refusal(
        name, to_text(body.get("message")) or f"HTTP {status}, no reason"
    )


def _read_refusal(name: str, message: str) -> Mapping[str, Any]:
    """Return NO_SUCH where the code in ``message`` means that. Raises
    SourceRejected."""
    if message == "contact_not_found":
        return NO_SUCH
    if "token" in message.lower():
        raise TokenRejected(f"{name}: {message}")
    raise SourceRejected(f"{name}: {message}")


def _parsed(name: str, response: Response) -> Any:
    """Return the JSON of a body.

    OMICRM's gateway refuses a token with plain text. Truncated JSON and HTML are faults
    of the source, which a new token would not cure.
    """
    try:
        return json_of(response)
    except ValueError as problem:
        text = response.body.strip()
        if not 200 <= response.status < 300 and b"token" not in text.lower():
            raise SourceRejected(f"{name}: HTTP {response.status}") from None
        if not text or text[:1] in b'{["<' or len(text) > LONGEST_REFUSAL:
            raise SourceMalformed(f"{name}: {problem}") from None
    refused = TokenRejected(f"{name}: an answer in plain text, not JSON")
    refused.blame = True
    raise refused


def _record(operation: Operation, payload: Any) -> Reply:
    """Return the payload as the operation's record.

    Raises SourceError where it does not have the operation's shape.
    """
    if operation.write:
        if payload is False:
            raise SourceRejected(f"{operation.name}: the vendor answered false")
        return Reply(payload)
    if payload in (None, "", [], {}):
        return Reply(payload, found=False)
    if operation.entries == "items":
        _require_shape(
            operation,
            is_valid=isinstance(payload, Mapping) and is_rows(payload.get("items")),
        )
        return Reply(payload, found=bool(payload["items"]))
    if operation.entries == "":
        _require_shape(operation, is_valid=is_rows(payload))
        return Reply(payload)
    if isinstance(payload, list):
        _require_shape(operation, is_valid=is_rows(payload))
        return Reply(payload[0] if len(payload) == 1 else payload)
    _require_shape(operation, is_valid=isinstance(payload, Mapping))
    return Reply(payload)


def _require_shape(operation: Operation, *, is_valid: bool) -> None:
    if not is_valid:
        raise SourceMalformed(f"{operation.name}: the payload has an unexpected type")


# ------------------------------------------------------------------------- risk


def _risk(contact: Mapping[str, Any]) -> int:
    """Return 2 where a tag says blacklist, 1 where one says VIP; the vendor has no
    field."""
    tags = contact.get("tags")
    text = "\n".join(_plain(tag) for tag in tags) if isinstance(tags, list) else ""
    if _BLACKLIST_TAG.search(text):
        return 2
    return 1 if _VIP_TAG.search(text) else 0


def _plain(tag: Any) -> str:
    """Return a tag's text, or its name where it is an object, in lower case without
    accents."""
    if isinstance(tag, Mapping):
        tag = tag.get("name")
    text = unicodedata.normalize("NFD", (to_text(tag) or "").casefold())
    bare = "".join(letter for letter in text if not unicodedata.combining(letter))
    return bare.replace("đ", "d")
