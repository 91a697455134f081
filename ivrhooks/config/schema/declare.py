"""Declares a key of the YAML once, as a field of a frozen dataclass.

``setting`` gives a key its allowed values, its default and its help text. Four things
are made from it: the schema that reads a file, the settings that the compiler gets, the
page docs/reference/settings.md, and the editor's schema.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from marshmallow import Schema, ValidationError, fields, missing

from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.schema.explained import explained, with_meant_keys
from ivrhooks.config.schema.measures import written
from ivrhooks.config.schema.slips import Slips

Absent: Any = type("Absent", (), {"__repr__": lambda self: "absent"})()
"""Stands for an absent key where null has a meaning of its own."""

_KEY, _SECTION = "key", "__section__"

_SCHEMAS: dict[type[Any], SectionSchema] = {}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """One declared key. ``field`` reads it; ``usual`` is its default in words; ``help``
    explains it to people."""

    name: str
    field: fields.Field[Any]
    usual: str
    help: str


@dataclass(frozen=True, slots=True)
class Section:
    """What is declared of a section. ``base`` is a section whose keys it has as
    well."""

    title: str
    slips: Slips
    base: type[Any] | None


def setting(
    field: fields.Field[Any],
    default: Any,
    help: str,
    *,
    usual: str = "",
    repr: bool = True,
) -> Any:
    """Declare a key as the field of a dataclass that is a ``section``.

    ``default`` is its value where it is absent, or ``dict``. ``usual`` describes the
    default in words where the value alone does not explain it.
    """
    metadata = {_KEY: (field, usual, help)}
    if default is dict:
        return dataclasses.field(default_factory=dict, metadata=metadata, repr=repr)
    return dataclasses.field(default=default, metadata=metadata, repr=repr)


def section(title: str, slips: Slips | None = None) -> Callable[[type[T]], type[T]]:
    """Mark a frozen dataclass as a section of the YAML.

    Its ``setting`` fields are the keys of the section; other fields are not.
    """

    def mark(entry: type[T]) -> type[T]:
        base = entry.__mro__[1]
        above: Section | None = getattr(base, _SECTION, None)
        if above is None:
            marked = Section(title, slips or Slips(), None)
        else:
            marked = Section(title, slips or above.slips, base)
        setattr(entry, _SECTION, marked)
        return entry

    return mark


def section_of(entry: type[Any]) -> Section:
    """Return what ``section`` declared of a dataclass."""
    section: Section = getattr(entry, _SECTION)
    return section


def keys_of(entry: type[Any]) -> Iterator[Key]:
    """Yield the keys of a section in the order of declaration."""
    for entry_field in dataclasses.fields(entry):
        if _KEY in entry_field.metadata:
            field, usual, help_text = entry_field.metadata[_KEY]
            name = str(field.data_key or entry_field.name)
            yield Key(
                name, field, usual or _usual(field, entry_field.default), help_text
            )


def reached(*entries: type[Any]) -> Iterator[type[Any]]:
    """Return these sections and all sections below them, each once."""
    waiting, seen = list(entries), set[type[Any]]()
    while waiting:
        entry = waiting.pop(0)
        if entry in seen:
            continue
        seen.add(entry)
        yield entry
        for key in keys_of(entry):
            below = getattr(key.field, "entry", None)
            if below is not None:
                waiting.append(below)


def _usual(field: fields.Field[Any], default: Any) -> str:
    """Return the default of a key as an integrator would write it."""
    if field.required:
        return "needed"
    if default in (None, Absent, "", (), dataclasses.MISSING):
        return "none"
    if dataclasses.is_dataclass(default):
        return "none"
    return written(default, getattr(field, "measure", ""))


class SectionSchema(Schema):
    """A schema that loads a mapping into ``makes``, a frozen dataclass with
    defaults."""

    makes: ClassVar[Callable[..., Any]]
    slips: ClassVar[Slips] = Slips()

    class Meta:
        unknown = "raise"

    def __init__(self) -> None:
        super().__init__()
        self._declared = [
            (name, str(field.data_key or name), field)
            for name, field in self.load_fields.items()
        ]
        self._known = frozenset(key for _, key, _ in self._declared)

    def read_keys(self, data: Mapping[Any, Any]) -> tuple[dict[str, Any], Any]:
        """Return the values and the errors by key, as ``load`` would find them.

        ``load`` calls three functions for each key that could be there. A file has few
        of those.
        """
        values: dict[str, Any] = {}
        errors: dict[Any, Any] = {}
        for name, key, field in self._declared:
            value = data.get(key, missing)
            if value is missing and not field.required:
                continue
            try:
                values[name] = field.deserialize(value, key, data)
            except ValidationError as error:
                errors[key] = error.messages
                if error.valid_data:
                    values[name] = error.valid_data
        for key in data.keys() - self._known:
            errors[key] = [self.error_messages["unknown"]]
        return values, errors


def schema_of(entry: type[Any]) -> SectionSchema:
    """Return the schema of a section.

    It is built once: it keeps no state, and building it costs more than loading with
    it.
    """
    made: SectionSchema | None = _SCHEMAS.get(entry)
    if made is None:
        made = _SCHEMAS[entry] = _make_schema(entry)
    return made


def _make_schema(entry: type[Any]) -> SectionSchema:
    declared = {
        field.name: field.metadata[_KEY][0]
        for field in dataclasses.fields(entry)
        if _KEY in field.metadata
    }
    name = entry.__name__.replace("Entry", "Schema")
    about = {"makes": entry, "slips": section_of(entry).slips, "__doc__": entry.__doc__}
    schema: SectionSchema = type(name, (SectionSchema,), {**declared, **about})()
    return schema


def read(schema: SectionSchema, data: Any) -> tuple[Any, dict[Any, Any]]:
    """Return what can be read of a section, and its errors by key.

    Reading goes on after an error so that one report holds every problem.
    """
    if not isinstance(data, Mapping):
        example = schema.slips.example
        return schema.makes(), {"": [f"{seen(data)}; write a mapping, {example}"]}
    values, errors = schema.read_keys(data)
    if not errors:
        return schema.makes(**values), {}
    messages = explained(schema, errors, data)
    mended = with_meant_keys(schema, data)
    if mended is not None:  # keys that depend on this one are not wrong
        return read(schema, mended)[0], messages
    return schema.makes(**values), messages


def seen(value: Any) -> str:
    """Return a description of a value of the wrong type, as in ``this is null``."""
    if isinstance(value, Mapping):
        return "this is a mapping"
    if isinstance(value, list):
        return "this is a list"
    if isinstance(value, str) and value:
        return f"this is {as_written(value)!r}"
    return "this is empty" if value == "" else f"this is {as_written(value)}"
