"""Compares two configurations from the IVR's point of view.

Endpoints are paired by path, then by name. A change that an IVR variable or a data
request cannot survive *breaks*. One that may send a caller elsewhere *may route
differently*. All others are *safe*. The rules are in docs/diff.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ivrhooks.authoring.diff.changes import (
    BREAKS,
    MAY,
    SAFE,
    Change,
    Reach,
    Scope,
)
from ivrhooks.authoring.diff.parameters import compare_parameters
from ivrhooks.authoring.diff.reach import EndpointReach, RootReach, root_reads
from ivrhooks.authoring.diff.security import compare_security
from ivrhooks.authoring.diff.sides import Side, SideEndpoint, written
from ivrhooks.config.compile.system_api import NAME
from ivrhooks.config.plan import segments_of

_HARMLESS = frozenset(
    {"description", "used_by", "tests", "console", "journal", "alerts", "version"}
)
_APART = frozenset(
    {
        "endpoint",
        "path",
        "format",
        "strict_format",
        "headers",
        "inputs",
        "outputs",
        "security",
        "answer",
    }
)
_ROOT_APART = frozenset({"system_api", "security", "include", "sources", "calendars"})
_ROOT_BREAKS = frozenset({"caller", "answer"})
_BY_NAME = frozenset({"lookups", "actions"})
_MAY_HOLD_SECRETS = frozenset({"store", "shared_cache", "alerts"})
"""Keys of the root whose address may hold a password or a token."""


def compare(old: Side, new: Side) -> tuple[Change, ...]:
    """Return every change, those of endpoints first, in the order of the new side's
    files."""
    changes: list[Change] = []
    pairs, gone, added = _pair_endpoints(old, new)
    was, now = root_reads(old.root), root_reads(new.root)
    for before in gone:
        scope = _scope(before, before, EndpointReach((was, before), (was, before)))
        change = f"endpoint is gone ({before.path})"
        changes.append(scope.change(BREAKS, before.entry.endpoint, change))
    reached = []
    for before, after in pairs:
        reached.append(EndpointReach((was, before), (now, after)))
        scope = _scope(before, after, reached[-1])
        changes += _compare_endpoint(before, after, old, new, scope)
    for after in added:
        scope = _scope(after, after, EndpointReach((now, after), (now, after)))
        changes.append(scope.change(SAFE, after.entry.endpoint, "new endpoint"))
    return (*changes, *_compare_root(old, new, RootReach(tuple(reached))))


_Pairs = list[tuple[SideEndpoint, SideEndpoint]]


def _pair_endpoints(
    old: Side, new: Side
) -> tuple[_Pairs, list[SideEndpoint], list[SideEndpoint]]:
    """Return pairs by path, then by name; then the unpaired old and new endpoints."""
    by_path = {_shape(endpoint.path): endpoint for endpoint in new.endpoints}
    by_name = {endpoint.entry.endpoint: endpoint for endpoint in new.endpoints}
    pairs: _Pairs = []
    left: list[SideEndpoint] = []
    for endpoint in old.endpoints:
        same = by_path.get(_shape(endpoint.path))
        if same is None:
            left.append(endpoint)
        else:
            pairs.append((endpoint, same))
    paired = {id(after) for _, after in pairs}
    gone = []
    for endpoint in left:
        same = by_name.get(endpoint.entry.endpoint)
        if same is None or id(same) in paired:
            gone.append(endpoint)
        else:
            pairs.append((endpoint, same))
            paired.add(id(same))
    return (
        pairs,
        gone,
        [endpoint for endpoint in new.endpoints if id(endpoint) not in paired],
    )


def _shape(path: str) -> str:
    """Return a path without the names of its segments, which no caller sees."""
    parts = path.split("/")
    return "/".join("{}" if part.startswith("{") else part for part in parts)


def _is_same_path(old: SideEndpoint, new: SideEndpoint) -> bool:
    """Return whether a caller's URL is read as before: a segment may have a new name,
    but not one that another segment had."""
    was, now = segments_of(old.path), segments_of(new.path)
    return _shape(old.path) == _shape(new.path) and all(
        before == after or after not in was
        for before, after in zip(was, now, strict=True)
    )


def _segments(old: SideEndpoint, new: SideEndpoint) -> dict[str, str]:
    """Return the old name of each segment of a path, by its new one."""
    if not _is_same_path(old, new):
        return {}
    pairs = zip(segments_of(old.path), segments_of(new.path), strict=True)
    return {now: was for was, now in pairs if was is not None and now is not None}


def _scope(old: SideEndpoint, new: SideEndpoint, reach: Reach) -> Scope:
    used_by = new.entry.used_by or old.entry.used_by
    return Scope(new.entry.endpoint, tuple(used_by), old.place, new.place, reach)


def _compare_endpoint(
    old: SideEndpoint, new: SideEndpoint, before: Side, after: Side, scope: Scope
) -> Iterator[Change]:
    yield from _compare_interface(old, new, scope)
    yield from compare_parameters("header", old.entry.headers, new.entry.headers, scope)
    yield from compare_parameters(
        "input", old.entry.inputs, new.entry.inputs, scope, _segments(old, new)
    )
    yield from _compare_outputs(old, new, scope)
    for field in fields(new.entry):
        if field.name not in _APART:
            was, now = getattr(old.entry, field.name), getattr(new.entry, field.name)
            yield from _compare_key(field.name, was, now, scope)
    yield from compare_security(
        (old.entry.security, before.root.security),
        (new.entry.security, after.root.security),
        scope,
        replace(scope, old=before.place, new=after.place),
    )
    yield from _compare_unset(before, after, scope)


def _compare_unset(old: Side, new: Side, scope: Scope) -> Iterator[Change]:
    """Compare whether the System API leaves out unset values."""
    if scope.endpoint != NAME or not old.root.system_api or not new.root.system_api:
        return
    was, now = old.root.system_api.unset, new.root.system_api.unset
    if was != now:
        yield scope.at("unset").change(MAY, "unset", "changed", was, now)


def _compare_interface(
    old: SideEndpoint, new: SideEndpoint, scope: Scope
) -> Iterator[Change]:
    """Compare name, path, method and format: what is typed into the call centre."""
    was, now = old.entry, new.entry
    if was.endpoint != now.endpoint:
        at = scope.at("endpoint")
        change = "new name on the same path"
        yield at.change(SAFE, now.endpoint, change, was.endpoint, now.endpoint)
    if not _is_same_path(old, new):
        yield scope.at("path").change(BREAKS, "path", "changed", was.path, now.path)
    if (was.format == "query") != (now.format == "query"):
        methods = ("GET" if entry.format == "query" else "POST" for entry in (was, now))
        yield scope.at("format").change(BREAKS, "method", "changed", *methods)
    elif was.format != now.format:
        verdict = BREAKS if now.strict_format else SAFE
        yield scope.at("format").change(
            verdict, "format", "changed", was.format, now.format
        )
    if was.strict_format != now.strict_format:
        verdict = BREAKS if now.strict_format else SAFE
        at = scope.at("strict_format")
        change = "changed"
        yield at.change(
            verdict, "strict_format", change, was.strict_format, now.strict_format
        )
    if written(getattr(was, "answer", None)) != written(getattr(now, "answer", None)):
        values = (
            written(getattr(was, "answer", None)),
            written(getattr(now, "answer", None)),
        )
        at = scope.at("answer").within(*values)
        yield at.change(BREAKS, "answer", "changed", *values)


def _compare_outputs(
    old: SideEndpoint, new: SideEndpoint, scope: Scope
) -> Iterator[Change]:
    before, after = old.entry.outputs, new.entry.outputs
    for name, entry in before.items():
        at = scope.at("outputs", name)
        if name not in after:
            yield at.change(BREAKS, name, "output is gone", entry.type, None)
            continue
        was, now = written(entry), written(after[name])
        for key in dict.fromkeys((*was, *now)):
            if was.get(key) != now.get(key):
                verdict = {"type": BREAKS, "description": SAFE}.get(key, MAY)
                own = at.at(key).within(was.get(key), now.get(key))
                yield own.change(
                    verdict,
                    name,
                    f"output {key}",
                    was.get(key),
                    now.get(key),
                )
    for name, entry in after.items():
        if name not in before:
            at = scope.at("outputs", name)
            yield at.change(SAFE, name, "new output", None, entry.type)


def _compare_key(key: str, was: Any, now: Any, scope: Scope) -> Iterator[Change]:
    """Compare a key whose every change means the same; of a mapping, each entry."""
    verdict = SAFE if key in _HARMLESS else MAY
    before, after = written(was), written(now)
    if key in _BY_NAME:
        yield from _compare_entries(key, before or {}, after or {}, scope, verdict)
    elif before != after:
        at = scope.at(key).within(before, after)
        values = (None, None) if key == "tests" else (before, after)
        yield at.change(verdict, key, "changed", *values)


def _compare_entries(
    key: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    scope: Scope,
    verdict: str,
) -> Iterator[Change]:
    what = key.removesuffix("s")
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        # the one lookup of the System API is written at its top
        own_file = scope.endpoint == NAME and key == "lookups"
        at = scope if own_file else scope.at(key, name)
        if was is None or now is None:
            change = f"new {what}" if was is None else f"{what} is gone"
            yield at.change(verdict, name, change)
            continue
        for inner in dict.fromkeys((*was, *now)):
            if was.get(inner) != now.get(inner):
                values = _without_credentials(inner, was.get(inner), now.get(inner))
                own = at.at(inner).within(was.get(inner), now.get(inner))
                hidden = inner in _SHOWN_ONLY and key == "sources"
                yield own.change(
                    SAFE if hidden else verdict,
                    name,
                    f"{what} {inner}",
                    *values,
                )


_CREDENTIALS = frozenset(
    {"auth", "sign", "headers", "query", "login", "url", "tls", "proxy"}
)


_SHOWN_ONLY = frozenset({"pii"})
"""Keys that govern what is shown, and nothing that is answered."""


def _without_credentials(key: str, was: Any, now: Any) -> tuple[Any, Any]:
    """Return old and new as they may be shown, without anything that may be a
    credential."""
    return (None, None) if key in _CREDENTIALS else (was, now)


def _compare_root(old: Side, new: Side, reach: Reach) -> Iterator[Change]:
    scope = Scope(None, (), old.place, new.place, reach)
    for field in fields(new.root):
        key = field.name
        if key in _ROOT_APART:
            continue
        was, now = written(getattr(old.root, key)), written(getattr(new.root, key))
        if was != now:
            harmless = SAFE if key in _HARMLESS else MAY
            verdict = BREAKS if key in _ROOT_BREAKS else harmless
            values = (None, None) if key in _MAY_HOLD_SECRETS else (was, now)
            at = scope.at(key).within(was, now)
            yield at.change(verdict, key, "changed", *values)
    for key in ("sources", "calendars"):
        before = written(getattr(old.root, key))
        after = written(getattr(new.root, key))
        yield from _compare_entries(key, before, after, scope, MAY)
    for name, content in new.files.items():
        before_it = old.files.get(name)
        if before_it is not None and before_it.digest != content.digest:
            at = scope.at("files", name)
            change = at.change(MAY, name, "the file's content changed")
            file = str(Path(new.place.file).parent / name)
            yield replace(change, file=file, line=content.first_difference(before_it))
