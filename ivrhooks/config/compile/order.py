"""The order in which lookups can run, and the circles in which none can."""

from __future__ import annotations

from collections.abc import Mapping, Set


def in_order(waits: Mapping[str, Set[str]]) -> tuple[tuple[str, ...], list[str]]:
    """Names so that each comes after those it waits for, then what is left: the
    lookups of a circle, or behind one."""
    done: list[str] = []
    left = [name for name in waits]
    while True:
        ready = [name for name in left if waits[name] <= set(done)]
        if not ready:
            return tuple(done), left
        done += ready
        left = [name for name in left if name not in ready]


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
