"""How a key of the YAML is declared: once, as a field of a frozen dataclass.

``setting`` says of a key what may be written, what stands in for it and what it is for.
The schema by which a file is read, the settings that the compiler gets, the page
docs/reference/settings.md and the editor's schema are all made of that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from marshmallow import Schema, ValidationError, fields

from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.schema.explained import explained, with_meant_keys
from ivrhooks.config.schema.measures import written
from ivrhooks.config.schema.slips import Slips

Absent: Any = type("Absent", (), {"__repr__": lambda self: "absent"})()
"""What stands for a key that the file does not have, where null means something."""

_KEY, _SECTION = "key", "__section__"

_SCHEMAS: dict[type[Any], SectionSchema] = {}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """One key as it is declared. ``field`` reads it; ``usual`` says what holds where it
    is left out; ``help`` is for people."""

    name: str
    field: fields.Field[Any]
    usual: str
    help: str


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of a section. ``base``: the one whose keys it has as well."""

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
    """A key: the field of a dataclass that is a ``section``. ``default``: its value
    where it is left out, or ``dict``; ``usual`` says in words what holds then, where
    the value does not tell it."""
    metadata = {_KEY: (field, usual, help)}
    if default is dict:
        return dataclasses.field(default_factory=dict, metadata=metadata, repr=repr)
    return dataclasses.field(default=default, metadata=metadata, repr=repr)


def section(title: str, slips: Slips | None = None) -> Callable[[type[T]], type[T]]:
    """Marks a frozen dataclass as a section of the YAML, whose keys are its settings.
    A field of it that is no ``setting`` is no key."""

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
    """What ``section`` said of a dataclass."""
    found: Section = getattr(entry, _SECTION)
    return found


def keys_of(entry: type[Any]) -> Iterator[Key]:
    """The keys of a section, in the order in which they are declared."""
    for one in dataclasses.fields(entry):
        if _KEY in one.metadata:
            field, usual, told = one.metadata[_KEY]
            name = str(field.data_key or one.name)
            yield Key(name, field, usual or _usual(field, one.default), told)


def reached(*entries: type[Any]) -> Iterator[type[Any]]:
    """These sections and all that stand below them, each once."""
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
    """What holds where a key is left out, as somebody would write it."""
    if field.required:
        return "needed"
    if default in (None, Absent, "", (), dataclasses.MISSING):
        return "none"
    if dataclasses.is_dataclass(default):
        return "none"
    return written(default, getattr(field, "measure", ""))


class SectionSchema(Schema):
    """A schema whose load gives ``makes``, a frozen dataclass with defaults."""

    makes: ClassVar[Callable[..., Any]]
    slips: ClassVar[Slips] = Slips()

    class Meta:
        unknown = "raise"


def schema_of(entry: type[Any]) -> SectionSchema:
    """The schema of a section, made once: it keeps nothing of what it loads, and to
    make one costs more than to load by it."""
    made: SectionSchema | None = _SCHEMAS.get(entry)
    if made is None:
        made = _SCHEMAS[entry] = _made(entry)
    return made


def _made(entry: type[Any]) -> SectionSchema:
    declared = {
        one.name: one.metadata[_KEY][0]
        for one in dataclasses.fields(entry)
        if _KEY in one.metadata
    }
    name = entry.__name__.replace("Entry", "Schema")
    about = {"makes": entry, "slips": section_of(entry).slips, "__doc__": entry.__doc__}
    schema: SectionSchema = type(name, (SectionSchema,), {**declared, **about})()
    return schema


def read(schema: Schema, data: Any) -> tuple[Any, dict[Any, Any]]:
    """What a section says as far as it can be read, and its errors by key: one report
    holds every problem."""
    makes = getattr(schema, "makes", None) or (lambda **values: values)
    if not isinstance(data, Mapping):
        slips = getattr(schema, "slips", Slips())
        return makes(), {"": [f"{seen(data)}; write a mapping, {slips.example}"]}
    try:
        loaded = schema.load(data)
        return (makes(**loaded) if isinstance(schema, SectionSchema) else loaded), {}
    except ValidationError as error:
        messages = explained(schema, error.messages, data)
        mended = with_meant_keys(schema, data)
        if mended is not None:  # what depends on the key is not wrong as well
            return read(schema, mended)[0], messages
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        return makes(**valid), messages


def seen(value: Any) -> str:
    """``null is no mapping`` and the like: what stands there."""
    if isinstance(value, Mapping):
        return "this is a mapping"
    if isinstance(value, list):
        return "this is a list"
    if isinstance(value, str) and value:
        return f"this is {as_written(value)!r}"
    return "this is empty" if value == "" else f"this is {as_written(value)}"
