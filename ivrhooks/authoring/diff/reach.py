"""Finds the endpoints and outputs that a change affects.

An output reads lookups, a lookup reads sources, and a source or calendar reads a file.
A change affects everything that leads to it along these edges, on either side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateError

from ivrhooks.authoring.diff.changes import Affected
from ivrhooks.authoring.diff.sides import SideEndpoint, data_files, written
from ivrhooks.config.compile.system_api import NAME
from ivrhooks.config.schema.root import RootEntry
from ivrhooks.config.templates.compile import is_template
from ivrhooks.config.templates.paths import plain_path, step, walk

Element = tuple[str, str]
"""What can change, as kind and name: ``("lookup", "customer")``."""

_CLOCK: Element = ("key", "timezone")
_SHARED_CACHE: Element = ("key", "shared_cache")
_REGION: Element = ("key", "region")
_CALENDAR_FILTERS = frozenset({"in_hours", "opens_at", "closes_at"})
_BY_KIND = {"calendars": "calendar", "sources": "source", "files": "file"}
_OF_ENDPOINT = {"lookups": "lookup", "inputs": "input", "headers": "header"}
_OVERRIDDEN = frozenset({"deadline", "mode"})
_PARTLY = frozenset({"deadline", "region", "timezone", "store", "shared_cache"})


Reads = Mapping[Element, set[Element]]
"""What each element reads."""


def root_reads(root: RootEntry) -> Reads:
    """Return what the sources and calendars of a root file read."""
    reads: defaultdict[Element, set[Element]] = defaultdict(set)
    for name, source in root.sources.items():
        entry = written(source)
        own = reads["source", name]
        own |= {("file", file) for file in data_files(entry)}
        own |= {
            element
            for element in _elements_read(entry)
            if element[0] in ("calendar", "key")
        }
        own |= {_REGION} if entry.get("kind") == "table" else set()
        own |= {_CLOCK} if entry.get("sign") else set()
        own |= {_SHARED_CACHE} if entry.get("cache") else set()
    for name, calendar in written(root.calendars).items():
        own = reads["calendar", name]
        own |= {("file", file) for file in data_files(calendar)}
        if not isinstance(calendar, Mapping) or "timezone" not in calendar:
            own.add(_CLOCK)
        reads["calendar", "*"].add(("calendar", name))
    return reads


class _Graph:
    """What each element of one endpoint and of its root file reads."""

    def __init__(self, root: Reads, endpoint: SideEndpoint) -> None:
        self._root = root
        self._reads: defaultdict[Element, set[Element]] = defaultdict(set)
        entry = endpoint.entry
        own = () if entry.deadline is not None else (("key", "deadline"),)
        for name, lookup in entry.lookups.items():
            self._add_reads(("lookup", name), lookup, own)
            if entry.endpoint == NAME:
                self._reads["lookup", name].add(("input", "tel"))
            if lookup.cache is not None:
                self._reads["lookup", name].add(_SHARED_CACHE)
        for name, action in entry.actions.items():
            self._add_reads(("action", name), action, own)
            id_of = self._reads["id", name]
            id_of |= {*_elements_read(written(action)), ("key", "store"), *own}
        for name, output in entry.outputs.items():
            self._reads["output", name] |= set(_elements_read(output.value))
        for name, parameter_entry in entry.inputs.items():
            if parameter_entry.format == "phone":
                self._reads["input", name].add(_REGION)

    def _add_reads(self, element: Element, entry: Any, own: Iterable[Element]) -> None:
        sources = entry.source if isinstance(entry.source, list) else [entry.source]
        called = {("source", str(written(source))) for source in sources}
        self._reads[element] |= {*_elements_read(written(entry)), *called, *own}

    def leads(self, start: Element, goal: Element) -> bool:
        """Return whether ``start`` is ``goal``, or reads it directly or indirectly."""
        visited, waiting = {start}, [start]
        while waiting:
            element = waiting.pop()
            if element == goal or (element[1] == "*" and element[0] == goal[0]):
                return True
            for next_element in (
                self._reads.get(element) or self._root.get(element) or ()
            ):
                if next_element not in visited:
                    visited.add(next_element)
                    waiting.append(next_element)
        return False


@dataclass(frozen=True)
class EndpointReach:
    """What a change affects in one endpoint, on both sides."""

    old: tuple[Reads, SideEndpoint]
    new: tuple[Reads, SideEndpoint]

    @cached_property
    def _graphs(self) -> tuple[_Graph, ...]:
        return (_Graph(*self.old), _Graph(*self.new))

    def of(
        self, path: Sequence[str | int], *, breaks: bool = False
    ) -> tuple[Affected, ...]:
        """Return the endpoint itself. ``path`` counts from the top of its file."""
        place = self.new[1].place.path
        own = path[len(place) :] if tuple(path[: len(place)]) == place else path
        key, name = str(own[0]) if own else "", str(own[1]) if len(own) > 1 else ""
        if key == "outputs" and name:
            return (self._affected((name,), ()),)
        if key == "actions" and name:
            outputs = self._leading("output", ("id", name))
            return (self._affected(outputs, (name,)),)
        if key in _OF_ENDPOINT and name and not breaks:
            element = (_OF_ENDPOINT[key], name.lower() if key == "headers" else name)
            return (self.reading(element),)
        return (self.whole(),)

    def whole(self) -> Affected:
        """Return everything of it."""
        entry = self.new[1].entry
        return self._affected(tuple(entry.outputs), tuple(entry.actions))

    def reading(self, element: Element) -> Affected:
        """Return what of it leads to an element."""
        return self._affected(
            self._leading("output", element), self._leading("action", element)
        )

    def overrides(self, key: str) -> bool:
        """Return whether it has a key of the root itself, on both sides."""
        entries = (self.old[1].entry, self.new[1].entry)
        return all(getattr(entry, key, None) is not None for entry in entries)

    def _leading(self, kind: str, element: Element) -> tuple[str, ...]:
        entry = self.new[1].entry
        names = entry.outputs if kind == "output" else entry.actions
        return tuple(
            name
            for name in names
            if any(graph.leads((kind, name), element) for graph in self._graphs)
        )

    def _affected(self, outputs: tuple[str, ...], actions: tuple[str, ...]) -> Affected:
        entry = self.new[1].entry
        used_by = tuple(entry.used_by or self.old[1].entry.used_by)
        return Affected(entry.endpoint, outputs, actions, used_by)


@dataclass(frozen=True)
class RootReach:
    """What a change of the root file affects in the endpoints of both sides."""

    endpoints: tuple[EndpointReach, ...]

    def of(
        self, path: Sequence[str | int], *, breaks: bool = False
    ) -> tuple[Affected, ...]:
        """Return each endpoint of which something leads to ``path``."""
        key = str(path[0]) if path else ""
        reached = tuple(self._each(key, str(path[1]) if len(path) > 1 else ""))
        return tuple(
            affected for affected in reached if affected.outputs or affected.actions
        )

    def _each(self, key: str, name: str) -> Iterator[Affected]:
        for reach in self.endpoints:
            if key in _OVERRIDDEN and reach.overrides(key):
                continue
            if key in _BY_KIND:
                yield reach.reading((_BY_KIND[key], name))
            elif key in _PARTLY:
                yield reach.reading(("key", key))
            else:
                yield reach.whole()


def _elements_read(value: Any) -> Iterator[Element]:
    """Yield what the templates in a value read."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _elements_read(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _elements_read(item)
    elif isinstance(value, str) and is_template(value):
        try:
            tree = Environment(autoescape=True).parse(value)
        except TemplateError:
            return
        walked = list(walk(tree))
        stepped = {id(node.node) for node in walked if _has_key(node)}
        for node in walked:
            yield from _elements_at(node, stepped)


