"""The kinds of value that the YAML's schemas know, with messages that help.

A section with an error in it is still read as far as it goes, so that one report
holds every problem: ``read`` gives both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields

from ivrhooks.config.reading.interpolated import Interpolated, as_written
from ivrhooks.config.reading.report import nearest
from ivrhooks.config.schema.explained import explained, with_meant_keys
from ivrhooks.config.schema.localized import Localized, language_problem
from ivrhooks.config.schema.measures import read_duration, read_rate, read_size
from ivrhooks.config.schema.slips import Slips

_FLAGS = {"true": True, "false": False}


class Strict(Schema):
    """A schema whose load gives ``makes``, a frozen dataclass with defaults."""

    makes: ClassVar[Callable[..., Any]]
    slips: ClassVar[Slips] = Slips()

    class Meta:
        unknown = "raise"


def read(schema: Schema, data: Any) -> tuple[Any, dict[Any, Any]]:
    """What a section says as far as it can be read, and its errors by key."""
    makes = getattr(schema, "makes", None) or (lambda **values: values)
    if not isinstance(data, Mapping):
        slips = getattr(schema, "slips", Slips())
        return makes(), {"": [f"{_seen(data)}; write a mapping, {slips.example}"]}
    try:
        loaded = schema.load(data)
        return (makes(**loaded) if isinstance(schema, Strict) else loaded), {}
    except ValidationError as error:
        messages = explained(schema, error.messages, data)
        mended = with_meant_keys(schema, data)
        if mended is not None:  # what depends on the key is not wrong as well
            return read(schema, mended)[0], messages
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        return makes(**valid), messages


def needs(advice: str) -> dict[str, Any]:
    """The message of a field that must be there: what to write."""
    braces = str.maketrans({"{": "{{", "}": "}}"})  # marshmallow formats its messages
    return {"required": f"is missing; write {advice}".translate(braces)}


def _seen(value: Any) -> str:
    """``null is no mapping`` and the like: what stands there."""
    if isinstance(value, Mapping):
        return "this is a mapping"
    if isinstance(value, list):
        return "this is a list"
    if isinstance(value, str) and value:
        return f"this is {as_written(value)!r}"
    return "this is empty" if value == "" else f"this is {as_written(value)}"


class Text(fields.Field[str]):
    """Text; a number is refused with the advice to quote it."""

    def __init__(self, *, blank: bool = True, **settings: Any) -> None:
        super().__init__(**settings)
        self._blank = blank

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            advice = "in quotes" if not isinstance(value, (dict, list)) else "instead"
            if isinstance(value, dict) and list(value.values()) == [None]:
                advice = f'as "${{{next(iter(value))}}}"'  # the sign has been forgotten
            raise ValidationError(f"{_seen(value)}; write text {advice}")
        if not self._blank and not value.strip():
            raise ValidationError("this is empty; write a text")
        return value


class Words(fields.Field[str]):
    """A text, or a text for each of a few languages."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, Mapping) and value:
            told = {key: language_problem(key, text) for key, text in value.items()}
            wrong = {key: [problem] for key, problem in told.items() if problem}
            if wrong:
                raise ValidationError(wrong)
            return Localized({str(key): str(text) for key, text in value.items()})
        if not isinstance(value, str):
            quoted = not isinstance(value, (dict, list))
            advice = "in quotes" if quoted else "or {en: …, zh: …, vi: …}"
            raise ValidationError(f"{_seen(value)}; write text {advice}")
        if not value.strip() and self.required:
            raise ValidationError("this is empty; write a text")
        return value


