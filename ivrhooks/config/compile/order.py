"""The order in which lookups can run, and the circles in which none can."""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter


def in_order(waits: Mapping[str, Set[str]]) -> tuple[tuple[str, ...], list[str]]:
    """Names so that each comes after those it waits for, those that can run together
    in the file's order; then what is left: the lookups of a circle, or behind one."""
    sorter = TopologicalSorter(waits)
    with suppress(CycleError):  # what does not wait for the circle still comes
        sorter.prepare()
    places = {name: place for place, name in enumerate(waits)}
    done: list[str] = []
    while ready := sorter.get_ready():
        done += sorted(ready, key=places.__getitem__)
        sorter.done(*ready)
    return tuple(done), [name for name in waits if name not in done]


def circle(name: str, waits: Mapping[str, Set[str]]) -> list[str] | None:
    """The shortest way from a lookup back to itself, if there is one."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for following in sorted(waits.get(way[-1], ())):
            if following == name:
                return [*way, name]
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return None
