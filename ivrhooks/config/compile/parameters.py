"""Declared headers and inputs -> the plan's parameters."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from ivrhooks.basics.personal import default_kind
from ivrhooks.basics.phone import PhoneReader
from ivrhooks.config.plan import Parameter
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.settings import Absent, ParameterEntry
from ivrhooks.config.schema.typed import typed

_TOKEN = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")
_MAX_PATTERN = 1_000


def compile_parameters(
    entries: Mapping[str, ParameterEntry],
    place: str,
    location: Location,
    read_phone: PhoneReader,
) -> tuple[Parameter, ...]:
    """All parameters of one place, ``header`` or ``input``. ``read_phone``: reads the
    telephone numbers of this caller and region."""
    seen: dict[str, str] = {}
    for name in entries:
        if place == "header":
            _check_header_name(name, seen, location.at(name))
        elif not name.strip():
            location.at(name).error("an input needs a name; write one", key=True)
    return tuple(
        _parameter(str(name), entry, place, location.at(name), read_phone)
        for name, entry in entries.items()
    )


def _check_header_name(name: str, seen: dict[str, str], location: Location) -> None:
    advice = f"write `{re.sub(r'[^0-9A-Za-z]+', '-', name).strip('-') or 'X-Name'}`"
    if re.search(r"\s", name):
        location.error(
            f"the header name `{name}` has a blank, which no web server takes "
            f"(the request is refused or loses its headers); {advice}",
            key=True,
        )
    elif "_" in name:
        location.error(
            f"the header name `{name}` has a `_`, and web servers drop such headers "
            f"without a word; {advice}",
            key=True,
        )
    elif not _TOKEN.fullmatch(name):
        location.error(
            f"`{name}` is no header name: HTTP takes ASCII letters, digits and "
            f"hyphens; {advice}",
            key=True,
        )
    if name.lower() in seen:
        location.error(
            f"the header `{name}` is declared twice, as `{seen[name.lower()]}` too "
            "(headers compare in any case); keep one",
            key=True,
        )
    seen[name.lower()] = name


def _parameter(
    name: str,
    entry: ParameterEntry,
    place: str,
    location: Location,
    read_phone: PhoneReader,
) -> Parameter:
    _check_fit(entry, location)
    parameter = Parameter(
        name=name,
        type=entry.type,
        place=place,
        required=entry.required,
        default=_default(entry, location),
        format=entry.format,
        read_phone=read_phone if entry.format == "phone" else None,
        min=entry.min,
        max=entry.max,
        max_length=entry.max_length,
        pattern=_pattern(entry.pattern, location.at("pattern")),
        enum=_enum(entry, location.at("enum")),
        secret=entry.secret,
        equals=_equals(entry, location),
        hidden=_hidden(entry),
        help=entry.description,
        equals_written=_written(entry),
        pii=entry.pii or default_kind(entry.type, entry.format),
    )
    _check_default(parameter, location.at("default"))
    return parameter


def _check_fit(entry: ParameterEntry, location: Location) -> None:
    only = {"min": "int", "max": "int", "max_length": "string", "pattern": "string"}
    only["format"] = "string"
    for key, type_ in only.items():
        if getattr(entry, key) is not None and entry.type != type_:
            location.at(key).error(
                f"`{key}` is for {type_} only, and the type is {entry.type}; "
                f"remove it, or write type: {type_}",
                key=True,
            )
    if entry.min is not None and entry.max is not None and entry.min > entry.max:
        location.at("max").error(
            f"max {entry.max} is less than min {entry.min}; exchange them"
        )
    if entry.required and entry.default is not Absent:
        location.at("default").error(
            "`required: true` and `default` exclude each other; remove one", key=True
        )
    if entry.secret and entry.equals is Absent:
        location.at("secret").error(
            'a secret needs `equals: "${NAME}"`, what it must be', key=True
        )


def _default(entry: ParameterEntry, location: Location) -> int | str | None:
    if entry.default is Absent:
        return None
    return typed(entry.default, entry.type, location.at("default"))


def _enum(entry: ParameterEntry, location: Location) -> tuple[int | str, ...]:
    if entry.enum is None:
        return ()
    if not isinstance(entry.enum, list) or not entry.enum:
        location.error("write a list of the values that are allowed: [north, south]")
        return ()
    values = (
        typed(value, entry.type, location.at(index))
        for index, value in enumerate(entry.enum)
    )
    return tuple(value for value in values if value is not None)


def _equals(entry: ParameterEntry, location: Location) -> str | None:
    value: Any = entry.equals
    if value is Absent:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        location.at("equals").error(
            "nothing that is sent can be equal to this; write a text that is not empty"
            if value != "" or not isinstance(value, Interpolated)
            else "what was filled in is empty; set it to a text"
        )
        return None
    if entry.secret and not isinstance(value, Interpolated):
        location.at("equals").plain_secret()
    return str(value)


def _written(entry: ParameterEntry) -> str:
    """What the file says where a value was filled in that must be sent."""
    enum = entry.enum if isinstance(entry.enum, list) else []
    for value in (entry.equals, *enum, entry.pattern):
        if isinstance(value, Interpolated):
            return value.written
    return ""


def _hidden(entry: ParameterEntry) -> frozenset[str]:
    """Which of its values were filled in, and are told nowhere."""
    enum = entry.enum if isinstance(entry.enum, list) else []
    values = {"equals": [entry.equals], "pattern": [entry.pattern], "enum": enum}
    return frozenset(
        key
        for key, items in values.items()
        if any(isinstance(item, Interpolated) for item in items)
    )


def _pattern(text: str | None, location: Location) -> re.Pattern[str] | None:
    if text is None:
        return None
    if len(text) > _MAX_PATTERN:
        location.error(
            f"the pattern is longer than {_MAX_PATTERN} characters; shorten it"
        )
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        location.error(
            "what was filled in is no regular expression; mend it there"
            if isinstance(text, Interpolated)
            else f"this is no regular expression: {error}; mend it"
        )
        return None
    if re.search(r"\([^()]*[+*][^()]*\)[+*]|\([^()]*[+*][^()]*\)\{\d+,\}", text):
        location.warning(
            "a repetition within a repetition, (a+)+, may take very long over a long "
            "text; write it with one"
        )
    return pattern


def _check_default(parameter: Parameter, location: Location) -> None:
    value = parameter.default
    if value is None:
        return
    if parameter.enum and value not in parameter.enum:
        location.error("the default is not one of `enum`; write one of them")
    if isinstance(value, int):
        low, high = parameter.min, parameter.max
        if (low is not None and value < low) or (high is not None and value > high):
            location.error("the default is not within min and max; write one that is")
    elif parameter.max_length is not None and len(value) > parameter.max_length:
        location.error("the default is longer than max_length; shorten it")
    elif parameter.pattern is not None and not parameter.pattern.search(value):
        location.error("the default does not match the pattern; write one that does")
