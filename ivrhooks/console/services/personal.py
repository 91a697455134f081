"""What a page shows of a data request: each parameter by its personal-data kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

from ivrhooks.answering.shown.mask import kind_of as kind_of_value
from ivrhooks.basics.people.masking import ALWAYS_SECRET, SECRET, mask_text, mask_value
from ivrhooks.basics.people.personal import IDENTIFYING, mask_as
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Plan

_PERSONAL = IDENTIFYING | {"name"}
_HEADER = re.compile(r"^([^\s:]+)([ \t]*:[ \t]*)([^\r\n]*)", re.MULTILINE)

_JSON_VALUE = r'"(?:[^"\\]|\\.)*"?|[-0-9.eE+]+|\[[^\[\]{}]*\]?|\{[^\[\]{}]*\}?'
"""A text, a number, or a list or object of such, which may be cut off."""

Shown = Callable[[str], str]


def kind_of(plan: Plan, place: str, name: str) -> str:
    """Return the kind of a parameter; undeclared ones are free text. ``place``: header
    | input."""
    declared = plan.headers if place == "header" else plan.inputs
    kinds = (parameter.pii for parameter in declared if _is_named(parameter, name))
    return next(kinds, "text")


def _kind_of_value(plan: Plan, place: str, name: str, value: Any) -> str:
    declared = plan.headers if place == "header" else plan.inputs
    kinds = (
        kind_of_value(parameter, value)
        for parameter in declared
        if _is_named(parameter, name)
    )
    return next(kinds, "text")


def _is_named(parameter: Parameter, name: str) -> bool:
    return parameter.name.lower() == name.lower()


def masked_values(plan: Plan, place: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs or headers as a page may show them, secrets hidden."""
    return {
        name: _masked(_kind_of_value(plan, place, name, value), value)
        if name.lower() not in ALWAYS_SECRET | plan.secret_names
        else SECRET
        for name, value in values.items()
    }


def _masked(kind: str, value: Any) -> Any:
    plain = isinstance(value, (str, int, float))
    return mask_as(kind, value) if plain else mask_value(value)


def is_personal(plan: Plan, place: str, name: str, text: str) -> bool:
    """Return whether a value identifies a person."""
    kind = kind_of(plan, place, name)
    return kind in _PERSONAL or (kind == "text" and mask_text(text) != text)


def masked_head(plan: Plan | None, text: str) -> str:
    """Return a request line with headers as a page may show it."""
    line, end, headers = text.partition("\n")
    if plan is None:
        return mask_text(text)

    def hidden(match: re.Match[str]) -> str:
        kind = kind_of(plan, "header", match[1])
        if kind == "none":
            return match[0]
        return f"{match[1]}{match[2]}{mask_as(kind, match[3])}"

    return _line(plan, line) + end + _HEADER.sub(hidden, headers)


def masked_body(plan: Plan | None, text: str) -> str:
    """Return a form, JSON or multipart body as a page may show it."""
    return _fields(plan, text)


def _line(plan: Plan, line: str) -> str:
    """Return the request line: segments of the path and the query string masked."""
    words = line.split(" ")
    if len(words) < 2:
        return mask_text(line)
    path, mark, query = words[1].partition("?")
    parts, declared = path.split("/"), plan.path.split("/")
    if len(parts) == len(declared):
        parts = [
            _quoted(kind_of(plan, "input", key[1:-1]), part) if key[:1] == "{" else part
            for part, key in zip(parts, declared, strict=True)
        ]
    words[1] = mask_text("/".join(parts)) + mark + _fields(plan, query)
    return " ".join(words)


def _quoted(kind: str, text: str) -> str:
    """Return a percent-encoded value masked; unchanged where nothing is hidden."""
    plain = unquote_plus(text)
    shown = mask_as(kind, plain)
    return text if shown == plain else quote(shown, safe="*@+ ")


def _fields(plan: Plan | None, text: str) -> str:
    """Mask declared fields by their kinds, everything else as free text."""
    masked_parts: list[str] = []
    text = text.replace("\0", "\ufffd")

    def keep(shown: str) -> str:
        """Set a finished part aside, so that it is not masked as free text again."""
        masked_parts.append(shown)
        return f"\0{len(masked_parts) - 1}\0"

    def kept_by(shown: Shown) -> Callable[[re.Match[str]], str]:
        return lambda match: match[1] + keep(shown(match[2]))

    for parameter in plan.inputs if plan else ():
        for pattern, shown in _patterns(parameter):
            text = pattern.sub(kept_by(shown), text)
    masked = mask_text(text)
    return re.sub(r"\0(\d+)\0", lambda match: masked_parts[int(match[1])], masked)


def _masked_json(parameter: Parameter, value: Any) -> Any:
    """A value of JSON, what it holds by the kind of its parameter too."""
    if isinstance(value, list):
        return [_masked_json(parameter, item) for item in value]
    if isinstance(value, dict):
        return {name: _masked_json(parameter, item) for name, item in value.items()}
    return mask_as(kind_of_value(parameter, value), value)


def _patterns(parameter: Parameter) -> list[tuple[re.Pattern[str], Shown]]:
    """Return how a parameter occurs in a form, in JSON and in a multipart body."""
    names = {
        parameter.name,
        parameter.wire,
        quote(parameter.wire, safe=""),
        *parameter.body_path[-1:],
    }
    name = "(?:" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + ")"

    def form(value: str) -> str:
        return _quoted(kind_of_value(parameter, unquote_plus(value)), value)

    def in_json(value: str) -> str:
        try:
            plain = json.loads(value)
        except ValueError:  # the JSON is cut off
            plain = value.strip('"')
        made = _masked_json(parameter, plain)
        return value if made == plain else json.dumps(made, ensure_ascii=False)

    return [
        (re.compile(rf"((?:^|[?&;\n]){name}=)([^&;\r\n]*)"), form),
        (re.compile(rf'("{name}"\s*:\s*)({_JSON_VALUE})'), in_json),
        (
            re.compile(
                rf'(name="?{name}"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]*)'
            ),
            lambda value: str(mask_as(kind_of_value(parameter, value), value)),
        ),
    ]
