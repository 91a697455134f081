"""The frozen contract: ``contract.lock`` beside the root file.

While the file exists, a configuration that breaks what an IVR relies on is refused,
until the contract is frozen again. The error names the affected nodes. The lock holds
endpoints, parameters, outputs, types and defaults. Of agreed values it holds what the
file says, or a hash.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ivrhooks.authoring.diff.changes import BREAKS, Change
from ivrhooks.authoring.diff.compare import compare
from ivrhooks.authoring.diff.sides import Place, Side, SideEndpoint, read_side, written
from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.config.loader import examine
from ivrhooks.config.plan import Configuration
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.report import Document
from ivrhooks.config.reading.yaml_reader import Node
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.parts import OutputEntry, ParameterEntry
from ivrhooks.config.schema.root import RootEntry

LOCK = "contract.lock"
VERSION = 1

_PARAMETER = (
    "type",
    "format",
    "required",
    "default",
    "min",
    "max",
    "max_length",
    "pattern",
    "enum",
    "secret",
    "equals",
    "path",
    "name",
)
_OUTPUT = ("type", "default", "optional")
_ENDPOINT = ("endpoint", "path", "format", "strict_format", "used_by")


class CannotFreeze(Exception):
    """The lock cannot be read or written; the message says what to do."""


def freeze(folder: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Write the contract of the configuration in ``folder``.

    Raises ConfigError where it has errors, and CannotFreeze where the file cannot be
    written.
    """
    side = read_side(folder, str(folder), os.environ if environ is None else environ)
    contract = {
        "version": VERSION,
        "caller": side.root.caller,
        "endpoints": [_frozen(endpoint.entry) for endpoint in side.endpoints],
    }
    file = folder / LOCK
    text = json.dumps(contract, ensure_ascii=False, indent=1) + "\n"
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise CannotFreeze(f"{file} cannot be written: {error.strerror}") from None
    return file


def examine_frozen(
    folder: str | Path, *, environ: Mapping[str, str] | None = None
) -> tuple[Configuration | None, tuple[Problem, ...]]:
    """Do the same as the loader's ``examine``; breaking the contract is an error
    too."""
    configuration, problems = examine(folder, environ=environ)
    if configuration is None or not (Path(folder) / LOCK).is_file():
        return configuration, problems
    variables = os.environ if environ is None else environ
    broken = tuple(_problems(Path(folder), variables))
    return (None if broken else configuration), (*problems, *broken)


def load_frozen(
    folder: str | Path, *, environ: Mapping[str, str] | None = None
) -> Configuration:
    """Do the same as the loader's ``load``. Raises ConfigError for a broken
    contract."""
    configuration, problems = examine_frozen(folder, environ=environ)
    if configuration is None:
        raise ConfigError(problems)
    return configuration


def _problems(folder: Path, environ: Mapping[str, str]) -> Iterator[Problem]:
    try:
        old = read_lock(folder / LOCK)
    except CannotFreeze as error:
        yield Problem(str(error), file=str(folder / LOCK), line=1, column=1)
        return
    for change in compare(old, contract_of(read_side(folder, str(folder), environ))):
        if change.verdict == BREAKS:
            yield _problem(change)


def contract_of(side: Side) -> Side:
    """Return a side with only what a lock holds, each thing in its place."""
    endpoints = tuple(
        SideEndpoint(_thawed(_frozen(endpoint.entry)), endpoint.place)
        for endpoint in side.endpoints
    )
    return Side(RootEntry(caller=side.root.caller), side.place, endpoints, {})


def _problem(change: Change) -> Problem:
    whose = f"{change.endpoint}: " if change.endpoint else ""
    name = "" if change.name == change.endpoint else f"{change.name}: "
    users = f"; it hits {', '.join(change.used_by)}" if change.used_by else ""
    message = (
        f"{whose}{name}{change.change}, and the contract is frozen{users}; undo it, or "
        "freeze anew: ivrhooks freeze"
    )
    return Problem(message, file=change.file, line=change.line, column=1)


def read_lock(file: Path) -> Side:
    """Return the frozen contract as a side of a comparison. Raises CannotFreeze."""
    try:
        raw = json.loads(file.read_text("utf-8"))
        version = raw["version"]
        entries = [_thawed(entry) for entry in raw["endpoints"]]
        caller = str(raw["caller"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CannotFreeze(
            f"{file.name} cannot be read; freeze anew: ivrhooks freeze"
        ) from None
    if version != VERSION:
        raise CannotFreeze(
            f"{file.name} was written by another version of ivrhooks; freeze anew: "
            "ivrhooks freeze"
        )
    place = Place(str(file), Document(str(file), Node(value={}, line=1, column=1)))
    endpoints = tuple(SideEndpoint(entry, place) for entry in entries)
    return Side(RootEntry(caller=caller), place, endpoints, {})


def _frozen(entry: EndpointEntry) -> dict[str, Any]:
    return {
        **{key: written(getattr(entry, key)) for key in _ENDPOINT},
        "headers": {
            n: _frozen_keys(header, _PARAMETER) for n, header in entry.headers.items()
        },
        "inputs": {
            n: _frozen_keys(parameter_entry, _PARAMETER)
            for n, parameter_entry in entry.inputs.items()
        },
        "outputs": {
            n: _frozen_keys(output, _OUTPUT) for n, output in entry.outputs.items()
        },
    }


def _frozen_keys(entry: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    values = {key: getattr(entry, key, None) for key in keys}
    return {
        key: agreed_text(value) if key == "equals" else written(value)
        for key, value in values.items()
        if value is not None and value is not Absent
    }


def agreed_text(value: Any) -> Any:
    """Return an agreed value as the lock may hold it: ``${NAME}``, else a hash."""
    if isinstance(value, Interpolated):
        return value.written
    text = json.dumps(written(value), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16]


def _thawed(raw: Mapping[str, Any]) -> EndpointEntry:
    return EndpointEntry(
        endpoint=str(raw["endpoint"]),
        path=str(raw["path"]),
        format=str(raw["format"]),
        strict_format=bool(raw["strict_format"]),
        used_by=tuple(raw["used_by"]),
        headers={n: ParameterEntry(**entry) for n, entry in raw["headers"].items()},
        inputs={n: ParameterEntry(**entry) for n, entry in raw["inputs"].items()},
        outputs={n: OutputEntry(**entry) for n, entry in raw["outputs"].items()},
    )
