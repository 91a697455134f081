"""The shape of JSON answers: fields and their types; and how two shapes differ.

No values are stored, so a difference reveals nothing about people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

Path = tuple[str, ...]
ITEM = "[]"
DIFFERS, NOTE = "differs", "note"
_NEAR = 0.8  # of two names that are probably meant to be one
MAX_PATHS = 5000


@dataclass(slots=True)
class Shape:
    """What several answers have in common.

    ``types``: by path; ``occurrences``: in how many objects a field occurred;
    ``objects``: how many objects there were at a path; ``without``: names of fields
    that are skipped.
    """

    without: frozenset[str] = frozenset()

    types: dict[Path, set[str]] = field(default_factory=dict)
    occurrences: dict[Path, int] = field(default_factory=dict)
    objects: dict[Path, int] = field(default_factory=dict)

    def add(self, value: Any, path: Path = ()) -> None:
        """Add one more answer."""
        if path not in self.types and len(self.types) >= MAX_PATHS:
            return
        self.types.setdefault(path, set()).add(type_of(value))
        if isinstance(value, Mapping):
            self.objects[path] = self.objects.get(path, 0) + 1
            for name, item in value.items():
                if name in self.without:
                    continue
                below = (*path, str(name))
                self.occurrences[below] = self.occurrences.get(below, 0) + 1
                self.add(item, below)
        elif isinstance(value, list):
            for item in value:
                self.add(item, (*path, ITEM))

    def always(self, path: Path) -> bool:
        """Return whether a field was in every object that could have it."""
        return self.occurrences.get(path, 0) == self.objects.get(path[:-1], 0)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the two. ``level``: differs | note."""

    level: str
    path: str
    real: str
    sandbox: str


def type_of(value: Any) -> str:
    """Return the JSON type of a value; integers and other numbers are two types."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    names = {int: "int", float: "float", str: "string", list: "list"}
    return names.get(type(value), "object")


def differences(
    real: Shape, sandbox: Shape, described: Collection[str], *, free: bool
) -> Iterator[Difference]:
    """Yield the differences.

    ``described``: the dotted names of the operation's fields; ``free``: the account has
    other fields too.
    """
    for path in sorted({*real.types, *sandbox.types}):
        if path[:-1] not in real.types or path[:-1] not in sandbox.types:
            continue  # reported at the field that contains it
        if path in real.types and path in sandbox.types:
            yield from _other_types(real, sandbox, path)
        elif ITEM in path[-1:]:
            continue  # a list that is empty on one side
        elif path in real.types:
            yield _only_real(real, path, described, free=free)
        elif real.objects.get(path[:-1]):
            yield _only_sandbox(sandbox, path)


def _other_types(real: Shape, sandbox: Shape, path: Path) -> Iterator[Difference]:
    other = real.types[path] - sandbox.types[path]
    if other:
        # null is "no value", as a field that is not there
        level = NOTE if other == {"null"} else DIFFERS
        both = _types(real, path), _types(sandbox, path)
        yield Difference(level, shown(path), *both)


def _only_real(
    real: Shape, path: Path, described: Collection[str], *, free: bool
) -> Difference:
    names = [name for name in path if name != ITEM]
    ends = {".".join(names[start:]) for start in range(len(names))}
    known = not ends.isdisjoint(described)
    siblings = {_plain(field_name.rpartition(".")[2]) for field_name in described}
    slip = not known and get_close_matches(_plain(path[-1]), siblings, 1, _NEAR)
    level = NOTE if known or (free and not slip) else DIFFERS
    return Difference(level, shown(path), _types(real, path), "not there")


def _plain(name: str) -> str:
    """Return a name in a form in which ``is_vip`` and ``isVip`` are equal."""
    return name.replace("_", "").lower()


def _only_sandbox(sandbox: Shape, path: Path) -> Difference:
    level = DIFFERS if sandbox.always(path) else NOTE
    return Difference(level, shown(path), "not there", _types(sandbox, path))


def _types(shape: Shape, path: Path) -> str:
    return " or ".join(sorted(shape.types[path]))


def shown(path: Path) -> str:
    """Return a path as text: ``data.items[].name``."""
    return ".".join(path).replace(f".{ITEM}", ITEM) or "the whole"
