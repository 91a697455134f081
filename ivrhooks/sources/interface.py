"""What every kind of source offers: operations, and a client without any I/O.

Each operation is described once (``Operation``), for client, sandbox, ``check``,
reference and console. A client turns a query into a ``Request`` and a ``Response`` into
a record; ``transport/`` sends and receives them.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import orjson

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.basics.frozen import frozen
from ivrhooks.basics.people.personal import FieldKinds, default_kind
from ivrhooks.sources.connection_settings import DIRECT, ConnectionSettings

# ---------------------------------------------------------------- descriptions


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an operation, under the vendor's own name.

    ``type``: string | int | bool | list | object | any. ``place``: query | path | body.
    ``values``: the only ones allowed, where the vendor lists them. ``items``: for a
    list of objects, the description of an item's keys; ``of``: for a list of plain
    values, their type. ``pii``: the kind of its value; "" for that of its type.
    """

    name: str
    type: str = "string"
    required: bool = False
    place: str = "query"
    help: str = ""
    values: tuple[str, ...] = ()
    items: tuple[Param, ...] = ()
    of: str = ""
    pii: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an operation's result. ``name`` may be dotted (``items.tags``).
    ``secret``: a password in clear; no template, cache or log has it. ``pii``: the
    kind of its value (``basics.people.personal``); "" for that of its type."""

    name: str
    type: str = "string"
    help: str = ""
    secret: bool = False
    pii: str = ""


@dataclass(frozen=True, slots=True)
class VendorError:
    """An error with which an operation may answer, as documented by the vendor."""

    code: str
    meaning: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Paging:
    """How a paged operation is read: the page parameter, the size parameter, the number
    of the first page, the vendor's default size, and the key of the block's list (the
    same as ``Operation.entries``)."""

    page_param: str
    size_param: str | None
    first: int
    default_size: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a kind, described once.

    - ``path``: below the source's base URL, path parameters in braces:
      ``/api/v1/companies/{id}.json``;
    - ``needs_one_of``: at least one of these parameters must have a value;
    - ``free_params``: whether other names than ``params`` are allowed (custom fields);
    - ``list_params``: the parameters are a list of objects (add_contacts, add_note),
      each described by ``params``;
    - ``fields``: of its record; ``free_fields``: others too; ``all_fields``: no others;
    - ``entries``: the key of the list inside the record (``items``, ``results``); ""
      where the record is the list itself; None where the record is a single object;
    - ``pick``: the default pick of a lookup ("risk_first"), or None;
    - ``rows``: ``all_rows: true`` returns all matching rows instead of the first;
    - ``free_answer``: the result is any JSON; null and an empty list are not found;
    - ``pair_kinds``: personal-data kinds of values beside a ``field_code`` or ``key``;
    - ``key_param``: the parameter for an action's idempotency key where the action
      gives it no value; "" where the vendor has none;
    - ``reference``: the vendor's document and section.
    """

    kind: str
    name: str
    method: str
    path: str
    summary: str
    reference: str
    params: tuple[Param, ...] = ()
    needs_one_of: tuple[str, ...] = ()
    free_params: bool = False
    list_params: bool = False
    fields: tuple[Field, ...] = ()
    free_fields: bool = False
    all_fields: bool = False
    entries: str | None = None
    paging: Paging | None = None
    pick: str | None = None
    pair_kinds: tuple[tuple[str, str], ...] = ()
    errors: tuple[VendorError, ...] = ()
    write: bool = False
    free_answer: bool = False
    rows: bool = False
    body_wrapper: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    key_param: str = ""

    required: tuple[str, ...] = field(init=False, repr=False)
    secrets: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Derive, once:

        - ``required``: the names of the parameters without which it cannot be called;
        - ``secrets``: the last names of the fields that are removed from a result.
        """
        required = tuple(param.name for param in self.params if param.required)
        object.__setattr__(self, "required", required)
        names = (field.name for field in self.fields if field.secret)
        secrets = frozenset(name.rpartition(".")[2] for name in names)
        object.__setattr__(self, "secrets", secrets)


def kinds_of(operation: Operation, own: Mapping[str, str] | None = None) -> FieldKinds:
    """Return the kinds of all fields that an operation sends and returns. ``own``: the
    kinds that the configuration gives."""
    kinds: dict[str, str] = {}
    for param in operation.params:
        kinds[param.name] = param.pii or default_kind(param.type)
        for item in param.items:
            name = f"{param.name}.{item.name}"
            kinds[name] = item.pii or param.pii or default_kind(item.type)
    for declared in operation.fields:
        kinds[declared.name] = declared.pii or default_kind(declared.type)
    return FieldKinds({**dict(operation.pair_kinds), **kinds, **(own or {})})


# ------------------------------------------------------------------- exchanges


@frozen
class Request:
    """One HTTP request, before a transport sends it.

    ``url`` is absolute and percent-encoded and includes the query. ``repeatable``: a
    read, which may be sent again where nothing was received.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    repeatable: bool = True


@dataclass(slots=True)
class Response:
    """One whole HTTP response, its body within ``max_response``. ``headers`` have
    lower-case names; of a repeated one the last counts. Do not change one.
    It is not frozen because a frozen one takes twice as long to create."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. ``lives``: seconds from the moment it was fetched."""

    value: str
    lives: float


class TokenRejected(SourceRejected):
    """The system refused the token that was sent. It should be renewed once."""

    code = "token_rejected"


@frozen
class Reply:
    """The result of an operation: the vendor's answer without its envelope.

    ``found`` is False for the vendor's own "no such" answers, an empty body, and a list
    block without entries, which can still be read in ``record``.
    """

    record: Any
    found: bool = True


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """``cache:`` of a source or a lookup, in seconds. ``stale >= fresh``."""

    fresh: float
    stale: float


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """``breaker:`` of a source: failures in a row, seconds until a probe."""

    failures: int = 5
    reset: float = 10.0


