"""Each key is declared once, and says of itself what holds where it is left out."""

from __future__ import annotations

import dataclasses
from typing import Any, get_type_hints

import pytest
from marshmallow import ValidationError

from ivrhooks.config.plan import JournalSettings, Security
from ivrhooks.config.schema.declare import (
    Absent,
    Key,
    keys_of,
    reached,
    read,
    schema_of,
    section,
    section_of,
    setting,
)
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.fields import (
    Boolean,
    Integer,
    Nested,
    Text,
    duration,
    needs,
    size,
)
from ivrhooks.config.schema.measures import written
from ivrhooks.config.schema.root import JournalEntry, RootEntry
from ivrhooks.config.schema.security import SecurityEntry
from ivrhooks.config.schema.slips import Slips
from ivrhooks.config.schema.sources import BreakerEntry, SourceEntry
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import BreakerSettings, SourceSettings

SECTIONS = list(reached(RootEntry, EndpointEntry))


@section("Below", Slips(example="{size: 1KB}"))
@dataclasses.dataclass(frozen=True, slots=True)
class BelowEntry:
    """A section of a section."""

    size: int = setting(size(), 2048, "How large.")


@section("A sample", Slips(meant={"called": "name"}))
@dataclasses.dataclass(frozen=True, slots=True)
class SampleEntry:
    """A section with each kind of default."""

    name: str = setting(Text(**needs("name: a name")), "", "What it is called.")
    wait: float = setting(duration(), 90.0, "How long.")
    most: int = setting(Integer(1), 1_000_000, "How many.")
    on: bool = setting(Boolean(), False, "Whether.")
    with_: Any = setting(Text(data_key="with"), Absent, "With what.")
    below: BelowEntry = setting(Nested(BelowEntry), BelowEntry(), "See below.")
    own: str = setting(Text(), "", "A word.", usual="as the name")
    made: int = 7


@section("A sample with more")
@dataclasses.dataclass(frozen=True, slots=True)
class MoreEntry(SampleEntry):
    """All keys of the sample, and one."""

    most: int = 3
    more: bool = setting(Boolean(), True, "Whether more.")


def test_each_key_states_its_default() -> None:
    assert {key.name: key.usual for key in keys_of(SampleEntry)} == {
        "name": "needed",
        "wait": "90s",
        "most": "1,000,000",
        "on": "false",
        "with": "none",
        "below": "none",
        "own": "as the name",
    }
    assert next(keys_of(SampleEntry)).help == "What it is called."


def test_a_section_is_read_by_its_declaration() -> None:
    mapping = {"name": "a", "wait": "2s", "with": "b", "below": {"size": "1MB"}}
    entry, messages = read(schema_of(SampleEntry), mapping)
    assert not messages
    below = BelowEntry(1024 * 1024)
    assert entry == SampleEntry("a", 2.0, with_="b", below=below)
    assert read(schema_of(SampleEntry), {"made": 1})[1]["made"]  # it is no key
    entry, messages = read(schema_of(SampleEntry), {"called": "a"})
    assert (entry.name, list(messages)) == ("a", ["called"])
    assert "{size: 1KB}" in read(schema_of(BelowEntry), [])[1][""][0]


@pytest.mark.parametrize(
    "mapping",
    [
        {"name": "a", "wait": "2s", "with": "b", "below": {"size": "1MB"}},
        {},
        {"name": None, "wait": 2, "most": 0, "on": "x", "with": 1, "own": []},
        {"name": "a", "below": {"size": "1KB", "sise": 1}, "with_": "b", "called": "c"},
        {"name": "a", "below": None, "other": {}, "another": []},
        {"name": "a", "below": []},
    ],
)
def test_a_section_is_read_as_marshmallow_loads_it(mapping: dict[str, Any]) -> None:
    schema = schema_of(SampleEntry)
    try:
        expected: Any = (schema.load(mapping), {})
    except ValidationError as error:
        expected = (error.valid_data, error.messages)
    values, errors = schema.read_keys(mapping)
    assert (values, errors) == expected


def test_a_section_has_the_keys_of_the_one_it_builds_on() -> None:
    names = [key.name for key in keys_of(MoreEntry)]
    assert names == ["name", "wait", "on", "with", "below", "own", "more"]
    assert section_of(MoreEntry).base is SampleEntry
    assert section_of(MoreEntry).slips is section_of(SampleEntry).slips
    assert section_of(SampleEntry).base is None
    assert set(reached(MoreEntry)) == {MoreEntry, BelowEntry}


def test_a_schema_is_made_once() -> None:
    assert schema_of(SampleEntry) is schema_of(SampleEntry)
    assert schema_of(SampleEntry) is not schema_of(MoreEntry)


# ------------------------------------------------------------ what is declared


@pytest.mark.parametrize("entry", SECTIONS)
def test_every_key_has_a_sentence(entry: type[Any]) -> None:
    assert section_of(entry).title
    for key in keys_of(entry):
        assert key.help.endswith((".", ")", "`")), key.name
        assert key.usual, key.name


@pytest.mark.parametrize("entry", SECTIONS)
def test_a_default_is_what_the_key_would_read(entry: type[Any]) -> None:
    hints = get_type_hints(entry)
    for attribute in dataclasses.fields(entry):
        if "key" not in attribute.metadata or not isinstance(
            attribute.default, int | float | str
        ):
            continue
        field = attribute.metadata["key"][0]
        if field.required or attribute.default == "":
            continue
        measure = getattr(field, "measure", "")
        text = written(attribute.default, measure) if measure else attribute.default
        assert field.deserialize(text) == attribute.default, attribute.name
        assert isinstance(attribute.default, hints[attribute.name]), attribute.name


@pytest.mark.parametrize(
    ("entry", "compiled"),
    [
        (SourceEntry, SourceSettings),
        (BreakerEntry, BreakerSettings),
        (JournalEntry, JournalSettings),
        (SecurityEntry, Security),
    ],
)
def test_compiled_defaults_equal_the_documented_ones(
    entry: type[Any], compiled: type[Any]
) -> None:
    keys: dict[str, Key] = {key.name: key for key in keys_of(entry)}
    compared = 0
    for field in dataclasses.fields(compiled):
        if field.name in keys and isinstance(field.default, int | float):
            key = keys[field.name]
            measure = getattr(key.field, "measure", "")
            assert key.usual.partition(";")[0] == written(field.default, measure)
            compared += 1
    assert compared


def test_kinds_with_other_limits_are_named() -> None:
    (key,) = (
        candidate
        for candidate in keys_of(SourceEntry)
        if candidate.name == "max_concurrent"
    )
    usual, _, others = key.usual.partition("; ")
    wanted = [
        f"kind {kind.name}: {kind.max_concurrent}"
        for kind in KINDS.values()
        if str(kind.max_concurrent) != usual
    ]
    assert others.split("; ") == wanted