def _has_key(node: nodes.Node) -> TypeGuard[nodes.Getattr | nodes.Getitem]:
    return isinstance(node, (nodes.Getattr, nodes.Getitem)) and step(node) is not None


def _elements_at(node: nodes.Node, stepped: Set[int]) -> Iterator[Element]:
    path = plain_path(node)
    if path is not None and (len(path) > 1 or id(node) not in stepped):
        yield _at_path(path)
    if isinstance(node, nodes.Filter):
        yield from _of_filter(node)


_ROOTS = {"inputs": "input", "headers": "header", "lookups": "lookup", "actions": "id"}


def _at_path(path: Sequence[str | int]) -> Element:
    root = str(path[0])
    if root == "now":
        return _CLOCK
    if root in _ROOTS:
        name = str(path[1]) if len(path) > 1 else "*"
        return _ROOTS[root], name.lower() if root == "headers" else name
    return "lookup", root


def _of_filter(node: nodes.Filter) -> Iterator[Element]:
    if node.name == "phone":
        yield _REGION
    elif node.name == "to_datetime":
        yield _CLOCK
    elif node.name in _CALENDAR_FILTERS:
        calendar = node.args[0] if node.args else node.node
        name = calendar.value if isinstance(calendar, nodes.Const) else "*"
        yield "calendar", str(name)
        yield _CLOCK
