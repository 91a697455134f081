"""What the YAML says, as frozen values, before it is compiled to plans.

Every field has a default, so that a section with errors can still be looked at for
more of them; what the schema demands, it has reported by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ivrhooks.config.plan import RateLimit
from ivrhooks.sources.interface import CacheSettings

Absent: Any = type("Absent", (), {"__repr__": lambda self: "absent"})()
"""What stands for a key that the file does not have, where null means something."""


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """``cache:`` as written; ``stale`` left out = ``fresh``."""

    fresh: float = 0.0
    stale: float | None = None

    def settled(self) -> CacheSettings:
        """The two moments."""
        return CacheSettings(self.fresh, max(self.fresh, self.stale or self.fresh))


@dataclass(frozen=True, slots=True)
class BreakerEntry:
    """``breaker:`` as written."""

    failures: int = 5
    reset: float = 10.0


@dataclass(frozen=True, slots=True)
class TlsEntry:
    """``tls:`` of a source as written; files are relative to the root file."""

    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source as written; ``auth`` is still the mapping of the file."""

    kind: str = ""
    base_url: str = ""
    auth: Any = Absent
    paths: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    retries: int = 0
    cache: CacheEntry | None = None
    breaker: BreakerEntry = BreakerEntry()
    max_concurrent: int | None = None
    max_response: int = 1024 * 1024
    rate_limit: RateLimit | None = None
    tls: TlsEntry | None = None
    proxy: str = field(default="", repr=False)
    request_id: str | None = None
    phone: str | None = None
    empty: tuple[str, ...] | None = None
    pii: Mapping[str, Any] = field(default_factory=dict)
    headers: Any = None
    query: Any = None
    sign: Any = None
    answer: Any = None
    not_found: Any = None
    success: Any = None
    result: Any = None
    pick: Any = None
    file: Any = None
    url: Any = None
    queries: Any = None
    key: Any = None


@dataclass(frozen=True, slots=True)
class HmacEntry:
    """``hmac:`` as written; without ``header`` the form of Standard Webhooks."""

    secret: Any = field(default=None, repr=False)
    header: str = ""
    of: str | None = None
    timestamp: str | None = None
    with_: str | None = None
    format: str | None = None
    prefix: str | None = None
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class TwilioEntry:
    """``twilio:`` as written."""

    auth_token: Any = field(default=None, repr=False)
    url: str = ""


@dataclass(frozen=True, slots=True)
class SecurityEntry:
    """``security:`` as written; None: not written here, False: switched off."""

    allow_ips: tuple[str, ...] | None = None
    trusted_proxies: tuple[str, ...] | None = None
    hmac: HmacEntry | Literal[False] | None = None
    twilio: TwilioEntry | Literal[False] | None = None
    max_body: int | None = None
    rate_limit: RateLimit | None = None
    outbound: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ParameterEntry:
    """A declared header or input as written."""

    type: str = "string"
    format: str | None = None
    required: bool = False
    default: Any = Absent
    min: int | None = None
    max: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    enum: Any = None
    pii: str | None = None
    secret: bool = False
    equals: Any = Absent
    path: str | None = None
    name: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class LookupEntry:
    """A lookup as written: values not yet spread over a chain."""

    source: Any = Absent
    operation: Any = Absent
    params: Any = Absent
    request: Any = Absent
    when: Any = Absent
    pick: str | None = None
    all_pages: bool = False
    all_rows: bool = False
    allow_withheld: bool = False
    cache: CacheEntry | None = None


@dataclass(frozen=True, slots=True)
class ActionEntry(LookupEntry):
    """An action as written: a lookup that writes, and how it is delivered."""

    key: Any = Absent
    order: Any = Absent
    delay: float = 0.0
    give_up: float = 86400.0


@dataclass(frozen=True, slots=True)
class OutputEntry:
    """A declared output as written."""

    type: str = ""
    value: Any = Absent
    map: Any = Absent
    default: Any = Absent
    optional: bool = False
    max_length: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class MockEntry:
    """One entry of ``mock:`` as written."""

    when: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExpectedActionEntry:
    """One action that a test expects to be stored, with a part of its parameters."""

    name: str = ""
    params: Any = Absent


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One entry of ``tests:``; None: that part is not compared."""

    name: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Any] = field(default_factory=dict)
    expect: Mapping[str, Any] = field(default_factory=dict)
    expect_actions: tuple[ExpectedActionEntry, ...] | None = None
    status: int | None = None
    error: str | None = None
    degraded: str | None = None
    mode: str | None = None
    now: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """``answer:`` as written; None: not written here."""

    under: str | None = None
    with_: Mapping[str, Any] | None = None
    strings: bool | None = None
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class EndpointEntry:
    """An endpoint's file as written."""

    endpoint: str = ""
    path: str = ""
    format: str = "form"
    description: str = ""
    used_by: tuple[str, ...] = ()
    headers: Mapping[str, ParameterEntry] = field(default_factory=dict)
    inputs: Mapping[str, ParameterEntry] = field(default_factory=dict)
    lookups: Mapping[str, LookupEntry] = field(default_factory=dict)
    outputs: Mapping[str, OutputEntry] = field(default_factory=dict)
    actions: Mapping[str, ActionEntry] = field(default_factory=dict)
    mock: tuple[MockEntry, ...] = ()
    tests: tuple[CaseEntry, ...] = ()
    on_invalid: int | str | None = None
    deadline: float | None = None
    mode: str | None = None
    strict_format: bool = False
    answer: AnswerEntry = AnswerEntry()
    security: SecurityEntry = SecurityEntry()


@dataclass(frozen=True, slots=True)
class SystemApiEntry:
    """``system_api:`` of the root as written."""

    path: str = "/api/system/customer"
    source: Any = Absent
    operation: Any = Absent
    params: Any = Absent
    request: Any = Absent
    pick: str | None = None
    cache: CacheEntry | None = None
    unset: str | None = None
    outputs: Mapping[str, OutputEntry] = field(default_factory=dict)
    mock: tuple[MockEntry, ...] = ()
    tests: tuple[CaseEntry, ...] = ()
    mode: str | None = None
    deadline: float | None = None
    description: str = ""
    used_by: tuple[str, ...] = ()
    on_invalid: int | str | None = None
    answer: AnswerEntry = AnswerEntry()
    allow_withheld: bool = False
    security: SecurityEntry = SecurityEntry()


@dataclass(frozen=True, slots=True)
class ConsoleEntry:
    """``console:`` as written."""

    enabled: bool = False
    journal: float | None = None
    allow_remote: bool = False


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """``journal:`` as written."""

    enabled: bool = False
    keep: float | None = None
    answers: bool = True
    max_entries: int = 1_000_000


@dataclass(frozen=True, slots=True)
class AlertsEntry:
    """``alerts:`` as written."""

    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RootEntry:
    """``ivrhooks.yaml`` as written."""

    version: int = 1
    caller: str = "sobot"
    answer: AnswerEntry = AnswerEntry()
    deadline: float = 2.0
    mode: str = "real"
    region: str | None = None
    timezone: str = "UTC"
    calendars: Mapping[str, Any] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    sources: Mapping[str, SourceEntry] = field(default_factory=dict)
    system_api: SystemApiEntry | None = None
    console: ConsoleEntry = ConsoleEntry()
    alerts: AlertsEntry = AlertsEntry()
    journal: JournalEntry = JournalEntry()
    store: str = ""
    shared_cache: str = ""
    security: SecurityEntry = SecurityEntry()
