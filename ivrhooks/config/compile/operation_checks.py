"""Chooses the operation of a lookup or an action, and checks whether ``params``,
``request`` and ``pick`` fit it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from ivrhooks.config.compile.constants import check_constant
from ivrhooks.config.compile.source.sources import CompiledSource
from ivrhooks.config.reading.interpolated import Interpolated, as_written
from ivrhooks.config.reading.report import Location, closest, listed, nearest
from ivrhooks.config.schema import slips
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.explained import meant_by, unknown
from ivrhooks.config.schema.parts import LookupEntry
from ivrhooks.config.templates.compile import is_template
from ivrhooks.sources.interface import Operation, Param

_BODIES = ("json", "form", "body")
_TOKEN = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z_-]+")


def choose_operation(
    compiled_source: CompiledSource,
    written: Any,
    at: Location,
    *,
    write: bool,
    location: Location,
) -> Operation | None:
    """Return the operation that is written, or the first of the kind; None after an
    error.

    ``write``: it is that of an action, not of a lookup.
    """
    absent = written is Absent or written is None
    writes = [known.name for known in compiled_source.operations if known.write]
    if absent:
        operation, at = compiled_source.operations[0], location
        if write and writes and not operation.write:
            at.error(
                f"an action names its operation; write one of {listed(writes)}",
                key=True,
            )
            return None
    else:
        named = _operation_named(compiled_source, written, at)
        if named is None:
            return None
        operation = named
    problem = ""
    if operation.write and not write:
        problem = "writes, and a lookup only reads; write it under `actions`"
    elif write and not operation.write and not compiled_source.kind.asks_requests:
        problem = "only reads, and an action writes; write it under `lookups`"
        problem += f", or one of {listed(writes)}" if writes else ""
    if problem:
        at.error(f"`{operation.name}` {problem}", key=absent)
        return None
    return operation


def _operation_named(
    compiled_source: CompiledSource, name: Any, location: Location
) -> Operation | None:
    known = {operation.name: operation for operation in compiled_source.operations}
    if isinstance(name, str) and name in known:
        return known[name]
    location.error(
        f"kind {compiled_source.kind.name} has no operation `{name}`"
        f"{nearest(str(name), known)}; operations: {listed(known)}"
    )
    return None


def check_params(
    operation: Operation, params: Any, location: Location, empty: Set[str] = frozenset()
) -> Any:
    """Return the parameters as far as they can be used, or None; report the problems.

    ``empty`` holds the words that mean "no value" at the source.
    """
    if params is Absent or params is None:
        params = [] if operation.list_params else {}
    if operation.list_params:
        items = [params] if isinstance(params, Mapping) else params
        if not isinstance(items, list) or not all(
            isinstance(i, Mapping) for i in items
        ):
            location.error(
                f"`{operation.name}` takes a list of objects: [{{…}}, {{…}}]"
            )
            return None
        if not items:
            location.error(
                f"`{operation.name}` needs at least one object; write [{{…}}]"
            )
        for index, item in enumerate(items):
            at = location.at(index) if isinstance(params, list) else location
            _check_mapping(operation, item, at, empty)
        return items
    if not isinstance(params, Mapping):
        location.error(
            f"`{operation.name}` takes a mapping of parameters: {{name: value}}"
        )
        return None
    _check_mapping(operation, params, location, empty)
    return params


def _check_mapping(
    operation: Operation, params: Mapping[str, Any], location: Location, empty: Set[str]
) -> None:
    known = {param.name: param for param in operation.params}
    for name, value in params.items():
        if name in known:
            check_constant(known[name], value, location.at(name))
        else:
            _check_unknown(operation, name, known, location.at(name))
    values = {
        name
        for name, value in params.items()
        if value not in (None, "") and not (isinstance(value, str) and value in empty)
    }
    if params.keys() - known and not operation.free_params:
        return  # a needed name may be among those that are misspelt
    values |= {near for name in params.keys() - known if (near := closest(name, known))}
    for name in operation.required:
        if name not in values:
            location.error(
                f"`{operation.name}` needs the parameter `{name}`; write it under "
                "params",
                key=True,
            )
    if operation.needs_one_of and not values & set(operation.needs_one_of):
        location.error(
            f"`{operation.name}` needs at least one of "
            f"{listed(operation.needs_one_of)}; write one under params",
            key=True,
        )


def _check_unknown(
    operation: Operation, name: str, known: Mapping[str, Param], location: Location
) -> None:
    if operation.free_params:
        near = closest(name, known, 0.85)
        if near:
            location.warning(
                f"`{name}` is taken for a custom field of `{operation.name}`; did you "
                f"mean `{near}`?",
                key=True,
            )
        return
    hint = nearest(name, known)
    location.error(
        f"`{operation.name}` has no parameter `{name}`{hint}; parameters: "
        f"{listed(known)}",
        key=True,
    )


def check_request(
    request: Any,
    operation: Operation,
    rule_keys: Sequence[str],
    location: Location,
    lookup: Location,
) -> bool:
    """Return whether ``request:`` can be compiled; report the problems.

    ``rule_keys`` are the keys that say how the answer is judged.
    """
    if request is Absent or request is None:
        lookup.error(
            f"a source of kind {operation.kind} needs a request; write request: "
            "{method: GET, path: /…}",
            key=True,
        )
        return False
    if not isinstance(request, Mapping):
        location.error("write a mapping: {method: GET, path: /…}")
        return False
    keys = (*(param.name for param in operation.params), *rule_keys)
    for key in request:
        if key not in keys:
            message = unknown(key, keys, slips.REQUEST)
            location.at(key).error(str(message), key=True)
            location.at(key).explains(meant=message.meant, covers=message.covers)
    request = {
        key if key in keys else meant_by(key, keys, slips.REQUEST) or key: value
        for key, value in request.items()
    }
    _check_path(request, location)
    method = next(param for param in operation.params if param.name == "method")
    _check_method(request.get("method", "GET"), method.values, location.at("method"))
    _check_parts(request, location)
    return True


def _check_path(request: Mapping[str, Any], location: Location) -> None:
    path = request.get("path")
    at = location.at("path")
    if path is None:
        location.error('is missing its path; write path: "/…"', key=True)
    elif not isinstance(path, str) or not path.startswith("/"):
        at.error(f"a path begins with /; write {_with_slash(path)}")
    elif "?" in re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", path, flags=re.DOTALL):
        at.error("a path has no query; write the parameters under `query`")
    elif any(part in (".", "..") for part in path.split("/")):
        at.error("a path does not climb; write it without . and ..")


def _with_slash(path: Any) -> str:
    """Return the path with a leading slash; of a whole URL, its path."""
    written = as_written(path)
    if not isinstance(path, str) or isinstance(path, Interpolated):
        return '"/orders/{{ inputs.order_no }}"'
    return f'"/{re.sub(r"^[a-z]+://[^/]*/?", "", written)}"'


def _check_method(method: Any, known: Sequence[str], location: Location) -> None:
    if is_template(method):
        return
    if not isinstance(method, str) or method.upper() not in known:
        location.error(
            f"{as_written(method)!r} is no method here; write {listed(known)}"
        )


def _check_parts(request: Mapping[str, Any], location: Location) -> None:
    for key in ("query", "headers", "form"):
        if request.get(key) is not None and not isinstance(request[key], Mapping):
            location.at(key).error("write a mapping: {name: value}")
    headers = request.get("headers")
    for name in headers if isinstance(headers, Mapping) else ():
        if not _TOKEN.fullmatch(name):
            location.at("headers", name).error(f"{name!r} is no header name", key=True)
    if "idempotent" in request and not isinstance(request["idempotent"], bool):
        location.at("idempotent").error("write true or false")
    _check_body(request, location)


def _check_body(request: Mapping[str, Any], location: Location) -> None:
    bodies = [key for key in _BODIES if key in request]
    if len(bodies) > 1:
        location.at(bodies[1]).error(
            f"a request has one body; remove `{bodies[0]}` or `{bodies[1]}`", key=True
        )
    elif bodies and "method" not in request:
        location.at(bodies[0]).warning(
            "a request without `method` is a GET, and most systems ignore the body of "
            "one; write method: POST",
            key=True,
        )
    if "body" in request and not isinstance(request["body"], str):
        location.at("body").error("write a text; for JSON write `json`")
    if "content_type" in request and "body" not in request:
        location.at("content_type").error(
            "it is the label of `body`; write one, or remove it", key=True
        )


def check_picking(
    entry: LookupEntry, operation: Operation, picks: Sequence[str], location: Location
) -> None:
    """Check whether ``pick:`` and ``all_pages:`` fit the operation.

    ``picks`` holds the words that the kind of source knows.
    """
    if entry.pick is not None and entry.pick not in picks:
        location.at("pick").error(
            f"kind {operation.kind} knows no {entry.pick}; write {listed(picks)}"
        )
    elif entry.pick and not (
        operation.pick or operation.free_answer or operation.entries is not None
    ):
        location.at("pick").error(
            f"`{operation.name}` answers one thing only; remove `pick`", key=True
        )
    if entry.all_rows and not operation.rows:
        location.at("all_rows").error(
            f"`{operation.name}` has one result; remove `all_rows`", key=True
        )
    if entry.all_pages and operation.paging is None:
        location.at("all_pages").error(
            f"`{operation.name}` has no pages; remove `all_pages`", key=True
        )


def check_field(
    path: str,
    operations: Sequence[tuple[Operation, bool]],
    name: str,
    location: Location,
) -> None:
    """Warn of a field of a result that is unknown, but close to a known one.

    ``operations``: the operations of the lookup's chain, each with whether one entry is
    picked from its list. A field that any of them knows is accepted.
    """
    last = path.rpartition(".")[2]
    if any(last in operation.secrets for operation, _ in operations):
        location.warning(
            f"`{last}` is a password in clear: it is taken out of every result, so "
            "this has never a value; remove it"
        )
    if not operations:
        return
    alike = [
        (operation, _unknown_part(path, _fields(operation, picked)))
        for operation, picked in operations
    ]
    if any(part is None for _, part in alike):
        return
    for operation, part in alike:
        if part is not None and part[1]:
            location.warning(
                f"`{operation.name}` has no field `{part[0]}` that is known; did you "
                f"mean `{name}.{part[1]}`? (a custom field of that name can be read)"
            )
            return
    operation, part = alike[0]
    if part is not None and all(operation.all_fields for operation, _ in alike):
        known = listed(sorted(_fields(*operations[0])))
        location.warning(
            f"`{operation.name}` has no field `{part[0]}`, so this has never a value; "
            f"there: {known}"
        )


def _fields(operation: Operation, picked: bool) -> set[str]:
    fields = {field.name for field in operation.fields}
    prefix = f"{operation.entries}." if operation.entries else ""
    if picked and prefix:
        inner = {field[len(prefix) :] for field in fields if field.startswith(prefix)}
        return inner or fields
    return fields


def _unknown_part(path: str, fields: set[str]) -> tuple[str, str | None] | None:
    """Return the first unknown part of ``path`` and the known field closest to it.

    Return None where every part is known.
    """
    parts = [part for part in path.split(".") if not part.lstrip("-").isdigit()]
    for depth in range(1, len(parts) + 1):
        here = ".".join(parts[:depth])
        below = [field for field in fields if field.startswith(f"{here}.")]
        if here in fields and not below:
            return None  # fields below this one are not described
        if not below:
            level = {".".join(field.split(".")[:depth]) for field in fields}
            near = {
                known_path for known_path in level if known_path.count(".") == depth - 1
            }
            return here, closest(here, near, 0.8)
    return None
