"""Speaks Bangwo8's companies API, without any I/O.

Reference: "Bangwo8 companies v1"; docs/vendors/bangwo8.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ivrhooks.basics.errors import (
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.basics.values import to_int, to_text
from ivrhooks.sources.authorization import basic, bearer
from ivrhooks.sources.bangwo8.operations import OPERATIONS
from ivrhooks.sources.bangwo8.settings import BangwoAuth
from ivrhooks.sources.exchange import build_request
from ivrhooks.sources.interface import (
    Client,
    Operation,
    Query,
    Reply,
    Request,
    Response,
    SourceSettings,
    Token,
    TokenRejected,
)
from ivrhooks.sources.picking import pick_entry
from ivrhooks.sources.reading import is_unavailable, json_of

TOKEN_PATH = "/api/token.php"  # noqa: S105 - a path, no secret
TOKEN_LIFE = 3600.0
NO_SUCH_COMPANY = "100047"
BAD_TOKEN = "100002"  # noqa: S105 - an error code, no secret
NO_ERROR = frozenset({"", "0", "200"})
BLACKLIST_TAGS = frozenset({"黑名单", "blacklist", "blacklisted"})
VIP_TAGS = frozenset({"vip"})


class Bangwo8Client(Client):
    """The client of one Bangwo8 account. It has no state; safe to share."""

    operations = OPERATIONS
    key_header = "Requestid"

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self._auth = settings.auth if isinstance(settings.auth, BangwoAuth) else None
        self._account_headers = self._basic_headers()

    def request(self, query: Query, token: str | None) -> Request:
        """Return the HTTP request for ``query``, with the account or the token."""
        headers = self.token_headers(token) if token else self._account_headers
        return build_request(query, self.settings, headers)

    def reply(self, query: Query, response: Response) -> Reply:
        """Return the vendor's answer without its envelope, or raise the error it
        reports."""
        operation = query.operation
        if not response.body.strip() and 200 <= response.status < 300:
            return Reply({}) if operation.write else Reply(None, found=False)
        body = _read(operation.name, response)
        code, message = _vendor_error(body)
        if response.status == 404 or code == NO_SUCH_COMPANY:
            return Reply(None, found=False)
        self._refuse(operation, response, code, message)
        if not isinstance(body, Mapping):
            raise SourceMalformed(f"{operation.name}: the answer is no JSON object")
        if operation.entries is not None:
            return _block(body, operation)
        if operation.write:
            return _write_reply(body, operation.name)
        return _company(body, operation.name)

    def token_request(self, now: float) -> Request | None:
        """Return the request for a token where the account is an OAuth2 client.

        Reference: docs/vendors/sources.md, P22 and P24: POST /api/token.php.
        """
        if self._auth is None or not self._auth.uses_token:
            return None
        return Request(
            method="POST",
            url=self.settings.base_url.rstrip("/") + TOKEN_PATH,
            headers=(
                ("Accept", "application/json"),
                basic(self._auth.secret_id, self._auth.secret),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ),
            body=b"grant_type=client_credentials",
            repeatable=True,
        )

    def token(self, response: Response) -> Token:
        """Return the token and its life in seconds from the answer to
        ``token_request``."""
        body = _read("token", response)
        code, message = _vendor_error(body)
        if not 200 <= response.status < 300 or code:
            raise _error("token", response.status, code, message)
        value = body.get("access_token") if isinstance(body, Mapping) else None
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise SourceMalformed("token: the answer holds no access_token")
        if not value:
            raise SourceMalformed("token: the access_token is empty")
        lives = to_int(body.get("expires_in"))
        return Token(value, float(lives) if lives and lives > 0 else TOKEN_LIFE)

    def token_headers(self, token: str) -> tuple[tuple[str, str], ...]:
        """Return the token as a bearer token."""
        return (bearer(token),)

    def picked(self, query: Query, record: Any) -> Any:
        """Return the entry that ``pick:`` chooses; None where the list is empty.

        Bangwo8 has no fields for blacklist and VIP, so ``risk_first`` reads the tags
        (``tableName``).
        """
        key = query.operation.entries
        if query.pick in (None, "none") or key is None:
            return record
        entries = record.get(key) if isinstance(record, Mapping) else None
        if not entries:
            return None
        return pick_entry(
            entries, query.pick, identity=_identity, created=_created, risk=_risk
        )

    def _basic_headers(self) -> tuple[tuple[str, str], ...]:
        if self._auth is None or self._auth.uses_token:
            return ()
        return (basic(self._auth.account, self._auth.password),)

    def _refuse(
        self, operation: Operation, response: Response, code: str, message: str
    ) -> None:
        """Raise the error that a status other than 2xx, or an errcode, means."""
        status = response.status
        if 200 <= status < 300 and not code:
            return
        uses_token = self._auth is not None and self._auth.uses_token
        if uses_token and (status == 401 or code == BAD_TOKEN):
            raise TokenRejected(f"{operation.name}: HTTP {status}, errcode {code}")
        raise _error(operation.name, status, code, message)


def _error(name: str, status: int, code: str, message: str) -> SourceError:
    text = f"{name}: HTTP {status}"
    text += f", errcode {code}" if code else ""
    text += f": {mask_text(message)}" if message else ""
    if is_unavailable(status):
        return SourceUnavailable(text)
    return SourceRejected(text)


def _read(name: str, response: Response) -> Any:
    """Return the JSON of an answer; None where an error has no JSON body."""
    try:
        return json_of(response)
    except ValueError as problem:
        if 200 <= response.status < 300:
            raise SourceMalformed(f"{name}: {problem}") from None
        return None


def _vendor_error(body: Any) -> tuple[str, str]:
    """Return ``errcode`` and ``errmsg`` of a body, empty where it is no error."""
    if not isinstance(body, Mapping) or "errcode" not in body:
        return "", ""
    code = to_text(body["errcode"]) or ""
    message = to_text(body.get("errmsg")) or ""
    return ("", "") if code in NO_ERROR else (code[:32], message[:200])


def _block(body: Mapping[str, Any], operation: Operation) -> Reply:
    """Return the vendor's own block of a list, with everything that is in it."""
    key = operation.entries or ""
    entries = body.get(key)
    if not isinstance(entries, list):
        raise SourceMalformed(f"{operation.name}: the answer has no list {key!r}")
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise SourceMalformed(f"{operation.name}: an entry of {key!r} is no object")
    return Reply(body, found=bool(entries))