class Whole(fields.Field[int]):
    """A whole number within bounds; a filled-in text is converted."""

    def __init__(
        self, least: int | None = None, most: int | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self._least, self._most = least, most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if isinstance(value, Interpolated):
            value = to_number(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(
                f"{_seen(value)}; write a whole number, without quotes"
            )
        if self._least is not None and value < self._least:
            raise ValidationError(f"{value} is too small; write {self._least} or more")
        if self._most is not None and value > self._most:
            raise ValidationError(f"{value} is too large; write {self._most} or less")
        return value


class Flag(fields.Field[bool]):
    """true or false; a filled-in text is converted."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if isinstance(value, Interpolated):
            value = _FLAGS.get(value.strip().lower(), value)
        if not isinstance(value, bool):
            raise ValidationError(f"{_seen(value)}; write true or false")
        return value


class Measured(fields.Field[Any]):
    """A duration, a size or a rate."""

    def __init__(
        self, reader: Callable[[object], Any], *, zero: bool = False, **settings: Any
    ) -> None:
        super().__init__(**settings)
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


def duration(**settings: Any) -> Measured:
    """A duration, in seconds."""
    return Measured(read_duration, **settings)


def size(**settings: Any) -> Measured:
    """A size, in bytes."""
    return Measured(read_size, **settings)


def rate(**settings: Any) -> Measured:
    """A rate."""
    return Measured(read_rate, **settings)


class OneOf(fields.Field[Any]):
    """One of a few words (or numbers)."""

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
        words = ", ".join(map(str, self._choices[:-1]))
        words = f"{words} or {self._choices[-1]}" if words else str(self._choices[-1])
        near = ""
        if isinstance(value, str) and value in self._advice:
            raise ValidationError(f"{_seen(value)}; {self._advice[value]}")
        if isinstance(value, str):
            near = nearest(value, [str(choice) for choice in self._choices])
        raise ValidationError(f"{_seen(value)}; write {words}{near}")


class Texts(fields.Field[tuple[str, ...]]):
    """A list of texts; ``single``: one text alone will do."""

    def __init__(self, *, single: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self._single = single

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        if self._single and isinstance(value, str):
            return (value,)
        if not isinstance(value, list):
            raise ValidationError(f"{_seen(value)}; write a list of texts, [a, b]")
        wrong = {
            index: [f"{_seen(item)}; write text, in quotes"]
            for index, item in enumerate(value)
            if not isinstance(item, str)
        }
        if wrong:
            raise ValidationError(wrong)
        return tuple(value)


class Any_(fields.Raw):
    """Anything; what it may be is judged where it is compiled."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_none=True, **settings)


@cache
def _made(schema: type[Strict]) -> Strict:
    """One of a kind is enough: it keeps nothing of what it loads, and to make one costs
    more than to load by it."""
    return schema()


class Part(fields.Field[Any]):
    """A section with a schema of its own; null is an empty one."""

    def __init__(self, schema: type[Strict], **settings: Any) -> None:
        super().__init__(**settings)
        self._schema = schema

    def deserialize(self, value: Any, *others: Any, **settings: Any) -> Any:
        """As marshmallow does, null taken for an empty section."""
        return super().deserialize({} if value is None else value, *others, **settings)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        result, errors = read(_made(self._schema), value)
        if errors:
            raise ValidationError(errors, valid_data=result)
        return result


class PartOrOff(Part):
    """A section; null switches off what is written above it, and is False."""

    def deserialize(self, value: Any, *others: Any, **settings: Any) -> Any:
        """As marshmallow does, null taken for False."""
        off = value is None
        return False if off else super().deserialize(value, *others, **settings)


class Parts(Part):
    """Sections by a name of the integrator's own."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValidationError(f"{_seen(value)}; write a mapping, `name: {{…}}`")
        pairs = {name: read(_made(self._schema), item) for name, item in value.items()}
        result = {name: pair[0] for name, pair in pairs.items()}
        errors = {name: pair[1] for name, pair in pairs.items() if pair[1]}
        if errors:
            raise ValidationError(errors, valid_data=result)
        return result


class PartList(Part):
    """A list of sections."""

    def deserialize(self, value: Any, *others: Any, **settings: Any) -> Any:
        """As marshmallow does, null taken for an empty list."""
        return super().deserialize([] if value is None else value, *others, **settings)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, list):
            raise ValidationError(f"{_seen(value)}; write a list of entries, - …")
        pairs = [read(_made(self._schema), item) for item in value]
        errors = {index: pair[1] for index, pair in enumerate(pairs) if pair[1]}
        result = [pair[0] for pair in pairs]
        if errors:
            raise ValidationError(errors, valid_data=result)
        return tuple(result)


class Values(fields.Field[Mapping[str, Any]]):
    """A mapping of anything by names; null is an empty one."""

    def deserialize(self, value: Any, *others: Any, **settings: Any) -> Any:
        """As marshmallow does, null taken for an empty mapping."""
        return super().deserialize({} if value is None else value, *others, **settings)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError(f"{_seen(value)}; write a mapping, `name: value`")
        return dict(value)


def to_number(value: Interpolated) -> Any:
    """A filled-in text as the whole number it spells; else as it was."""
    text = value.strip()
    digits = text[1:] if text[:1] in ("+", "-") else text
    if digits.isascii() and digits.isdigit() and len(digits) <= 30:
        return int(text)
    return value
