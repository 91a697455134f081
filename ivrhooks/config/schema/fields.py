"""The types of value that a key can have, with error messages that say what to
write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from marshmallow import ValidationError, fields

from ivrhooks.config.reading.interpolated import Interpolated, as_written
from ivrhooks.config.reading.report import choice, listed, nearest
from ivrhooks.config.schema.declare import read, schema_of, seen
from ivrhooks.config.schema.explained import AtKey
from ivrhooks.config.schema.localized import Localized, language_problem
from ivrhooks.config.schema.measures import read_duration, read_rate, read_size

_FLAGS = {"true": True, "false": False}


def needs(advice: str) -> dict[str, Any]:
    """Return the options of a required field. ``advice`` says what to write."""
    braces = str.maketrans({"{": "{{", "}": "}}"})  # marshmallow formats its messages
    message = f"is missing; write {advice}".translate(braces)
    return {"required": True, "error_messages": {"required": message}}


class Text(fields.Field[str]):
    """Text. A number is refused with the advice to quote it. ``null``: what null
    means where it is allowed."""

    def __init__(
        self, *, blank: bool = True, null: str | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self._blank = blank
        self._null = null

    def deserialize(self, value: Any, *more: Any, **settings: Any) -> Any:
        """Return the text; of null what it means."""
        if value is None and self._null is not None:
            return self._null
        return super().deserialize(value, *more, **settings)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            advice = "in quotes" if not isinstance(value, (dict, list)) else "instead"
            if isinstance(value, dict) and list(value.values()) == [None]:
                advice = f'as "${{{next(iter(value))}}}"'  # the $ is missing
            raise ValidationError(f"{seen(value)}; write text {advice}")
        if not self._blank and not value.strip():
            raise ValidationError("this is empty; write a text")
        return value


class Words(fields.Field[str]):
    """A text, or a mapping of languages to texts."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, Mapping) and value:
            problems = {key: language_problem(key, text) for key, text in value.items()}
            wrong = {key: [problem] for key, problem in problems.items() if problem}
            if wrong:
                raise ValidationError(wrong)
            return Localized({str(key): str(text) for key, text in value.items()})
        if not isinstance(value, str):
            quoted = not isinstance(value, (dict, list))
            advice = "in quotes" if quoted else "or {en: …, zh: …, vi: …}"
            raise ValidationError(f"{seen(value)}; write text {advice}")
        if not value.strip() and self.required:
            raise ValidationError("this is empty; write a text")
        return value


