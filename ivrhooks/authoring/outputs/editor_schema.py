"""The editor's schema: JSON Schema (draft 7) of the root file and of an endpoint.

It is made from the declarations of the keys and their help texts, so that an editor
completes, explains and marks what ``check`` would refuse. A ``${NAME}`` and a template
are accepted wherever a text is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from marshmallow import fields

from ivrhooks.authoring.outputs.kind_schema import (
    FILLED,
    calendar_schema,
    kind_rules,
    request_schema,
)
from ivrhooks.config.schema.declare import Key, keys_of, reached, schema_of, section_of
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.fields import (
    Any_,
    Boolean,
    Condition,
    Integer,
    Measured,
    Nested,
    NestedList,
    NestedMap,
    OneOf,
    Text,
    Texts,
    Values,
    Words,
)
from ivrhooks.config.schema.localized import LANGUAGES
from ivrhooks.config.schema.root import RootEntry
from ivrhooks.config.schema.sources import SourceEntry

DRAFT = "http://json-schema.org/draft-07/schema#"
_MEASURES = {
    "duration": (r"^[0-9]+(\.[0-9]+)? ?(ms|s|m|h|d)$", "250ms, 2s, 10m, 1h, 7d"),
    "size": (r"^[0-9]+(\.[0-9]+)? ?([Kk]|[Mm]|[Gg])?[Bb]$", "64KB, 1MB"),
    "rate": (r"^[0-9]+ ?/ ?(s|m|h|d)$", "200/s, 1000/m"),
}

FILES: Mapping[str, type[Any]] = {"root": RootEntry, "endpoint": EndpointEntry}


def editor_schema(name: str) -> dict[str, Any]:
    """Return the schema of the ``root`` file or of an ``endpoint``'s file."""
    top = FILES[name]
    definitions = {_name(entry): _section(entry) for entry in reached(top)}
    _add_alternatives(definitions)
    if top is RootEntry:
        definitions[_name(SourceEntry)] = _merged(
            definitions[_name(SourceEntry)], kind_rules()
        )
        root = definitions[_name(RootEntry)]["properties"]
        root["calendars"] = {**root["calendars"], **calendar_schema()}
    return {
        "$schema": DRAFT,
        "title": f"ivrhooks: {section_of(top).title}",
        **definitions.pop(_name(top)),
        "definitions": definitions,
    }


def _add_alternatives(definitions: dict[str, Any]) -> None:
    """Add what is accepted at keys with several forms."""
    more = {
        "request": request_schema(),
        "enum": {"type": ["array", "null"], "minItems": 1},
        "map": {"type": ["object", "null"], "minProperties": 1},
    }
    for section in definitions.values():
        for key, rules in more.items():
            if key in section["properties"]:
                section["properties"][key] |= rules


def _merged(section: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    """Return a section with more rules for its keys."""
    properties = {**section["properties"]}
    for key, value in rules["properties"].items():
        properties[key] = {**properties[key], **value}
    return {**section, "properties": properties, "allOf": rules["allOf"]}


def _name(entry: type[Any]) -> str:
    return type(schema_of(entry)).__name__


def _section(entry: type[Any]) -> dict[str, Any]:
    keys = list(keys_of(entry))
    needed = [key.name for key in keys if key.field.required]
    section: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: _key(key) for key in keys},
    }
    return {**section, "required": needed} if needed else section


def _key(key: Key) -> dict[str, Any]:
    value = value_schema(key.field)
    if "$ref" in value:  # draft 7 ignores what stands beside a reference
        value = {"allOf": [value]}
    return {**value, "description": f"{key.help}\n\nDefault: {key.usual}".strip()}


@singledispatch
def value_schema(field: fields.Field[Any]) -> dict[str, Any]:
    """Return what is accepted at a key. Raises TypeError for an unknown kind of
    field."""
    raise TypeError(f"no JSON Schema for {type(field).__name__}")


def _rule(
    *kinds: type[fields.Field[Any]],
) -> Callable[[Callable[[Any], dict[str, Any]]], Callable[[Any], dict[str, Any]]]:
    def register(
        function: Callable[[Any], dict[str, Any]],
    ) -> Callable[[Any], dict[str, Any]]:
        for kind in kinds:
            value_schema.register(kind)(function)
        return function

    return register


@_rule(Text)
def _text(field: Text) -> dict[str, Any]:
    return {"type": "string"} if field._blank else {"type": "string", "minLength": 1}


@_rule(Words)
def _words(field: Words) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1 if field.required else 0}
    by_language = {
        "type": "object",
        "properties": {language: {"type": "string"} for language in LANGUAGES},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"anyOf": [text, by_language]}


@_rule(Integer)
def _integer(field: Integer) -> dict[str, Any]:
    number: dict[str, Any] = {"type": "integer"}
    if field._least is not None:
        number["minimum"] = field._least
    if field._most is not None:
        number["maximum"] = field._most
    return {"anyOf": [number, dict(FILLED)]}


@_rule(Boolean)
def _flag(field: Boolean) -> dict[str, Any]:
    return {"anyOf": [{"type": "boolean"}, dict(FILLED)]}


@_rule(Measured)
def _measured(field: Measured) -> dict[str, Any]:
    pattern, examples = _MEASURES[field.measure]
    text = {"type": "string", "pattern": pattern, "examples": examples.split(", ")}
    return {"anyOf": [text, dict(FILLED)]}


@_rule(OneOf)
def _one_of(field: OneOf) -> dict[str, Any]:
    return {"anyOf": [{"enum": list(field._choices)}, dict(FILLED)]}


@_rule(Texts)
def _texts(field: Texts) -> dict[str, Any]:
    listed = {"type": "array", "items": {"type": "string"}}
    return {"anyOf": [{"type": "string"}, listed]} if field._single else listed


@_rule(Any_)
def _anything(field: Any_) -> dict[str, Any]:
    return {}


@_rule(Condition)
def _condition(field: Condition) -> dict[str, Any]:
    return {"type": ["string", "boolean", "number", "null"]}


@_rule(Values)
def _values(field: Values) -> dict[str, Any]:
    return {"type": ["object", "null"]}


@_rule(Nested)
def _part(field: Nested) -> dict[str, Any]:
    return {"anyOf": [_reference(field), {"type": "null"}]}


@_rule(NestedMap)
def _parts(field: NestedMap) -> dict[str, Any]:
    return {"type": ["object", "null"], "additionalProperties": _reference(field)}


@_rule(NestedList)
def _part_list(field: NestedList) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": _reference(field)}


def _reference(field: Nested) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{_name(field.entry)}"}