def _company(body: Mapping[str, Any], name: str) -> Reply:
    """Return the object under ``company``, or of a list there the only entry.

    A public client found a one-element list.
    """
    if "company" not in body:
        raise SourceMalformed(f"{name}: the answer has no company")
    company = body["company"]
    if isinstance(company, list) and len(company) < 2:
        company = company[0] if company else None
    if company is None:
        return Reply(None, found=False)
    if not isinstance(company, Mapping):
        raise SourceMalformed(f"{name}: the company is no object")
    return Reply(company, found=bool(company))


def _write_reply(body: Mapping[str, Any], name: str) -> Reply:
    """Return the result of a write.

    The document has ``{"company"}``; the new manual has ``{"status": "0", "message",
    "data"}``.
    """
    if "company" in body:
        return Reply(_company(body, name).record or {})
    if "status" not in body:
        raise SourceMalformed(f"{name}: the answer has no company and no status")
    status = to_text(body["status"])
    if status != "0":
        message = mask_text(to_text(body.get("message")) or "")
        raise SourceRejected(f"{name}: status {status}: {message[:200]}")
    data = body.get("data")
    return Reply(data if isinstance(data, Mapping) else dict(body))


def _identity(entry: Mapping[str, Any]) -> str:
    return to_text(entry.get("uId")) or to_text(entry.get("_id")) or ""


def _created(entry: Mapping[str, Any]) -> float | None:
    """Return ``createDT`` in seconds; it is only compared with others of the same
    clock."""
    try:
        moment = datetime.fromisoformat(to_text(entry.get("createDT")) or "")
        return moment.replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _risk(entry: Mapping[str, Any]) -> int:
    tags = (to_text(entry.get("tableName")) or "").split(",")
    names = {tag.strip().casefold() for tag in tags}
    if names & BLACKLIST_TAGS:
        return 2
    return 1 if names & VIP_TAGS else 0
