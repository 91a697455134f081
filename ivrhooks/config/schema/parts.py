"""Declares the keys of the sections in an endpoint's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.basics.people.personal import KINDS as PII_KINDS
from ivrhooks.config.schema import slips
from ivrhooks.config.schema.declare import Absent, section, setting
from ivrhooks.config.schema.fields import (
    Any_,
    Boolean,
    Condition,
    Integer,
    Nested,
    NestedList,
    OneOf,
    Text,
    Values,
    Words,
    duration,
    needs,
)
from ivrhooks.config.schema.sources import CacheEntry

MODES = ("real", "mock")
PICKS = ("risk_first", "first", "newest", "none")
SOURCE = needs("source: the name of one under `sources` in ivrhooks.yaml")


@section("A header or an input, under `headers:` and `inputs:`", slips.PARAMETER)
@dataclass(frozen=True, slots=True)
class ParameterEntry:
    """A declared header or input, as written."""

    type: str = setting(
        OneOf("int", "string", advice=slips.TYPES),
        "string",
        "`int` or `string`, as in the IVR.",
    )
    format: str | None = setting(
        OneOf("phone"),
        None,
        "`phone`: reads telephone numbers in the notations of people and switches.",
    )
    required: bool = setting(Boolean(), False, "Refuse a data request without it.")
    default: Any = setting(Any_(), Absent, "The value that is used if it is not given.")
    min: int | None = setting(Integer(), None, "The smallest int.")
    max: int | None = setting(Integer(), None, "The largest int.")
    max_length: int | None = setting(
        Integer(1), None, "The longest string, in characters."
    )
    pattern: str | None = setting(
        Text(blank=False),
        None,
        "A regular expression that is searched for in a string.",
    )
    enum: Any = setting(Any_(), None, "The only accepted values.")
    pii: str | None = setting(
        OneOf(*PII_KINDS),
        None,
        "What it is of a person: phone, name, email, id, text or none. "
        "So it is shown in logs and on pages. Default: phone for format"
        " phone, none for int, else text.",
        usual="by format and type",
    )
    secret: bool = setting(
        Boolean(),
        False,
        "Its value is a secret: a missing or wrong one is refused with 401. Needs "
        "`equals`.",
    )
    equals: Any = setting(
        Any_(),
        Absent,
        "The value that it must have. Without `secret`, another value is refused with"
        " 400.",
    )
    description: str = setting(Words(), "", "A description for people.")
    path: str | None = None
    name: str | None = None


@section("An input, under `inputs:`: all that a header has, and")
@dataclass(frozen=True, slots=True)
class InputEntry(ParameterEntry):
    """A declared input, as written: a parameter that can have a ``path:`` in the
    body."""

    path: str | None = setting(
        Text(blank=False),
        None,
        "JMESPath into a JSON body, tried before the plain name: `data.caller.number`.",
    )
    name: str | None = setting(
        Text(blank=False),
        None,
        "Its name in the request, if that differs.",
        usual="as the input",
    )


@section("A lookup, under `lookups:`", slips.LOOKUP)
@dataclass(frozen=True, slots=True)
class LookupEntry:
    """A lookup, as written: its values are not yet assigned to the calls of its
    chain."""

    source: Any = setting(
        Any_(**SOURCE),
        Absent,
        "A source, or a list of them; the next is asked if one has no result or fails.",
    )
    operation: Any = setting(
        Any_(), Absent, "See [the operations](operations.md).", usual="the kind's first"
    )
    params: Any = setting(Any_(), Absent, "The operation's parameters, as templates.")
    request: Any = setting(
        Any_(),
        Absent,
        "kind http: `method`, `path`, `query`, `headers`, and `json` or"
        " `form`, as templates; `idempotent`.",
    )
    when: Any = setting(
        Condition(), Absent, "The lookup is made only if this is true.", usual="always"
    )
    pick: str | None = setting(
        OneOf(*PICKS), None, "Which of several records is used.", usual="by operation"
    )
    all_pages: bool = setting(
        Boolean(), False, "Read all pages of a paged operation, at most 20."
    )
    all_rows: bool = setting(
        Boolean(),
        False,
        "Kind sql. All rows as `{rows: […]}`, at most 1,000, instead of the first.",
    )
    allow_withheld: bool = setting(
        Boolean(),
        False,
        "Ask also if a template reads a withheld number.",
    )
    cache: CacheEntry | None = setting(
        Nested(CacheEntry), None, "As at a source.", usual="the source's"
    )


@section("An action, under `actions:`", slips.ACTION)
@dataclass(frozen=True, slots=True)
class ActionEntry(LookupEntry):
    """An action, as written: a lookup that writes, and how it is delivered."""

    source: Any = setting(Any_(**SOURCE), Absent, "The source that it writes to.")
    operation: Any = setting(
        Any_(), Absent, "The operation that writes.", usual="the kind's first"
    )
    params: Any = setting(Any_(), Absent, "Its parameters, as templates.")
    request: Any = setting(Any_(), Absent, "kind http. As in a lookup.")
    when: Any = setting(
        Condition(),
        Absent,
        "The action is stored only if this is true.",
        usual="always",
    )
    key: Any = setting(
        Any_(),
        Absent,
        "The same text again within 24 h is the same action, stored once.",
    )
    order: Any = setting(
        Any_(),
        Absent,
        "Actions with the same text are delivered one after the other.",
        usual="the first telephone input",
    )
    delay: float = setting(
        duration(zero=True), 0.0, "How long the first try is delayed."
    )
    give_up: float = setting(
        duration(unit="h"),
        86400.0,
        "It is dead if it has not been delivered by then.",
        usual="24h",
    )
    pick: str | None = None
    all_pages: bool = False
    all_rows: bool = False
    allow_withheld: bool = False
    cache: CacheEntry | None = None


@section("An output, under `outputs:`", slips.OUTPUT)
@dataclass(frozen=True, slots=True)
class OutputEntry:
    """A declared output, as written."""

    type: str = setting(
        OneOf("int", "string", advice=slips.TYPES, **needs("type: int or string")),
        "",
        "`int` or `string`, as in the IVR.",
    )
    value: Any = setting(Any_(), Absent, "A template or a constant.", usual="no value")
    map: Any = setting(
        Any_(),
        Absent,
        "Maps the text of the value to the answered value. A value that is not listed"
        ' is "no value".',
    )
    default: Any = setting(
        Any_(),
        Absent,
        "The answer if there is no value, or a mapping from reasons to answers with "
        "`else`: `{timeout: slow, else: general}`. Needed unless `optional`.",
    )
    optional: bool = setting(
        Boolean(), False, "Leave the output out if there is no value."
    )
    max_length: int | None = setting(Integer(1), None, "Cut after so many characters.")
    description: str = setting(Words(), "", "A description for people.")


@section("An entry of `mock:`", slips.MOCK)
@dataclass(frozen=True, slots=True)
class MockEntry:
    """One entry of ``mock:``, as written."""

    when: Mapping[str, Any] | None = setting(
        Values(), None, "Inputs with the values that they must have.", usual="always"
    )
    outputs: Mapping[str, Any] = setting(
        Values(**needs("outputs: {name: value}")),
        dict,
        "The answered outputs; others have no value.",
    )


@section("An entry of `expect_actions:`", slips.EXPECTED_ACTION)
@dataclass(frozen=True, slots=True)
class ExpectedActionEntry:
    """One action that a test expects to be stored, with some of its parameters."""

    name: str = setting(
        Text(blank=False, **needs("name: an action")), "", "The action."
    )
    params: Any = setting(
        Any_(),
        Absent,
        "Some of its parameters; for kind http, some of its request.",
        usual="not compared",
    )


@section("An entry of `tests:`", slips.CASE)
@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One entry of ``tests:``. A part that is None is not compared."""

    name: str = setting(
        Words(**needs("name: what it tests")), "", "What the test shows."
    )
    inputs: Mapping[str, Any] = setting(
        Values(), dict, "The inputs of the data request."
    )
    headers: Mapping[str, Any] = setting(
        Values(), dict, "Its headers, secret ones too."
    )
    sources: Mapping[str, Any] = setting(
        Values(), dict, "For each lookup its result, or `{fail: timeout}`."
    )
    expect: Mapping[str, Any] = setting(
        Values(), dict, "Outputs that must be in the answer; null means left out."
    )
    expect_actions: tuple[ExpectedActionEntry, ...] | None = setting(
        NestedList(ExpectedActionEntry),
        None,
        "The actions that would be stored, in order; `[]` is none.",
        usual="not compared",
    )
    status: int | None = setting(
        Integer(100, 599), None, "The answer's status.", usual="200"
    )
    error: str | None = setting(Text(), None, "The code of the error.")
    degraded: str | None = setting(
        Text(null=""),
        None,
        "The text of the header X-Ivrhooks-Degraded; null if there is none.",
    )
    mode: str | None = setting(
        OneOf(*MODES), None, "`real` or `mock`.", usual="the endpoint's"
    )
    now: str | None = setting(
        Text(blank=False), None, "The moment that templates see.", usual="the present"
    )
