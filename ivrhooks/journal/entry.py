"""One data request in the journal: what was received, what was answered, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivrhooks.languages.catalogue import Reason
from ivrhooks.store.people import Person

MAX_BODY = 10 * 1024
"""The stored bytes of a body; the rest is cut off."""

MAX_HEAD = 20 * 1024
"""The stored bytes of request line and headers: more than the servers accept."""

MAX_ANSWERS = 64 * 1024
"""The bytes of source answers up to which they are stored. Of more, only the statuses
are."""

MAX_TRACE = 48 * 1024
"""The bytes of a trace with its detail. Of a longer one the lookups' results are left
out, then the detail."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    - ``at``: when it was answered, in seconds since 1970; ``now``: the moment that its
      templates saw, 0.0 for none; ``server_kind``: asgi | wsgi.
    - ``code``: that of a refusal, else ""; ``reasons``: why.
    - ``defaults``: outputs that are defaults or left out, with the reason.
    - ``head``, ``body``: as received, secrets hidden, the body cut.
    - ``trace``: the object of the API test, masked; ``detail``: how each output was
      made, masked.
    - ``deadline_ms``: the deadline on the trace's clock; 0.0 for none.
    - ``test``: sent by the console itself.
    - ``people``: numbers, addresses and ids by which it is found; ``callers``: those of
      them that were sent as telephone numbers.
    - ``answers``: what each lookup gave, in full (``observe.journal_entries``).
    - ``lookups``: the names of all that the endpoint had, asked or not; None: not kept.
    - ``outputs``: each output's answered value (None: left out), and whether it was a
      default.
    """

    at: float
    request_id: str
    endpoint: str = ""
    server_kind: str = ""
    method: str = ""
    path: str = ""
    status: int = 0
    ms: float = 0.0
    peer: str = ""
    code: str = ""
    reasons: Sequence[Reason] = ()
    warnings: Sequence[str] = ()
    degraded: str = ""
    defaults: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    test: bool = False
    head: bytes = field(default=b"", repr=False)
    body: bytes = field(default=b"", repr=False)
    body_bytes: int = 0
    trace: Mapping[str, Any] | None = field(default=None, repr=False)
    detail: Mapping[str, Any] = field(default_factory=dict, repr=False)
    deadline_ms: float = 0.0
    people: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    callers: Sequence[str] = field(default=(), repr=False)
    answers: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    outputs: Mapping[str, Sequence[Any]] = field(default_factory=dict, repr=False)
    now: float = 0.0
    lookups: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """A filter of data requests.

    ``after`` and ``before``: ids; ``since``: seconds since 1970; ``status``: a number
    (``401``), a class (``4xx``), ``refused`` or ``degraded``; ``tests``: include those
    of the console. Either of ``caller`` and ``request_id`` (in full) may match.
    """

    after: int = 0
    before: int = 0
    endpoint: str = ""
    status: str = ""
    since: float = 0.0
    caller: Person | None = field(default=None, repr=False)
    request_id: str = ""
    tests: bool = True
