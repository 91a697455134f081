"""The editor's schema: JSON Schema (draft 7) of the root file and of an endpoint.

Made from the one declaration of keys, with their help texts, so that an editor
completes, explains and marks what ``check`` would refuse. A value that is filled in
from the environment (``${NAME}``) or is a template fits everywhere a text can stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import singledispatch
from importlib.resources import files
from typing import Any

from marshmallow import Schema, fields
from ruamel.yaml import YAML

from ivrhooks.config.schema.fields import (
    Any_,
    Flag,
    Measured,
    OneOf,
    Part,
    PartList,
    Parts,
    Text,
    Texts,
    Values,
    Whole,
    Words,
)
from ivrhooks.config.schema.localized import LANGUAGES
from ivrhooks.config.schema.schemas import EndpointSchema, RootSchema

DRAFT = "http://json-schema.org/draft-07/schema#"
FILLED = {"type": "string", "pattern": r"\$\{"}
"""A text that is filled in when the file is loaded: fits a number too."""

_MEASURES = {
    "read_duration": (r"^[0-9]+(\.[0-9]+)? ?(ms|s|m|h|d)$", "250ms, 2s, 10m, 1h, 7d"),
    "read_size": (r"^[0-9]+(\.[0-9]+)? ?([Kk]|[Mm]|[Gg])?[Bb]$", "64KB, 1MB"),
    "read_rate": (r"^[0-9]+ ?/ ?(s|m|h|d)$", "200/s, 1000/m"),
}

FILES: Mapping[str, type[Schema]] = {"root": RootSchema, "endpoint": EndpointSchema}


def editor_schema(name: str) -> dict[str, Any]:
    """The schema of the ``root`` file or of an ``endpoint``'s file."""
    texts = help_texts()
    top = FILES[name]
    definitions = {schema.__name__: _section(schema, texts) for schema in _reached(top)}
    return {
        "$schema": DRAFT,
        "title": f"ivrhooks: {texts[top.__name__]['title']}",
        **definitions.pop(top.__name__),
        "definitions": definitions,
    }


def help_texts() -> dict[str, dict[str, str]]:
    """The help of every key, ``default | text``, by schema and key."""
    file = files("ivrhooks.config.schema").joinpath("keys.yaml")
    loaded: dict[str, dict[str, str]] = YAML(typ="safe", pure=True).load(
        file.read_text("utf-8")
    )
    return loaded


def _reached(schema: type[Schema]) -> Iterator[type[Schema]]:
    """A schema and all that it reaches, each once."""
    waiting, seen = [schema], set()
    while waiting:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        yield current
        for field in current._declared_fields.values():
            if isinstance(field, Part):
                waiting.append(field._schema)


def _section(
    schema: type[Schema], texts: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    keys = dict(_keys(schema, texts))
    needed = [name for name, field in schema._declared_fields.items() if field.required]
    section: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": keys,
    }
    return {**section, "required": needed} if needed else section


def _keys(
    schema: type[Schema], texts: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema._declared_fields.items():
        key = str(field.data_key or name)
        sections = (texts.get(base.__name__, {}) for base in schema.__mro__)
        told = next((str(one[key]) for one in sections if key in one), "")
        default, _, text = told.partition(" | ")
        help_text = f"{text}\n\nDefault: {default}" if default else text
        value = value_schema(field)
        if "$ref" in value:  # draft 7 ignores what stands beside a reference
            value = {"allOf": [value]}
        yield key, {**value, "description": help_text.strip()}


@singledispatch
def value_schema(field: fields.Field[Any]) -> dict[str, Any]:
    """What may stand at a key. Raises TypeError for a kind of field without a rule."""
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


@_rule(Whole)
def _whole(field: Whole) -> dict[str, Any]:
    number: dict[str, Any] = {"type": "integer"}
    if field._least is not None:
        number["minimum"] = field._least
    if field._most is not None:
        number["maximum"] = field._most
    return {"anyOf": [number, FILLED]}


@_rule(Flag)
def _flag(field: Flag) -> dict[str, Any]:
    return {"anyOf": [{"type": "boolean"}, FILLED]}


@_rule(Measured)
def _measured(field: Measured) -> dict[str, Any]:
    pattern, examples = _MEASURES[field._reader.__name__]
    given = {"type": "string", "pattern": pattern, "examples": examples.split(", ")}
    return {"anyOf": [given, FILLED]}


@_rule(OneOf)
def _one_of(field: OneOf) -> dict[str, Any]:
    return {"anyOf": [{"enum": list(field._choices)}, FILLED]}


@_rule(Texts)
def _texts(field: Texts) -> dict[str, Any]:
    listed = {"type": "array", "items": {"type": "string"}}
    return {"anyOf": [{"type": "string"}, listed]} if field._single else listed


@_rule(Any_)
def _anything(field: Any_) -> dict[str, Any]:
    return {}


@_rule(Values)
def _values(field: Values) -> dict[str, Any]:
    return {"type": ["object", "null"]}


@_rule(Part)
def _part(field: Part) -> dict[str, Any]:
    return {"anyOf": [_reference(field), {"type": "null"}]}


@_rule(Parts)
def _parts(field: Parts) -> dict[str, Any]:
    return {"type": ["object", "null"], "additionalProperties": _reference(field)}


@_rule(PartList)
def _part_list(field: PartList) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": _reference(field)}


def _reference(field: Part) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{field._schema.__name__}"}
