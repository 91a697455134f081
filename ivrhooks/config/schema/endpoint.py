"""Declares the keys of an endpoint's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.config.schema import slips
from ivrhooks.config.schema.declare import section, setting
from ivrhooks.config.schema.fields import (
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
    ActionEntry,
    CaseEntry,
    InputEntry,
    LookupEntry,
    MockEntry,
    OutputEntry,
    ParameterEntry,
)
from ivrhooks.config.schema.security import SecurityEntry

FORMATS = ("form", "json", "query")


@section("`answer:` of the root or of an endpoint")
@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """``answer:`` as written; None where it is absent."""

    under: str | None = setting(
        Text(),
        None,
        "Keys separated by dots, below which the outputs are placed; empty: at the "
        "top.",
        usual="by the caller",
    )
    with_: Mapping[str, Any] | None = setting(
        Values(data_key="with"),
        None,
        "Constants at the top of each answer; any JSON.",
        usual="by the caller",
    )
    strings: bool | None = setting(
        Boolean(),
        None,
        "Whether every value is written as a string.",
        usual="by the caller",
    )
    max_bytes: int | None = setting(
        Integer(100),
        None,
        "The most bytes of an answer; the longest strings are cut.",
        usual="by the caller",
    )


@section("An endpoint's file", slips.ENDPOINT)
@dataclass(frozen=True, slots=True)
class EndpointEntry:
    """An endpoint's file as written."""

    endpoint: str = setting(
        Text(blank=False, **needs("endpoint: a-name")),
        "",
        "Its unique name, without blanks and slashes.",
    )
    path: str = setting(
        Text(blank=False, **needs("path: /api/a-name")),
        "",
        "Its path, which begins with `/` and is unique. A segment `{tel}` is the "
        "input of that name.",
    )
    format: str = setting(
        OneOf(*FORMATS, advice=slips.FORMATS, **needs("format: form, json or query")),
        "form",
        "`form` and `json` use POST, `query` uses GET.",
    )
    description: str = setting(Words(), "", "A description for people.")
    used_by: tuple[str, ...] = setting(
        Texts(single=True),
        (),
        "Where the call centre uses it; one text or a list.",
    )
    headers: Mapping[str, ParameterEntry] = setting(
        NestedMap(ParameterEntry), dict, "The headers that it reads, by name."
    )
    inputs: Mapping[str, ParameterEntry] = setting(
        NestedMap(InputEntry), dict, "The parameters that it reads, by name."
    )
    lookups: Mapping[str, LookupEntry] = setting(
        NestedMap(LookupEntry),
        dict,
        "Its queries to sources, each under a name that you choose.",
    )
    outputs: Mapping[str, OutputEntry] = setting(
        NestedMap(
            OutputEntry, **needs("outputs: {name: {type: int, value: …, default: 0}}")
        ),
        dict,
        "The values that it answers, in this order.",
    )
    actions: Mapping[str, ActionEntry] = setting(
        NestedMap(ActionEntry),
        dict,
        "Writes that are stored with the answer and delivered after it.",
    )
    mock: tuple[MockEntry, ...] = setting(
        NestedList(MockEntry), (), "Its answers in mock mode; the first match is used."
    )
    tests: tuple[CaseEntry, ...] = setting(
        NestedList(CaseEntry),
        (),
        "Data requests and their expected answers, for `ivrhooks test`.",
    )
    on_invalid: int | str | None = setting(
        OneOf(400, 200, "ignore"),
        None,
        "The status of a bad data request, 400 or 200; 200 for flows "
        "that hang up at any other. `ignore`: an optional parameter "
        "that cannot be read, or breaks a limit, counts as not given.",
        usual="by the caller",
    )
    deadline: float | None = setting(
        duration(), None, "As in the root.", usual="the root's"
    )
    mode: str | None = setting(
        OneOf(*MODES), None, "`real` or `mock`.", usual="the root's"
    )
    answer: AnswerEntry = setting(
        Nested(AnswerEntry),
        AnswerEntry(),
        "What an answer looks like, over the root's.",
        usual="by the caller",
    )
    strict_format: bool = setting(
        Boolean(),
        False,
        "Refuse a body that does not have the declared format, with 415.",
    )
    security: SecurityEntry = setting(
        Nested(SecurityEntry), SecurityEntry(), "As in the root.", usual="the root's"
    )
