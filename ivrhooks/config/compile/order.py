"""Puts the lookups of an endpoint in the order in which they can run."""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from ivrhooks.config.reading.report import Location


def lookup_order(waits: Mapping[str, Set[str]], location: Location) -> tuple[str, ...]:
    """Return the lookups so that each comes after those it waits for. Cycles are
    reported at ``location``, the place of all lookups."""
    order, left = in_order(waits)
    reported: set[str] = set()
    for name in left:
        way = cycle(name, waits)
        if way is None or name in reported:
            continue
        reported.update(way)
        location.at(name).error(
            f"lookups wait for each other in a circle: {' → '.join(way)}; take "
            "one of these names out of a template",
            key=True,
        )
    return (*order, *left)


def in_order(waits: Mapping[str, Set[str]]) -> tuple[tuple[str, ...], list[str]]:
    """Return a topological order and the names that have no place in it.

    Names that can run together keep the file's order. The names without a place are
    part of a cycle, or wait for one.
    """
    sorter = TopologicalSorter(waits)
    with suppress(CycleError):  # what does not wait for the cycle is still put in order
        sorter.prepare()
    places = {name: place for place, name in enumerate(waits)}
    done: list[str] = []
    while ready := sorter.get_ready():
        done += sorted(ready, key=places.__getitem__)
        sorter.done(*ready)
    return tuple(done), [name for name in waits if name not in done]


def cycle(name: str, waits: Mapping[str, Set[str]]) -> list[str] | None:
    """Return the shortest cycle that leads from a lookup back to itself, or None."""
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
