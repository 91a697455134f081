"""Checks whether constants under ``params:`` fit the type of their parameter.

Templates cannot be checked at load; their values are judged with each data request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.reading.report import Location, closest, listed, nearest
from ivrhooks.config.templates.compile import is_template
from ivrhooks.sources.interface import Param

_WHOLE = re.compile(r"\s*-?[0-9]{1,19}\s*", re.ASCII)


def check_constant(param: Param, value: Any, location: Location) -> None:
    """Report a constant, or a part of it, that does not have its parameter's type."""
    if is_template(value) or value is None or value == "":
        return
    if param.type == "list":
        _check_list(param, value, location)
    elif param.type == "int":
        if not _is_integer(value):
            location.error(f"`{param.name}` takes a whole number; write one")
    elif param.type == "string":
        _check_text(param, value, location)
    _check_choice(param, value, location)


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) or (
        isinstance(value, str) and _WHOLE.fullmatch(value) is not None
    )


def _check_text(param: Param, value: Any, location: Location) -> None:
    if isinstance(value, (Mapping, list)):
        location.error(f"`{param.name}` takes a text; write one, in quotes")
    elif isinstance(value, bool):
        shown = "true" if value else "false"
        location.warning(
            f'`{param.name}` takes a text, and {shown} is sent as "{int(value)}"; '
            f'write "{shown}" in quotes, or "{int(value)}"'
        )


def _check_choice(param: Param, value: Any, location: Location) -> None:
    if not param.values or not isinstance(value, (str, int)):
        return
    if str(value) not in param.values:
        location.error(
            f"{as_written(value)!r} is no value of `{param.name}`; write one of "
            f"{listed(param.values)}"
        )


def _check_list(param: Param, value: Any, location: Location) -> None:
    """Check a list. One entry may stand alone; plain values may be comma-separated
    text."""
    if param.items:
        _check_objects(param, value, location)
        return
    if isinstance(value, Mapping):
        location.error(f"`{param.name}` takes a list of values; write [a, b]")
        return
    member = replace(param, type=param.of or "any", of="")
    if isinstance(value, str):
        for part in value.split(","):
            check_constant(member, part.strip(), location)
        return
    is_single = not isinstance(value, list)
    for index, entry in enumerate([value] if is_single else value):
        at = location if is_single else location.at(index)
        if not param.of and isinstance(entry, (Mapping, list)):
            at.error(f"`{param.name}` takes a list of plain values; write [a, b]")
        else:
            check_constant(member, entry, at)


def _check_objects(param: Param, value: Any, location: Location) -> None:
    entries = [value] if isinstance(value, Mapping) else value
    names = ", ".join(f"{item.name}: …" for item in param.items)
    if not isinstance(entries, list):
        location.error(f"`{param.name}` takes a list of objects; write [{{{names}}}]")
        return
    for index, entry in enumerate(entries):
        at = location.at(index) if entries is value else location
        if is_template(entry):
            continue
        if isinstance(entry, Mapping):
            _check_keys(param, entry, at)
        else:
            at.error(f"an entry of `{param.name}` is an object; write {{{names}}}")


def _check_keys(param: Param, entry: Mapping[str, Any], location: Location) -> None:
    known = {item.name: item for item in param.items}
    meant = set()
    for name, value in entry.items():
        if name in known:
            check_constant(known[name], value, location.at(name))
            continue
        meant.add(closest(str(name), known))
        location.at(name).error(
            f"an entry of `{param.name}` has no key `{name}`"
            f"{nearest(str(name), known)}; keys: {listed(known)}",
            key=True,
        )
    for item in param.items:
        missing = entry.get(item.name) in (None, "") and item.name not in meant
        if item.required and missing:
            location.error(
                f"an entry of `{param.name}` needs `{item.name}`; write it", key=True
            )
