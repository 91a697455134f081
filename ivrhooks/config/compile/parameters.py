"""Compiles declared headers and inputs to the plan's parameters."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import regex
from jmespath.exceptions import JMESPathError

from ivrhooks.basics.people.personal import default_kind
from ivrhooks.basics.phone import PhoneReader
from ivrhooks.config.compile.callers import PROFILES, SELF, CallerProfile
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import segments_of
from ivrhooks.config.reading.interpolated import Interpolated, as_written
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.parts import ParameterEntry
from ivrhooks.config.schema.typed import typed
from ivrhooks.sources.jmespath_query import JmespathQuery, compile_query

_TOKEN = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")
_MAX_PATTERN = 1_000


def compile_parameters(
    entries: Mapping[str, ParameterEntry],
    place: str,
    location: Location,
    read_phone: PhoneReader,
    profile: CallerProfile = PROFILES["generic"],
) -> tuple[Parameter, ...]:
    """Compile all parameters of one place, ``header`` or ``input``.

    ``read_phone`` parses telephone numbers for this caller and region. ``profile`` is
    the caller profile.
    """
    seen: dict[str, str] = {}
    for name in entries:
        if place == "header":
            _check_header_name(name, seen, location.at(name))
        else:
            _check_input_name(name, entries[name], location.at(name))
    return tuple(
        _parameter(str(name), entry, place, location.at(name), read_phone, profile)
        for name, entry in entries.items()
    )


def compile_inputs(
    endpoint: EndpointEntry,
    location: Location,
    read_phone: PhoneReader,
    profile: CallerProfile,
) -> tuple[Parameter, ...]:
    """Compile the inputs of an endpoint. Inputs in its path are read from there
    alone."""
    made = compile_parameters(endpoint.inputs, "input", location, read_phone, profile)
    names = segments_of(endpoint.path)
    for name in filter(None, names):
        entry = endpoint.inputs.get(name)
        for key in ("path", "name") if entry is not None else ():
            if getattr(entry, key) is not None:
                location.at(name, key).error(
                    f"`{name}` stands in the endpoint's path and is read from there "
                    f"alone; remove `{key}`",
                    key=True,
                )
    return tuple(
        replace(parameter, segment=True, paths=(), body_path=())
        if parameter.name in names
        else parameter
        for parameter in made
    )


def better_name(name: str) -> str:
    """Suggest a header name that HTTP and web servers accept."""
    return re.sub(r"[^0-9A-Za-z]+", "-", name).strip("-") or "X-Name"


def _check_header_name(name: str, seen: dict[str, str], location: Location) -> None:
    advice = f"write `{better_name(name)}`"
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
    profile: CallerProfile,
) -> Parameter:
    _check_fit(entry, location)
    judged = _type(entry, location)
    if judged != entry.type:
        entry = replace(entry, type=judged)
    inputs = place == "input"
    keys = _keys(name, entry, profile)
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
        equals_written=_equals_as_written(entry),
        pii=entry.pii or default_kind(entry.type, entry.format),
        wire=str(entry.name or name),
        body_path=keys[0] if inputs and keys else (),
        paths=_paths(entry, keys, location.at("path")) if inputs else (),
    )
    _check_default(parameter, location.at("default"))
    return parameter


def _type(entry: ParameterEntry, location: Location) -> str:
    """Return the type by which values are checked, or "" where the type is wrong.

    With "" no value is checked, so that one mistake is reported once.
    """
    written = location.at("type").value()
    strange = written is not None and written not in ("int", "string")
    return "" if strange or (entry.format and entry.type != "string") else entry.type


def _check_input_name(name: str, entry: ParameterEntry, location: Location) -> None:
    if not name.strip():
        location.error("an input needs a name; write one", key=True)
    elif re.search(r"[.\[\]]", name) and entry.path is None and entry.name is None:
        location.warning(
            f"the input `{name}` is read under this very name; where it stands within "
            f'a JSON body, write path: "{name}"',
            key=True,
        )


def _check_fit(entry: ParameterEntry, location: Location) -> None:
    only = {"min": "int", "max": "int", "max_length": "string", "pattern": "string"}
    only["format"] = "string"
    known = _type(entry, location) or entry.format
    for key, type_ in only.items() if known else ():
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
    if entry.default is Absent or not entry.type:
        return None
    return typed(entry.default, entry.type, location.at("default"))


def _enum(entry: ParameterEntry, location: Location) -> tuple[int | str, ...]:
    if entry.enum is None:
        return ()
    if not isinstance(entry.enum, list) or not entry.enum:
        location.error("write a list of the values that are allowed: [north, south]")
        return ()
    numbers = all(isinstance(v, int) and not isinstance(v, bool) for v in entry.enum)
    if numbers and entry.type == "string":
        location.error(
            "these are numbers, but the type is string; write them in quotes, or "
            "type: int"
        )
        return ()
    values = (
        typed(value, entry.type, location.at(index))
        for index, value in enumerate(entry.enum if entry.type else ())
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
    if entry.default is not Absent:
        location.at("default").warning(
            "what has `equals` must be sent, so this default is never used; remove it",
            key=True,
        )
    if entry.secret and not isinstance(value, Interpolated):
        location.at("equals").plain_secret()
    return str(value)


def _equals_as_written(entry: ParameterEntry) -> str:
    """Return the ``${…}`` from which ``equals``, ``enum`` or ``pattern`` was filled
    in."""
    enum = entry.enum if isinstance(entry.enum, list) else []
    for value in (entry.equals, *enum, entry.pattern):
        if isinstance(value, Interpolated):
            return value.written
    return ""


def _hidden(entry: ParameterEntry) -> frozenset[str]:
    """Return the keys whose values came from ``${…}`` and are therefore never shown."""
    enum = entry.enum if isinstance(entry.enum, list) else []
    values = {"equals": [entry.equals], "pattern": [entry.pattern], "enum": enum}
    return frozenset(
        key
        for key, items in values.items()
        if any(isinstance(item, Interpolated) for item in items)
    )


def _pattern(text: str | None, location: Location) -> regex.Pattern[str] | None:
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
            pattern = regex.compile(str(text))
    except (regex.error, RecursionError, OverflowError) as error:
        location.error(
            "what was filled in is no regular expression; mend it there"
            if isinstance(text, Interpolated)
            else f"this is no regular expression: {error}; mend it"
        )
        return None
    if re.search(r"\([^()]*[+*][^()]*\)[+*]|\([^()]*[+*][^()]*\)\{\d+,\}", text):
        location.warning(
            "a repetition within a repetition, (a+)+, may take very long over a long "
            "text, and a value that takes long is refused; write it with one"
        )
    return pattern


_PLAIN_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def walker(names: Sequence[str]) -> Callable[[Any], Any]:
    """Return a function that finds the value below ``names`` in a JSON body, or
    None."""

    def walk(body: Any) -> Any:
        for name in names:
            if not isinstance(body, Mapping):
                return None
            body = body.get(name)
        return body

    return walk


def _keys(
    name: str, entry: ParameterEntry, profile: CallerProfile
) -> tuple[tuple[str, ...], ...]:
    """Return the paths at which an input is looked up in a JSON body before its plain
    name.

    They are its own ``path:`` where that is plain, else those of the caller profile.
    """
    wire = str(entry.name or name)
    paths = profile.paths.get(name, profile.paths.get("*", ()))
    if entry.path is not None:
        plain = _PLAIN_PATH.fullmatch(entry.path)
        own = (tuple(str(entry.path).split(".")),) if plain else ()
        paths = (*own, *profile.also)
    return tuple(
        tuple(wire if step == SELF else step for step in path) for path in paths
    )


def _paths(
    entry: ParameterEntry, keys: tuple[tuple[str, ...], ...], location: Location
) -> tuple[Callable[[Any], Any], ...]:
    """Return the functions that find an input in a JSON body.

    Plain paths, the common case, are walked without the JMESPath library.
    """
    walkers = tuple(map(walker, keys))
    if entry.path is None or _PLAIN_PATH.fullmatch(entry.path):
        return walkers
    try:
        return (_or_none(compile_query(str(entry.path))), *walkers)
    except JMESPathError as error:
        why = str(error).splitlines()[0]
        shown = as_written(entry.path)
        location.error(f"{shown!r} is no JMESPath ({why}); see jmespath.org")
        return ()


def _or_none(query: JmespathQuery) -> JmespathQuery:
    """Wrap a query so that it gives None for a body that it does not fit."""

    def find(body: Any) -> Any:
        try:
            return query(body)
        except JMESPathError:
            return None

    return find


def _check_default(parameter: Parameter, location: Location) -> None:
    value = parameter.default
    if value is None:
        return
    if parameter.enum and value not in parameter.enum:
        known = ", ".join(map(str, parameter.shown_enum))
        advice = f"write one of: {known}" if known else "write one of them"
        location.error(f"the default is not one of `enum`; {advice}")
    elif isinstance(value, int):
        low, high = parameter.min, parameter.max
        if (low is not None and value < low) or (high is not None and value > high):
            location.error("the default is not within min and max; write one that is")
    elif parameter.max_length is not None and len(value) > parameter.max_length:
        location.error("the default is longer than max_length; shorten it")
    elif parameter.pattern is not None and not parameter.pattern.search(value):
        location.error("the default does not match the pattern; write one that does")
