"""One data request as the journal keeps it: what came in, what went out, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivrhooks.languages.catalogue import Reason
from ivrhooks.store.people import Wanted

MOST_BODY = 10 * 1024
"""Bytes of a body that are kept; the rest is cut off."""

MOST_HEAD = 20 * 1024
"""Bytes of a request line and headers that are kept: more than the servers take."""

MOST_ANSWERS = 64 * 1024
"""Bytes of what the sources gave that are kept; of more none are, but the statuses."""

MOST_TRACE = 48 * 1024
"""Bytes of a trace and its detail that are kept; of a longer one the lookups' results
are left out, then the detail."""


@dataclass(frozen=True, slots=True)
class Entry:
    """``at``: seconds since 1970; ``server_kind``: asgi | wsgi; ``code``: the refusal's
    code, "" where there is none, and ``reasons`` why; ``defaults``: the
    outputs that are defaults or left out, and because of what; ``head`` and ``body``
    as received, secrets already hidden, the body cut; ``trace``: the object of the API
    test, masked; ``detail``: how each output was made, masked too; ``deadline_ms``:
    when its deadline was, on the trace's clock, 0.0 where it had none. ``test``: sent
    by the console itself. ``people``: numbers, addresses and ids by which it is found;
    ``callers``: the numbers among them that were sent as such.
    ``answers``: what each lookup gave, in full (``observe.journal_entries``);
    ``outputs``: each output's value as it was answered (None: left out), and whether it
    was a default."""

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


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which data requests are wanted. ``after`` and ``before``: ids; ``since``: seconds
    since 1970; ``status``: a number (``401``), a class (``4xx``), ``refused`` or
    ``degraded``; ``tests``: those of the console too. Of ``caller`` and ``request_id``
    (the whole of it) either fits."""

    after: int = 0
    before: int = 0
    endpoint: str = ""
    status: str = ""
    since: float = 0.0
    caller: Wanted | None = field(default=None, repr=False)
    request_id: str = ""
    tests: bool = True
