"""The filters that templates have beside Jinja's own, and the checks of their
constant arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

import jmespath
from jinja2 import Undefined
from jmespath.exceptions import JMESPathError

from ivrhooks.basics.phone import FORMS, format_phone
from ivrhooks.config.calendars.calendar import Calendar
from ivrhooks.config.reading.report import listed, nearest


@dataclass(frozen=True, slots=True)
class TemplateContext:
    """What filters know of the configuration."""

    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    region: str | None = None
    zone: tzinfo | None = None


def filters(around: TemplateContext) -> dict[str, Callable[..., Any]]:
    """The four filters, for one configuration."""

    def phone(value: Any, form: str) -> Any:
        if isinstance(value, Undefined) or value is None:
            return None
        return format_phone(value, form, around.region)

    def in_hours(moment: Any, calendar: str) -> bool:
        if not isinstance(moment, datetime):
            raise ValueError("in_hours takes `now`, or another moment")
        zone = around.zone or moment.tzinfo
        if zone is None:
            raise ValueError("in_hours needs a moment with its time zone")
        return around.calendars[calendar].open_at(moment, zone)

    return {
        "json_query": _json_query,
        "phone": phone,
        "field": _field,
        "in_hours": in_hours,
    }


def _json_query(value: Any, query: str) -> Any:
    if isinstance(value, Undefined):
        return None
    return jmespath.search(query, value)


def _field(value: Any, key: str) -> Any:
    """The value of the ``{key, value}`` or ``{field_code, value}`` pair of that key."""
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


def argument_problem(name: str, argument: Any, around: TemplateContext) -> str | None:
    """Why the constant argument of one of the four filters cannot work, if so."""
    if not isinstance(argument, str):
        return f"the filter {name} takes a text, {name}('…')"
    if name == "phone" and argument not in FORMS:
        return f"no form {argument!r} of a number; write {listed(FORMS)}"
    if name == "in_hours" and argument not in around.calendars:
        near = nearest(argument, around.calendars)
        return f"no calendar {argument!r}{near}; calendars: {listed(around.calendars)}"
    if name == "json_query":
        try:
            jmespath.compile(argument)
        except JMESPathError as error:
            why = str(error).splitlines()[0]
            return f"{argument!r} is no JMESPath ({why}); see jmespath.org"
    return None
