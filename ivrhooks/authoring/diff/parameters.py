"""Compares declared headers and inputs: what the IVR must send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ivrhooks.authoring.diff.changes import BREAKS, MAY, SAFE, Change, Scope
from ivrhooks.authoring.diff.sides import written
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.parts import ParameterEntry

_LIMITS = {"min": 1, "max": -1, "max_length": -1}
"""In which direction a limit narrows: 1 upwards, -1 downwards."""

_HARMLESS = frozenset({"description", "pii"})
_SECRET = frozenset({"equals", "secret"})


def compare_parameters(
    kind: str,
    old: Mapping[str, ParameterEntry],
    new: Mapping[str, ParameterEntry],
    scope: Scope,
    segments: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Change]:
    """Yield the changes of the parameters of one kind, ``header`` or ``input``.

    ``segments``: the old name of each segment of the path, by its new one; callers see
    neither.
    """
    before, after = _by_wire_name(kind, old, {}), _by_wire_name(kind, new, segments)
    gone = [name for name in before if name not in after]
    added = [name for name in after if name not in before]
    renamed = dict(_find_renamed(gone, added, before, after))
    for name in gone:
        yield _removal(kind, name, renamed.get(name), before, after, scope)
    for name in added:
        if name not in renamed.values():
            yield _addition(kind, after[name], name, scope)
    for name, (key, entry) in after.items():
        if name in before:
            own = scope.at(f"{kind}s", key)
            yield from _compare_parameter(kind, name, before[name][1], entry, own)


_Named = Mapping[str, tuple[str, ParameterEntry]]


def _by_wire_name(
    kind: str, entries: Mapping[str, ParameterEntry], segments: Mapping[str, str]
) -> _Named:
    """Return entries by their name in the request, with their key in the file."""
    names = {}
    for key, entry in entries.items():
        wire = str(getattr(entry, "name", None) or segments.get(key, key))
        names[wire.lower() if kind == "header" else wire] = (key, entry)
    return names


def _find_renamed(
    gone: list[str], added: list[str], before: _Named, after: _Named
) -> Iterator[tuple[str, str]]:
    """Yield pairs of a removed and an added parameter with the same declaration."""
    free = list(added)
    for name in gone:
        same = [
            candidate
            for candidate in free
            if _likeness(before[name]) == _likeness(after[candidate])
        ]
        if same:
            free.remove(same[0])
            yield name, same[0]


def _likeness(named: tuple[str, ParameterEntry]) -> Any:
    entry = written(named[1])
    return {
        key: value for key, value in entry.items() if key not in (*_HARMLESS, "name")
    }


def _removal(
    kind: str,
    name: str,
    successor: str | None,
    before: _Named,
    after: _Named,
    scope: Scope,
) -> Change:
    at = scope.at(f"{kind}s", before[name][0])
    if successor is None:
        return at.change(MAY, name, f"{kind} is no longer read", name, None)
    here = scope.at(f"{kind}s", after[successor][0])
    return here.change(BREAKS, name, f"{kind} renamed", name, successor)


def _addition(
    kind: str, named: tuple[str, ParameterEntry], name: str, scope: Scope
) -> Change:
    key, entry = named
    at = scope.at(f"{kind}s", key)
    if entry.equals is not Absent:
        return at.change(BREAKS, name, f"new {kind} with an agreed value")
    if entry.required:
        return at.change(BREAKS, name, f"new required {kind}", None, name)
    return at.change(SAFE, name, f"new {kind}, not required", None, name)


def _compare_parameter(
    kind: str, name: str, old: ParameterEntry, new: ParameterEntry, scope: Scope
) -> Iterator[Change]:
    before, after = written(old), written(new)
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was == now or key == "name":
            continue
        at = scope.at(key).within(was, now)
        if key in _SECRET:
            change = f"{kind}, its agreed value or secrecy changed"
            yield at.change(_secret(key, was, now), name, change)
        else:
            verdict = _verdict(key, was, now)
            yield at.change(verdict, name, f"{kind} {key}", was, now)


def _secret(key: str, was: Any, now: Any) -> str:
    if key == "secret":
        return MAY  # 401 or 400, of which `on_invalid` makes another answer
    return SAFE if now is None else BREAKS


def _verdict(key: str, was: Any, now: Any) -> str:
    if key in _HARMLESS:
        return SAFE
    if key in _LIMITS:
        return _limit(was, now, _LIMITS[key])
    if key == "enum":
        return _enum(was, now)
    if key == "required":
        return BREAKS if now else SAFE
    if key == "pattern":
        return SAFE if now is None else BREAKS
    if key == "path":
        return SAFE if was is None else BREAKS
    if key == "type":
        return BREAKS if now == "int" else MAY
    return MAY


def _limit(was: Any, now: Any, direction: int) -> str:
    if now is None:
        return SAFE
    if was is None:
        return BREAKS
    return BREAKS if (now - was) * direction > 0 else SAFE


def _enum(was: Any, now: Any) -> str:
    if not now:
        return SAFE
    if not was:
        return BREAKS
    return (
        SAFE
        if {str(value) for value in was} <= {str(value) for value in now}
        else BREAKS
    )