@frozen
class Query:
    """One query to a source: an operation and the values of its parameters.

    ``params`` has no entries without value. With ``list_params`` it is ``{"items": [ …
    ]}``. For kind http its keys are ``method``, ``path`` (already percent-encoded),
    ``query`` (a list value repeats the name), ``headers``, and ``json``, ``form`` or
    ``body`` with ``content_type``, plus ``idempotent``. ``all_rows``: all matching rows
    (kind sql). ``rules``: how the lookup wants the answer judged; part of the cache
    key. ``idempotency_key``: that of an action, the same in all its tries; such a query
    is never cached or shared. ``request_id``, ``traceparent``: of the data request.
    ``watch`` (``asking.watch``) records the exchanges.
    """

    operation: Operation
    params: Mapping[str, Any]
    all_pages: bool = False
    pick: str | None = None
    cache: CacheSettings | None = None
    rules: Hashable = None
    all_rows: bool = False
    idempotency_key: str = ""
    request_id: str = field(default="", compare=False)
    traceparent: str = field(default="", compare=False)
    watch: Any = field(default=None, compare=False, repr=False)


def query_identity(query: Query) -> str:
    """Return a text that identifies a query without revealing it: a hash of operation,
    request (without what ``auth`` adds) and how the answer is judged. It is the same on
    every machine."""
    identity = [
        query.operation.kind,
        query.operation.name,
        query.params,
        query.all_pages,
        query.pick,
        query.all_rows,
        repr(query.rules),
    ]
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    try:
        data = orjson.dumps(identity, default=str, option=options)
    except TypeError:  # a lone surrogate, or an int of more than 64 bits
        data = repr(identity).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:32]


class DataFile(Protocol):
    """A file of rows beside the configuration. It is read again when it changes,
    without a reload of the configuration."""

    path: Path
    problem: str

    def refresh(self, *, now: bool = False) -> bool:
        """Read the file again where it has changed; return whether its content differs.
        ``problem`` says why a changed file was not used."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """A configured source, all values in seconds and bytes. ``auth``: what the kind's
    schema made of ``auth:``; ``options``: what the kind's ``compile`` made of its own
    keys; ``operations``: its own operations, where they are not the kind's;
    ``secrets``: the texts of its credentials, masked wherever a request is shown."""

    name: str
    kind: str
    base_url: str
    auth: Any = None
    paths: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    retries: int = 0
    cache: CacheSettings | None = None
    breaker: BreakerSettings = BreakerSettings()
    max_concurrent: int = 64
    max_response: int = 1024 * 1024
    empty: tuple[str, ...] = ("",)
    pii: Mapping[str, str] = field(default_factory=dict)
    options: Any = None
    operations: tuple[Operation, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    connection: ConnectionSettings = DIRECT

    @property
    def data_file(self) -> DataFile | None:
        """The file of rows from which the source answers, or None."""
        file: DataFile | None = getattr(self.options, "data_file", None)
        return file


class Client(ABC):
    """Speaks one vendor's API, without any I/O. One per source; safe to share."""

    operations: ClassVar[tuple[Operation, ...]]
    key_header: ClassVar[str] = ""
    """The header for an action's idempotency key, where the vendor has one."""

    signs_each_try = False
    """Whether ``for_try`` adds something where there is no token."""

    def __init__(self, settings: SourceSettings) -> None:
        self.settings = settings

    @abstractmethod
    def request(self, query: Query, token: str | None) -> Request:
        """Return the HTTP request of ``query``. Raises SourceRejected where a value
        cannot be sent (CR, LF or NUL in a header)."""

    @abstractmethod
    def reply(self, query: Query, response: Response) -> Reply:
        """Return what ``response`` says. Raises SourceError (``TokenRejected`` where a
        new token would help) and nothing else, whatever the body holds."""

    def for_try(
        self, request: Request, query: Query | None, token: str | None, now: float
    ) -> Request:
        """Return ``request`` as one try sends it: with the token and what each try
        makes anew (signature, nonce). ``now``: seconds since 1970; ``query`` is None
        where ``request`` fetches a token."""
        if token is None or query is None:
            return request
        named = {name.lower() for name, _ in request.headers}
        added = [
            pair for pair in self.token_headers(token) if pair[0].lower() not in named
        ]
        return replace(request, headers=(*request.headers, *added))

    def token_request(self, now: float) -> Request | None:
        """Return the request that fetches a token, or None where none is needed."""
        return None

    def token(self, response: Response) -> Token:
        """Return the token in the answer to ``token_request``. Raises SourceError."""
        raise NotImplementedError

    def token_headers(self, token: str) -> tuple[tuple[str, str], ...]:
        """Return the headers that carry the token; ``request`` uses them."""
        return ()

    def picked(self, query: Query, record: Any) -> Any:
        """Return ``record`` after ``pick:`` (``query.pick``, defaults filled in)."""
        return record


@frozen
class Outcome:
    """The outcome of a lookup at its source.

    ``status``: ok | not_found | timeout | error | open | busy | stale (the engine
    itself sets skipped). ``age``: seconds since a cached record was fetched.
    ``message`` says why. ``http``: the last HTTP status; ``retry_after``: seconds that
    its header asks to wait; ``picked_of``: from how many entries ``pick:`` chose;
    ``answer``: the beginning of a body that could not be used."""

    status: str
    record: Any = None
    age: float | None = None
    code: str | None = None
    message: str = ""
    tries: int = 0
    http: int | None = None
    retry_after: float | None = None
    picked_of: int | None = None
    answer: bytes = b""


FAILED = frozenset({"timeout", "error", "open", "busy"})  # all others are healthy
