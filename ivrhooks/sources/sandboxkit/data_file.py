"""The sandbox's data: each system's shipped records, or those of a file."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

Documents = dict[str, list[Mapping[str, Any]]]
"""The documents of one system, by the name of their collection."""

MAX_DEPTH = 40


class DataError(Exception):
    """The data file cannot be used; says where and what to write."""


@dataclass(frozen=True, slots=True)
class SandboxData:
    """The content of a data file. ``systems`` has an entry for each system it
    replaces."""

    systems: Mapping[str, Documents] = field(default_factory=dict)
    credentials: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict, repr=False
    )


def read_data_file(
    path: str | Path, collections: Mapping[str, Iterable[str]]
) -> SandboxData:
    """Read ``--data FILE``. ``collections``: the names that each system knows.

    Raises DataError with the file and the place in it.
    """
    path = Path(path)
    whole = _mapping(read_tree(path), str(path))
    systems: dict[str, Documents] = {}
    _check_names(whole, ["credentials", *collections], f"{path}: section")
    for system, names in collections.items():
        section = whole.get(system)
        if section:
            systems[system] = documents(section, names, f"{path}: {system}")
    texts = _mapping(whole.get("credentials") or {}, f"{path}: credentials")
    _check_names(texts, list(collections), f"{path}: credentials of")
    credentials = {
        system: _texts(value, f"{path}: credentials.{system}")
        for system, value in texts.items()
        if value
    }
    return SandboxData(systems, credentials)


def documents(section: Any, names: Iterable[str], place: str) -> Documents:
    """Return one system's section, checked: lists of mappings under known names."""
    known = list(names)
    section = _mapping(section, place)
    _check_names(section, known, f"{place}:")
    collections: Documents = {}
    for name, entries in section.items():
        if not isinstance(entries, list):
            raise DataError(f"{place}.{name}: write a list of records")
        for number, entry in enumerate(entries):
            _mapping(entry, f"{place}.{name}[{number}]")
        collections[name] = entries
    return collections


def check_keys(entries: Iterable[Mapping[str, Any]], key: str, place: str) -> None:
    """Refuse two records with the same key. Raises DataError."""
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        value = entry.get(key)
        if value is None:
            continue
        if str(value) in seen:
            raise DataError(f"{place}[{number}]: {key} {value!r} is there twice")
        seen.add(str(value))


def read_tree(path: Path) -> Any:
    """Return the plain values of a YAML or JSON file. Raises DataError.

    YAML 1.2. Dates, and numbers that JSON would write differently (``0901…``, ``+86…``,
    ``0.00``), stay text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: this is not UTF-8 text") from None
    try:
        if path.suffix.lower() == ".json":
            return json.loads(text)
        node = _compose(text)
        return None if node is None else _value(node, 0)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}:{error.colno}: {error.msg}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{mark.line + 1}:{mark.column + 1}: " if mark else " "
        raise DataError(f"{path}:{place}{error.problem or error.context}") from None
    except (YAMLError, RecursionError) as error:
        raise DataError(f"{path}: {' '.join(str(error).split())}") from None


def _compose(text: str) -> Any:
    """Return the root node.

    The C parser refuses a ``:`` in unquoted text in flow mappings, as in ``{at:
    2026-01-02T03:04:05Z}``, which YAML 1.2 allows. The slow parser then reads the file.
    """
    try:
        return YAML(typ="safe").compose(text)
    except MarkedYAMLError as error:
        if "unexpected ':'" not in str(error.problem):
            raise
        return YAML(typ="safe", pure=True).compose(text)


def _value(node: Node, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise YAMLError("nested too deep")
    if isinstance(node, MappingNode):
        fields: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in fields:
                line = key.start_mark.line + 1
                raise YAMLError(f"line {line}: {name!r} is there twice")
            fields[name] = _value(value, depth + 1)
        return fields
    if isinstance(node, SequenceNode):
        return [_value(item, depth + 1) for item in node.value]
    return _scalar(node)


def _scalar(node: Node) -> Any:
    text = str(node.value)
    kind = str(node.tag).rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind in ("int", "float"):
        try:
            number = json.loads(text)
        except ValueError:
            return text
        return number if json.dumps(number) == text else text
    return text


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DataError(f"{place}: write a mapping, name: value")
    return value


def _texts(value: Any, place: str) -> Mapping[str, str]:
    return {name: str(text) for name, text in _mapping(value, place).items()}


def _check_names(names: Iterable[str], known: list[str], place: str) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"use {', '.join(known)}"
            raise DataError(f"{place} {name!r} is not known; {hint}")
