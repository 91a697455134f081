"""Declares the keys of ``ivrhooks.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.config.schema import slips
from ivrhooks.config.schema.declare import Absent, section, setting
from ivrhooks.config.schema.endpoint import AnswerEntry
from ivrhooks.config.schema.fields import (
    Any_,
    Boolean,
    Integer,
    Nested,
    NestedList,
    NestedMap,
    OneOf,
    Text,
    Texts,
    Values,
    Words,
    duration,
    needs,
)
from ivrhooks.config.schema.parts import (
    MODES,
    PICKS,
    SOURCE,
    CaseEntry,
    MockEntry,
    OutputEntry,
)
from ivrhooks.config.schema.security import SecurityEntry
from ivrhooks.config.schema.sources import CacheEntry, SourceEntry

CALLERS = (
    *("sobot", "asterisk", "kamailio", "generic", "twilio", "connect"),
    *("dialogflow", "genesys", "retell", "elevenlabs", "vapi"),
)


@section("`system_api:` of the root", slips.SYSTEM_API)
@dataclass(frozen=True, slots=True)
class SystemApiEntry:
    """``system_api:`` of the root as written."""

    path: str = setting(
        Text(blank=False), "/api/system/customer", "The path at which it answers GET."
    )
    source: Any = setting(
        Any_(**SOURCE), Absent, "Any source, or a list of them (a chain)."
    )
    operation: Any = setting(Any_(), Absent, "The operation.", usual="the kind's first")
    params: Any = setting(
        Any_(),
        Absent,
        "The parameters; needed for kinds without a default for the number.",
        usual="by kind",
    )
    request: Any = setting(Any_(), Absent, "kind http. As in a lookup.")
    pick: str | None = setting(
        OneOf(*PICKS), None, "Which of several customers is used.", usual="risk_first"
    )
    cache: CacheEntry | None = setting(
        Nested(CacheEntry), None, "As at a source.", usual="the source's"
    )
    unset: str | None = setting(
        OneOf("omit", "default"),
        None,
        "Whether outputs without a value are left out.",
        usual="omit for sobot, else default",
    )
    outputs: Mapping[str, OutputEntry] = setting(
        NestedMap(OutputEntry),
        dict,
        "Replaces the rules of the outputs that it names.",
        usual="the four of Sobot",
    )
    mock: tuple[MockEntry, ...] = setting(
        NestedList(MockEntry), (), "As in an endpoint."
    )
    tests: tuple[CaseEntry, ...] = setting(
        NestedList(CaseEntry), (), "As in an endpoint."
    )
    mode: str | None = setting(
        OneOf(*MODES), None, "`real` or `mock`.", usual="the root's"
    )
    deadline: float | None = setting(
        duration(), None, "As in the root.", usual="the root's"
    )
    description: str = setting(Words(), "", "A description for people.")
    used_by: tuple[str, ...] = setting(
        Texts(single=True), (), "Where the call centre uses it."
    )
    on_invalid: int | str | None = setting(
        OneOf(400, 200, "ignore"), None, "As in an endpoint.", usual="by the caller"
    )
    answer: AnswerEntry = setting(
        Nested(AnswerEntry), AnswerEntry(), "As in an endpoint.", usual="by the caller"
    )
    allow_withheld: bool = setting(Boolean(), False, "As in a lookup.")
    security: SecurityEntry = setting(
        Nested(SecurityEntry), SecurityEntry(), "As in the root.", usual="the root's"
    )


@section("`console:` of the root", slips.CONSOLE)
@dataclass(frozen=True, slots=True)
class ConsoleEntry:
    """``console:`` as written."""

    enabled: bool = setting(
        Boolean(),
        False,
        "Whether the console is on. IVRHOOKS_CONSOLE_TOKEN switches it on too. See "
        "[the console](../console.md).",
    )
    journal: float | None = setting(
        duration(unit="d"),
        None,
        "The older name of `journal.keep`; still read, with a warning.",
        usual="`journal.keep`",
    )
    allow_remote: bool = setting(
        Boolean(),
        False,
        "Whether it can be opened from another machine or through a proxy.",
    )


@section("`journal:` of the root", slips.JOURNAL)
@dataclass(frozen=True, slots=True)
class JournalEntry:
    """``journal:`` as written."""

    enabled: bool = setting(
        Boolean(), False, "Store data requests also without a console."
    )
    keep: float | None = setting(
        duration(unit="d"),
        None,
        "How long data requests and delivered actions are kept.",
        usual="7d",
    )
    answers: bool = setting(
        Boolean(), True, "Store the results of the sources too, for `replay`."
    )
    max_entries: int = setting(
        Integer(1),
        1_000_000,
        "The most data requests that are kept; the oldest are removed first.",
    )


@section("`alerts:` of the root", slips.ALERTS)
@dataclass(frozen=True, slots=True)
class AlertsEntry:
    """``alerts:`` as written."""

    url: str = setting(
        Text(blank=False, **needs('url: "${ALERT_URL}"')),
        "",
        "Told by a POST of JSON `{cause, source or endpoint, message, "
        "at}`: `breaker_open`, `failures` (more than 20 of an "
        "endpoint's last 100 answers in a process), "
        "`configuration_refused`, `action_dead`. At most one an hour "
        "for each cause.",
        repr=False,
    )


@section("The root file, `ivrhooks.yaml`", slips.ROOT)
@dataclass(frozen=True, slots=True)
class RootEntry:
    """``ivrhooks.yaml`` as written."""

    version: int = setting(OneOf(1), 1, "The version of this format.")
    caller: str = setting(
        OneOf(*CALLERS),
        "sobot",
        "Who calls: `sobot`, `asterisk`, `kamailio`, `generic`, "
        "`twilio`, `connect`, `dialogflow`, `genesys`, `retell`, "
        "`elevenlabs` or `vapi`. See [the rules](../rules.md#callers).",
    )
    answer: AnswerEntry = setting(
        Nested(AnswerEntry),
        AnswerEntry(),
        "What answers look like, over the caller's profile.",
        usual="by the caller",
    )
    deadline: float = setting(
        duration(),
        2.0,
        "From the last byte of the data request to the first byte of the answer.",
    )
    mode: str = setting(
        OneOf(*MODES),
        "real",
        "`mock` answers from `mock:` and asks no source. IVRHOOKS_MODE overrides it.",
    )
    region: str | None = setting(
        Text(), None, "ISO country for telephone numbers without a country code."
    )
    timezone: str = setting(
        Text(blank=False), "UTC", "The timezone of `now` and of the calendars."
    )
    calendars: Mapping[str, Any] = setting(
        Values(), dict, "Opening hours by name. See [calendars](../calendars.md)."
    )
    include: tuple[str, ...] = setting(
        Texts(single=True), (), "Further folders with endpoints, relative to this file."
    )
    sources: Mapping[str, SourceEntry] = setting(
        NestedMap(SourceEntry),
        dict,
        "The customer systems, each under a name that you choose.",
    )
    system_api: SystemApiEntry | None = setting(
        Nested(SystemApiEntry), None, "The IVR's default interface.", usual="not served"
    )
    console: ConsoleEntry = setting(
        Nested(ConsoleEntry), ConsoleEntry(), "The console.", usual="off"
    )
    journal: JournalEntry = setting(
        Nested(JournalEntry),
        JournalEntry(),
        "How data requests are stored, encrypted.",
        usual="on while the console is",
    )
    alerts: AlertsEntry = setting(
        Nested(AlertsEntry), AlertsEntry(), "Where alerts are sent."
    )
    store: str = setting(
        Text(),
        "",
        "Where journal and outbox are kept. A SQLAlchemy URL; for "
        "PostgreSQL `postgresql+psycopg://…` and the extra "
        "`ivrhooks[postgresql]`.",
        usual="a SQLite file in the data folder",
    )
    shared_cache: str = setting(
        Text(),
        "",
        "`redis://…`, if several machines answer.",
        usual="in the process",
    )
    security: SecurityEntry = setting(
        Nested(SecurityEntry),
        SecurityEntry(),
        "Who may send data requests, how often and how large. An endpoint can have "
        "its own.",
    )
