"""One side of a comparison: a configuration as written, with the position of each key.

A side that does not load cannot be compared: ``read_side`` raises its problems. An
unset ``${NAME}`` gets a made-up text, so that a review needs no secrets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ivrhooks.basics.errors import ConfigError
from ivrhooks.config.compile.system_api import NAME, system_endpoint
from ivrhooks.config.loader import examine
from ivrhooks.config.reading.files import Folder
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.placeholder_environ import PlaceholderEnviron
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.report import Path as KeyPath
from ivrhooks.config.reading.yaml_reader import Node, plain
from ivrhooks.config.schema.declare import Absent, read, schema_of
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.root import RootEntry


@dataclass(frozen=True, slots=True)
class Place:
    """A file's name as it is printed, its tree, and a path in it."""

    file: str
    document: Document
    path: KeyPath = ()

    def at(self, *steps: str | int) -> Place:
        """Return the place below this one."""
        return Place(self.file, self.document, (*self.path, *steps))

    @property
    def line(self) -> int:
        """Return the line of the key, or of the nearest existing key above."""
        return self.document.place(self.path, key=True)[0]

    def line_beside(self, other: Place) -> int:
        """The line of the key; in a text of several lines that of the first one that
        differs from ``other``'s."""
        line = self.line
        if not (self._is_text() and other._is_text()):
            return line
        mine, theirs = self._lines()[line - 1 :], other._lines()[other.line - 1 :]
        for offset, (now, was) in enumerate(zip(mine, theirs, strict=False)):
            if offset and now.strip() and _indent(now) <= _indent(mine[0]):
                break
            if now != was:
                return line + offset
        return line

    @property
    def exists(self) -> bool:
        """Whether the file has something here."""
        return self._node() is not None

    def _is_text(self) -> bool:
        node = self._node()
        return node is not None and isinstance(node.value, str)

    def _node(self) -> Node | None:
        node: Node | None = self.document.root
        for step in self.path:
            node = node.below(step) if node is not None else None
        return node

    def _lines(self) -> list[str]:
        try:
            return Path(self.document.file).read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return []


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@dataclass(frozen=True, slots=True)
class Content:
    """A file beside the configuration, by its digest. ``path``: valid while the side is
    laid out."""

    digest: str
    path: Path

    def first_difference(self, other: Content) -> int:
        """Return the first line that differs from ``other``, or 1 where it is
        unknown."""
        try:
            with self.path.open("rb") as mine, other.path.open("rb") as theirs:
                for number, (now, was) in enumerate(zip_longest(mine, theirs), 1):
                    if now != was:
                        return number
        except OSError:
            pass
        return 1


@dataclass(frozen=True, slots=True)
class SideEndpoint:
    """An endpoint as written. The System API is the one named ``system``."""

    entry: EndpointEntry
    place: Place

    @property
    def path(self) -> str:
        """Its path without slashes that make no difference."""
        return "/" + "/".join(part for part in self.entry.path.split("/") if part)


@dataclass(frozen=True, slots=True)
class Side:
    """A whole configuration. ``files``: the files that sources and calendars read, by
    their name as written."""

    root: RootEntry
    place: Place
    endpoints: tuple[SideEndpoint, ...]
    files: Mapping[str, Content]


def read_side(folder: Path, label: str, environ: Mapping[str, str]) -> Side:
    """Return the configuration in ``folder``. Raises ConfigError with every problem.

    ``label`` replaces the folder in what is printed.
    """
    environ = PlaceholderEnviron(environ)
    configuration, problems = examine(folder, environ=environ)
    if configuration is None:
        raise ConfigError(problems)
    files = Folder(folder, Report(), environ)
    document = files.root()
    if document is None:
        raise ConfigError(files.report.problems())
    root = read(schema_of(RootEntry), plain(document.root))[0]
    place = Place(_printed_name(document, folder, label), document)
    endpoints = [*_system(root, place, files)]
    for file in files.endpoint_files(root.include, Location(files.report, document)):
        own = files.document(file)
        if own is not None:
            entry = read(schema_of(EndpointEntry), plain(own.root))[0]
            endpoints.append(
                SideEndpoint(entry, Place(_printed_name(own, folder, label), own))
            )
    return Side(root, place, tuple(endpoints), dict(_contents(root, folder)))


def written(value: Any) -> Any:
    """Return a value as plain JSON, as the file has it: never what was filled in."""
    if isinstance(value, Interpolated):
        return value.written
    if is_dataclass(value) and not isinstance(value, type):
        values = {field.name: getattr(value, field.name) for field in fields(value)}
        return {
            name.removesuffix("_"): written(item)
            for name, item in values.items()
            if item is not Absent
        }
    if isinstance(value, Mapping):
        return {str(written(key)): written(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [written(item) for item in value]
    return None if value is Absent else value


def _system(root: RootEntry, place: Place, files: Folder) -> Iterator[SideEndpoint]:
    if root.system_api is None:
        return
    at = Location(Report(), place.document)
    entry = system_endpoint(root.system_api, root.caller, {}, at)
    assert entry.endpoint == NAME  # noqa: S101 - the pairing by name relies on it
    yield SideEndpoint(entry, place.at("system_api"))


def _printed_name(document: Document, folder: Path, label: str) -> str:
    return f"{label}/{Path(document.file).relative_to(folder).as_posix()}"


def _contents(root: RootEntry, folder: Path) -> Iterator[tuple[str, Content]]:
    """Yield the files that are named under ``sources`` and ``calendars``."""
    for name in data_files([written(root.sources), written(root.calendars)]):
        if (folder / name).is_file():
            data = _significant(name, (folder / name).read_bytes())
            digest = hashlib.sha256(data).hexdigest()
            yield name, Content(digest, folder / name)


def _significant(name: str, data: bytes) -> bytes:
    """What a file says: in rows of CSV, blank lines and line ends are nothing."""
    if not name.lower().endswith(".csv") or b'"' in data:
        return data
    return b"\n".join(line for line in data.splitlines() if line.strip())


_FILES = ("file", "ca", "cert")


def data_files(value: Any) -> Iterator[str]:
    """The names of the files that are read beside the configuration, as written below
    a key: rows, holidays and certificates."""
    if isinstance(value, list):
        for item in value:
            yield from data_files(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key in _FILES and isinstance(item, str):
                yield item
            else:
                yield from data_files(item)