class Integer(fields.Field[int]):
    """An integer within bounds. A text from ``${…}`` is converted."""

    def __init__(
        self, least: int | None = None, most: int | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self._least, self._most = least, most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        written = as_written(value)
        if isinstance(value, Interpolated):
            value = to_number(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(
                f"{seen(value)}; write a whole number, without quotes"
            )
        if self._least is not None and value < self._least:
            raise ValidationError(
                f"{written} is too small; write {self._least} or more"
            )
        if self._most is not None and value > self._most:
            raise ValidationError(f"{written} is too large; write {self._most} or less")
        return value


class Boolean(fields.Field[bool]):
    """true or false. A text from ``${…}`` is converted."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if isinstance(value, Interpolated):
            value = _FLAGS.get(value.strip().lower(), value)
        if not isinstance(value, bool):
            raise ValidationError(f"{seen(value)}; write true or false")
        return value


class Measured(fields.Field[Any]):
    """A duration, a size or a rate."""

    def __init__(
        self,
        measure: str,
        reader: Callable[[object], Any],
        *,
        zero: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.measure = measure
        self._reader, self._zero = reader, zero

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            result = self._reader(value)
        except ValueError as error:
            raise ValidationError(
                "what was filled in cannot be read here; set 2s, 64KB or 200/s"
                if isinstance(value, Interpolated)
                else str(error)
            ) from None
        if not self._zero and result == 0:
            raise ValidationError("this is zero; write more than nothing")
        return result


def duration(*, unit: str = "s", **settings: Any) -> Measured:
    """Return a field for a duration, in seconds. ``unit``: the one that is usual
    there."""
    return Measured("duration", partial(read_duration, unit=unit), **settings)


def size(**settings: Any) -> Measured:
    """Return a field for a size, in bytes."""
    return Measured("size", read_size, **settings)


def rate(**settings: Any) -> Measured:
    """Return a field for a rate."""
    return Measured("rate", read_rate, **settings)


class OneOf(fields.Field[Any]):
    """One of a fixed set of words or numbers."""

    def __init__(
        self,
        *choices: str | int,
        advice: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._choices, self._advice = choices, advice or {}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, Interpolated) and isinstance(self._choices[0], int):
            value = to_number(value)
        if value in self._choices and not isinstance(value, bool):
            return value
        words = list(map(str, self._choices))
        if isinstance(value, str) and value in self._advice:
            raise ValidationError(f"{seen(value)}; {self._advice[value]}")
        if value in words:
            raise ValidationError(f"{seen(value)}; write {value}, without quotes")
        near = nearest(value, words) if isinstance(value, str) else ""
        raise ValidationError(f"{seen(value)}; write {choice(self._choices)}{near}")


class Texts(fields.Field[tuple[str, ...]]):
    """A list of texts. With ``single``, one text stands for a list of one."""

    def __init__(self, *, single: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self._single = single

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        if self._single and isinstance(value, str):
            return (value,)
        if not isinstance(value, list):
            raise ValidationError(f"{seen(value)}; write a list of texts, [a, b]")
        wrong = {
            index: [f"{seen(item)}; write text, in quotes"]
            for index, item in enumerate(value)
            if not isinstance(item, str)
        }
        if wrong:
            raise ValidationError(wrong)
        return tuple(value)


class Any_(fields.Raw):
    """Any value; it is checked where it is compiled."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_none=True, **settings)


class Condition(Any_):
    """A template that is true or false. A list or mapping would always be true."""

    def _deserialize(self, value: Any, *more: Any, **settings: Any) -> Any:
        if isinstance(value, (list, dict)):
            advice = 'write one template, "{{ … and … }}"'
            raise ValidationError(f"{seen(value)}; {advice}")
        return super()._deserialize(value, *more, **settings)


class Nested(fields.Field[Any]):
    """A section with its own schema; null is an empty section."""

    def __init__(self, entry: type[Any], **settings: Any) -> None:
        super().__init__(**settings)
        self.entry, self.schema = entry, schema_of(entry)

    def deserialize(self, value: Any, *others: Any, **settings: Any) -> Any:
        """Load a value as marshmallow does, with null as an empty section."""
        return super().deserialize({} if value is None else value, *others, **settings)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        result, errors = read(self.schema, value)
        if errors:
            raise ValidationError(errors, valid_data=result)
        return result


class NestedOrOff(Nested):
    """A section that null switches off, whatever is written above; it then loads as
    False."""

    def deserialize(self, value: Any, *others: Any, **settings: Any) -> Any:
        """Load a value as marshmallow does, with null as False."""
        off = value is None
        return False if off else super().deserialize(value, *others, **settings)


class NestedMap(Nested):
    """A mapping of names that the integrator chooses to sections."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, Mapping):
            meant = {
                name: read(self.schema, item)[0]
                for name, item in _entries_by_name(value)
            }
            name = next(iter(meant), "name")
            advice = f"write a mapping, `{name}: {{…}}`"
            raise ValidationError(f"{seen(value)}; {advice}", valid_data=meant)
        pairs = {name: read(self.schema, item) for name, item in value.items()}
        result = {name: pair[0] for name, pair in pairs.items()}
        errors: dict[Any, Any] = {name: pair[1] for name, pair in pairs.items()}
        errors = {name: reasons for name, reasons in errors.items() if reasons}
        outdented = [name for name in errors if self._is_key(name, value[name])]
        for name in outdented:
            del errors[name], result[name]
        if outdented:  # a name without value lacks what stands too far left
            errors = {name: e for name, e in errors.items() if value[name] is not None}
            errors[outdented[0]] = [AtKey(_outdented(outdented))]
        if errors:
            raise ValidationError(errors, valid_data=result)
        return result

    def _is_key(self, name: Any, item: Any) -> bool:
        """Return whether a name is a key of an entry, indented like an entry."""
        keys = {str(field.data_key or key) for key, field in self.schema.fields.items()}
        entry = isinstance(item, Mapping) and not keys.isdisjoint(item)
        return name in keys and item is not None and not entry


def _outdented(keys: list[Any]) -> str:
    if len(keys) == 1:
        message = "is no name of yours but a key; indent it below the name it"
        return f"`{keys[0]}` {message} belongs to"
    message = "are no names of yours but keys; indent them below the name they"
    return f"{listed(keys)} {message} belong to"


def _entries_by_name(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the entries that a list has in place of a mapping, by name, so that what
    refers to them is not wrong as well."""
    for item in value if isinstance(value, list) else ():
        if isinstance(item, str):
            yield item, {}
        elif isinstance(item, Mapping) and isinstance(item.get("name"), str):
            yield item["name"], {key: item[key] for key in item if key != "name"}
        elif isinstance(item, Mapping) and len(item) == 1:
            yield from item.items()


class NestedList(Nested):
    """A list of sections."""

    def deserialize(self, value: Any, *others: Any, **settings: Any) -> Any:
        """Load a value as marshmallow does, with null as an empty list."""
        return super().deserialize([] if value is None else value, *others, **settings)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, list):
            raise ValidationError(f"{seen(value)}; write a list of entries, - …")
        pairs = [read(self.schema, item) for item in value]
        errors = {index: pair[1] for index, pair in enumerate(pairs) if pair[1]}
        result = [pair[0] for pair in pairs]
        if errors:
            raise ValidationError(errors, valid_data=result)
        return tuple(result)


class Values(fields.Field[Mapping[str, Any]]):
    """A mapping of names to values of any type; null is an empty mapping."""

    def deserialize(self, value: Any, *others: Any, **settings: Any) -> Any:
        """Load a value as marshmallow does, with null as an empty mapping."""
        return super().deserialize({} if value is None else value, *others, **settings)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError(f"{seen(value)}; write a mapping, `name: value`")
        return dict(value)


def to_number(value: Interpolated) -> Any:
    """Return a text from ``${…}`` as the integer it spells; any other value
    unchanged."""
    text = value.strip()
    digits = text[1:] if text[:1] in ("+", "-") else text
    if digits.isascii() and digits.isdigit() and len(digits) <= 30:
        return int(text)
    return value
