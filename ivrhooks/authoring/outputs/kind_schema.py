"""The parts of the editor's schema that depend on a source's kind; calendars.

Each kind's credentials come from the schema with which its own settings are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, fields, validate

from ivrhooks.basics.people.personal import KINDS as KINDS_OF_FIELDS
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.http.settings import SignSchema
from ivrhooks.sources.kind import HTTP_KEYS
from ivrhooks.sources.table.operations import HELP

FILLED = MappingProxyType({"type": "string", "pattern": r"\$\{"})
"""A text that is filled in when the file is loaded: fits a number too."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = {
    "type": "string",
    "pattern": r"^\s*[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}\s*$",
    "examples": ["09:00-12:00"],
}
_HOURS = {"anyOf": [{"type": "array", "items": _SPAN}, _SPAN]}


def kind_rules() -> dict[str, Any]:
    """Return the rules for every source, and those for each kind."""
    return {
        "properties": {
            "kind": {"anyOf": [{"enum": list(KINDS)}, dict(FILLED)]},
            "pii": {"additionalProperties": {"enum": list(KINDS_OF_FIELDS)}},
        },
        "allOf": [_rule(name) for name in KINDS],
    }


def _rule(name: str) -> dict[str, Any]:
    kind = KINDS[name]
    properties: dict[str, Any] = dict.fromkeys(_keys_of_other_kinds(name), False)
    if kind.auth is not None:
        properties["auth"] = _section(kind.auth())
    if "sign" in kind.keys:
        properties["sign"] = _section(SignSchema())
        properties["answer"] = {"enum": ["json", "xml", "text", None]}
    if kind.name == "table":
        properties["key"] = {
            "type": "object",
            "additionalProperties": {"enum": list(HELP)},
        }
    return {
        "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
        "then": {"properties": properties},
    }


def _keys_of_other_kinds(name: str) -> list[str]:
    """Return the keys that belong to another kind only."""
    owners = {
        kind.name: {*kind.keys, *(HTTP_KEYS if kind.client is not None else ())}
        for kind in KINDS.values()
    }
    return sorted(set().union(*owners.values()) - owners[name])


def request_schema() -> dict[str, Any]:
    """Return ``request`` of a lookup or action: one, or one for each source call."""
    http = KINDS["http"]
    operation = http.operations[0]
    mapping = {"type": ["object", "null"]}
    texts = {param.name: {"description": param.help} for param in operation.params}
    properties = {
        **{key: {} for key in http.rule_keys},
        **texts,
        **dict.fromkeys(("query", "headers", "form"), mapping),
    }
    entry = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": properties,
    }
    return {"if": {"type": "array"}, "then": {"items": entry}, "else": entry}


def _section(schema: Schema) -> dict[str, Any]:
    """Return a marshmallow schema as JSON Schema; null means absent."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    section: dict[str, Any] = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {name: _value(field) for name, field in known.items()},
    }
    needed = [name for name, field in known.items() if field.required]
    return {**section, "required": needed} if needed else section


def _value(field: fields.Field[Any]) -> dict[str, Any]:
    if isinstance(field, fields.Nested):
        return _section(field.schema)
    if isinstance(field, fields.Dict):
        return {"type": "object"}
    if not isinstance(field, fields.String):
        return {}
    words = [
        validator
        for validator in field.validators
        if isinstance(validator, validate.OneOf)
    ]
    if words:
        return {"anyOf": [{"enum": list(words[0].choices)}, dict(FILLED)]}
    return {"type": "string"}


def calendar_schema() -> dict[str, Any]:
    """Return the schema of ``calendars:`` of the root file."""
    days: Mapping[str, Any] = {day: _HOURS for day in DAYS}
    listed = {"type": "array"}
    calendar = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **days,
            "timezone": {"type": "string"},
            "holidays": listed,
            "exceptions": {
                "type": "object",
                "additionalProperties": {"anyOf": [_HOURS, {"enum": list(DAYS)}]},
            },
            "workdays": {"type": ["array", "object"]},
        },
    }
    return {"additionalProperties": calendar}
