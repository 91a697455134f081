"""Compiles declared outputs: what fills each of them, and its default."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ivrhooks.basics.people.personal import FieldKinds, strictest
from ivrhooks.config.plan import Expression, OutputRule
from ivrhooks.config.reading.interpolated import Interpolated, as_written
from ivrhooks.config.reading.report import Location, listed, nearest
from ivrhooks.config.reading.yaml_reader import Key
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.parts import OutputEntry
from ivrhooks.config.schema.typed import typed
from ivrhooks.config.templates.compile import Templates, is_template

_DIGITS = re.compile(r"-?[0-9 ]+(\.0)?")
_WORDS_FOR_ELSE = ("default", "other", "others", "otherwise", "any", "*")


def compile_outputs(
    entries: Mapping[str, OutputEntry],
    templates: Templates,
    empties: Mapping[str, frozenset[str]],
    location: Location,
    *,
    kinds: Mapping[str, Sequence[FieldKinds]],
    custom: bool = True,
) -> tuple[OutputRule, ...]:
    """Compile all outputs of an endpoint.

    - ``empties``: by lookup, the words that mean "no value".
    - ``kinds``: by each name that templates can use, the personal-data kinds of its
      fields; of a fallback chain, those of each source call.
    - ``custom``: whether this is a custom endpoint, which should always answer all
      outputs.
    """
    if not entries and location.has() and location.value() in (None, {}):
        location.error(
            "an endpoint answers something; write at least one output", key=True
        )
    for name in entries:
        _check_name(name, location.at(name))
    return tuple(
        _output(
            str(name),
            entry,
            templates,
            empties,
            location.at(name),
            kinds,
            custom=custom,
        )
        for name, entry in entries.items()
    )


def _check_name(name: str, location: Location) -> None:
    if name == "error":
        location.error(
            "`error` is the name of the error in answers to bad requests; write "
            "another name",
            key=True,
        )
    elif not name.strip() or any(not sign.isprintable() for sign in name):
        location.error("an output needs a printable name; write one", key=True)


def _output(
    name: str,
    entry: OutputEntry,
    templates: Templates,
    empties: Mapping[str, frozenset[str]],
    location: Location,
    kinds: Mapping[str, Sequence[FieldKinds]],
    *,
    custom: bool,
) -> OutputRule:
    value = _value(entry, templates, location.at("value"))
    lookups = value.lookups if value else frozenset()
    _check_fit(entry, location)
    defaults = _defaults(entry, location)
    if entry.optional and custom:
        location.at("optional").warning(
            "an optional output may be left out, and the call centre's vendor asks for "
            "all outputs always; write a default instead",
            key=True,
        )
    mapped = _map(entry, location.at("map"))
    return OutputRule(
        name=name,
        type=entry.type,
        value=value,
        lookups=lookups,
        empty=frozenset({""}).union(*(empties.get(lookup, ()) for lookup in lookups)),
        map=mapped,
        default=defaults.pop("else", None),
        defaults=defaults,
        optional=entry.optional,
        max_length=entry.max_length,
        help=entry.description,
        pii="text" if mapped is not None else _kind(value, kinds),
    )


def _kind(value: Expression | None, kinds: Mapping[str, Sequence[FieldKinds]]) -> str:
    """Return the personal-data kind of the field that an output's template names.

    An output with a ``map`` has none: its values come from the configuration.
    """
    steps = value.steps if value is not None else ()
    if not steps:
        return "text"
    if steps[0] in ("lookups", "now", "request"):
        return "none"
    root = str(steps[0])
    path = [str(step) for step in steps[1:] if isinstance(step, str)]
    if root == "headers":
        path = [step.lower() for step in path]
    field_kinds_at = [field_kinds.at(path) for field_kinds in kinds.get(root, ())]
    return strictest(field_kinds_at)


def _value(
    entry: OutputEntry, templates: Templates, location: Location
) -> Expression | None:
    if entry.value is Absent or entry.value is None:
        return None
    if isinstance(entry.value, dict):
        location.error(
            "an output is an int or a string, never a mapping; write a template, "
            '"{{ … }}"'
        )
        return None
    expression = templates.compile(entry.value, location)
    path = str(entry.value).split(".")
    if expression.constant and len(path) > 1 and path[0] in templates.names.lookups:
        templates.doubt_text(str(entry.value), location)
    elif entry.type == "int" and entry.map is Absent:
        _check_number(entry.value, templates, location)
    elif isinstance(entry.map, Mapping):
        _check_key(entry, location)
    return expression


def _check_key(entry: OutputEntry, location: Location) -> None:
    """Report literal text outside a template that no key of ``map`` contains."""
    text = entry.value
    if not isinstance(text, str) or not is_template(text) or "{%" in text:
        return
    outside = _outside(text)
    keys = [form for key in entry.map for form in _key_texts(key)]
    if outside and not any(outside in key for key in keys):
        location.error(
            f"this is never a key of `map`: `{outside}` stands outside the braces; "
            "write it within {{ … }}"
        )


def _outside(text: str) -> str:
    """Return the text outside the braces; "" where the braces do not match."""
    outside = re.sub(r"\{\{.*?\}\}", "", text, flags=re.DOTALL).strip()
    return "" if "{{" in outside or "}}" in outside else outside


def _check_number(value: Any, templates: Templates, location: Location) -> None:
    """Report literal text in an int output without ``map`` that is no integer."""
    if isinstance(value, (bool, int, Interpolated)) or "{%" in str(value):
        return
    if isinstance(value, str) and is_template(value):
        outside = _outside(value)
        if outside and not _DIGITS.fullmatch(outside):
            location.error(
                f"this is never a whole number: `{outside}` stands outside the braces; "
                "write it within {{ … }}"
            )
    elif not (_DIGITS.fullmatch(str(value).strip()) or templates.is_doubted(location)):
        location.error(
            f"this is {as_written(value)!r}, never a whole number; write a template, "
            '"{{ … }}"'
        )


def _check_fit(entry: OutputEntry, location: Location) -> None:
    if entry.max_length is not None and entry.type == "int":
        location.at("max_length").error(
            "`max_length` is for string only; remove it", key=True
        )


def _default(entry: OutputEntry, location: Location) -> int | str | None:
    if entry.default is Absent:
        if not entry.optional and entry.type and not location.misspelt("default"):
            shown = "0" if entry.type == "int" else '""'
            location.error(
                "an output that is not optional needs a default: it is what the flow "
                f"sees when a lookup fails; write default: {shown}",
                key=True,
            )
        return None
    return _one_default(entry, location.at("default"))


def _one_default(entry: OutputEntry, location: Location) -> int | str | None:
    if not entry.type:
        return None
    default = typed(entry.default, entry.type, location)
    longest = entry.max_length
    if isinstance(default, str) and longest is not None and len(default) > longest:
        location.warning(
            "the default is longer than max_length, and is answered whole; shorten it"
        )
    return default


REASONS = (
    "timeout",
    "error",
    "open",
    "busy",
    "not_found",
    "skipped",
    "withheld",
    "no_value",
    "not_mapped",
    "not_stored",
    "invalid_input",
    "overload",
)
"""The reasons for which an output gets its default."""


def _defaults(entry: OutputEntry, location: Location) -> dict[str, int | str]:
    """Return the defaults by reason; ``else`` holds for all other reasons."""
    written = entry.default
    if not isinstance(written, Mapping):
        default = _default(entry, location)
        return {} if default is None else {"else": default}
    at = location.at("default")
    if "else" not in written:
        near = any(nearest(str(key), ("else",)) for key in written)
        if not near and not any(str(key) in _WORDS_FOR_ELSE for key in written):
            at.error(
                "a default by reason needs `else`, for every other reason; write "
                "else: …",
                key=True,
            )
    defaults: dict[str, int | str] = {}
    for key, value in written.items():
        if key not in (*REASONS, "else"):
            hint = nearest(str(key), (*REASONS, "else"))
            hint = hint or f"; reasons: {listed(REASONS)} and else"
            if key in _WORDS_FOR_ELSE:
                hint = "; for every other reason write else: …"
            at.at(key).error(f"no reason `{key}`{hint}", key=True)
            continue
        default = _one_default(replace(entry, default=value), at.at(key))
        if default is not None:
            defaults[str(key)] = default
    return defaults


def _map(entry: OutputEntry, location: Location) -> Mapping[str, int | str] | None:
    if entry.map is Absent:
        return None
    if not isinstance(entry.map, Mapping) or not entry.map:
        location.error('write a mapping of values: {"1": 1, "2": 0}')
        return None
    result: dict[str, int | str] = {}
    for key, value in entry.map.items():
        mapped = typed(value, entry.type, location.at(key)) if entry.type else None
        for text in _key_texts(key):
            if text not in entry.map or text == key:
                result[text] = mapped if mapped is not None else ""
    return result


def _key_texts(key: Any) -> tuple[str, ...]:
    """Return the texts that a key stands for: an unquoted True is "true"."""
    written = key.written if isinstance(key, Key) else key
    if isinstance(written, bool):
        return (str(key), str(written).lower())
    if isinstance(written, int):
        return (str(written), str(key))
    return (str(key),)
