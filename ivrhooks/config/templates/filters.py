"""The template filters beside Jinja's own, and checks of their constant arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from jmespath.exceptions import JMESPathError

from ivrhooks.basics.phone import FORMS, format_phone
from ivrhooks.config.calendars.calendar import Calendar
from ivrhooks.config.reading.report import listed, nearest
from ivrhooks.config.templates.text_filters import (
    HASHES,
    FilterError,
    compiled,
    text_filters,
)
from ivrhooks.sources.jmespath_query import compile_query

ARGUMENTS: Mapping[str, tuple[int, int]] = {
    "phone": (1, 1),
    "in_hours": (1, 1),
    "opens_at": (0, 0),
    "closes_at": (0, 0),
    "json_query": (1, 1),
    "field": (1, 1),
    "hash": (0, 1),
    "hmac": (1, 2),
    "b64encode": (0, 0),
    "b64decode": (0, 0),
    "from_json": (0, 0),
    "to_json": (0, 0),
    "regex_search": (1, 1),
    "regex_replace": (1, 2),
    "to_datetime": (0, 1),
    "sorted_query": (0, 0),
}
"""For each filter, the fewest and the most arguments that it takes."""


@dataclass(frozen=True, slots=True)
class TemplateContext:
    """What filters know of the configuration."""

    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    region: str | None = None
    zone: tzinfo | None = None


def filters(template_context: TemplateContext) -> dict[str, Callable[..., Any]]:
    """Return our own filters for one configuration."""

    def phone(value: Any, form: str) -> Any:
        return format_phone(value, form, template_context.region)

    def in_hours(moment: Any, calendar: str) -> bool:
        if not isinstance(moment, datetime):
            raise ValueError("in_hours takes `now`, or another moment")
        zone = template_context.zone or moment.tzinfo
        if zone is None:
            raise ValueError("in_hours needs a moment with its time zone")
        return template_context.calendars[calendar].open_at(moment, zone)

    def next_moment(of: Callable[..., datetime | None]) -> Callable[..., str | None]:
        @pass_context
        def filter_(context: Context, calendar: str) -> str | None:
            now = context["now"]
            zone = template_context.zone or now.tzinfo
            moment = of(template_context.calendars[calendar], now, zone)
            return None if moment is None else moment.isoformat()

        return filter_

    return {
        "json_query": _json_query,
        "phone": phone,
        "field": _field,
        "in_hours": in_hours,
        "opens_at": next_moment(Calendar.opens_at),
        "closes_at": next_moment(Calendar.closes_at),
        **text_filters(template_context.zone),
    }


def _json_query(value: Any, query: str) -> Any:
    if isinstance(value, Undefined):
        return None
    return compile_query(query)(value)


def _field(value: Any, key: str) -> Any:
    """Return the value of the ``{key, value}`` or ``{field_code, value}`` pair of a
    key."""
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, (list, tuple)):
        return None
    for pair in value:
        if not isinstance(pair, Mapping):
            continue
        if str(key) in (_text(pair.get("key")), _text(pair.get("field_code"))):
            return pair.get("value")
    return None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def argument_problem(
    name: str, place: int, argument: Any, template_context: TemplateContext
) -> str | None:
    """Return why a constant argument of one of our filters cannot work, or None."""
    if not isinstance(argument, str):
        return f"the filter {name} takes a text, {name}('…')"
    check = _ARGUMENT_CHECKS.get((name, place))
    return check(argument, template_context) if check is not None else None


def _form_problem(argument: str, template_context: TemplateContext) -> str | None:
    if argument in FORMS:
        return None
    return f"no form {argument!r} of a number; write {listed(FORMS)}"


def calendar_problem(argument: str, template_context: TemplateContext) -> str | None:
    """Return why there is no calendar of that name, or None."""
    if argument in template_context.calendars:
        return None
    calendars = template_context.calendars
    near = nearest(argument, calendars)
    return f"no calendar {argument!r}{near}; calendars: {listed(calendars)}"


def _query_problem(argument: str, template_context: TemplateContext) -> str | None:
    try:
        compile_query(argument)
    except JMESPathError as error:
        why = str(error).splitlines()[0]
        return f"{argument!r} is no JMESPath ({why}); see jmespath.org"
    return None


def _hash_problem(argument: str, template_context: TemplateContext) -> str | None:
    if argument in HASHES:
        return None
    near = nearest(argument, HASHES)
    return f"no hash {argument!r}{near}; write {listed(HASHES)}"


def _pattern_problem(argument: str, template_context: TemplateContext) -> str | None:
    try:
        compiled(argument)
    except FilterError as error:
        return f"{error}; mend it"
    return None


def _format_problem(argument: str, template_context: TemplateContext) -> str | None:
    sample = datetime(2026, 10, 20, 9, 30, 15, tzinfo=UTC)
    try:
        text = sample.strftime(argument)
        datetime.strptime(text, argument)
    except (ValueError, re.error):
        text = argument
    if text == argument:  # YYYY-MM-DD stands for itself alone
        return f"{argument!r} is no format of a moment; write '%Y-%m-%d %H:%M:%S'"
    return None


_ARGUMENT_CHECKS: Mapping[
    tuple[str, int], Callable[[str, TemplateContext], str | None]
] = {
    ("phone", 0): _form_problem,
    ("in_hours", 0): calendar_problem,
    ("json_query", 0): _query_problem,
    ("hash", 0): _hash_problem,
    ("hmac", 1): _hash_problem,
    ("to_datetime", 0): _format_problem,
    ("regex_search", 0): _pattern_problem,
    ("regex_replace", 0): _pattern_problem,
}


def count_problem(name: str, fewest: int, most: int) -> str:
    """Return the message for a filter with too few or too many arguments."""
    shown = ", ".join(["'…'"] * max(fewest, 1))
    if most == 0:
        return f"the filter {name} takes no argument; write | {name}"
    if fewest == most == 1:
        return f"the filter {name} takes one argument; write {name}({shown})"
    return (
        f"the filter {name} takes {fewest} to {most} arguments; write {name}({shown})"
    )
