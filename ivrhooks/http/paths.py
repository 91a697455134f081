"""Finds the endpoint of a path: by one table lookup where it is written as in the
configuration, else by its segments.

A trailing slash and doubled slashes make no difference; there are no redirects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from ivrhooks.config.plan import segments_of
from ivrhooks.http.forms import decode_segment

Route = TypeVar("Route")
Segments = tuple[bytes, ...]


class PathTable(Generic[Route]):
    """The routes of one configuration by their paths."""

    __slots__ = ("_literal", "_targets", "_templates")

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self._targets: dict[bytes, Route] = {}
        self._literal: dict[Segments, Route] = {}
        self._templates: dict[int, list[tuple[Sequence[bytes | None], Route]]] = {}
        for path, route in routes.items():
            segments = tuple(segment.encode() for segment in path.split("/") if segment)
            names = segments_of(path)
            if not any(names):
                self._targets[path.encode()] = self._literal[segments] = route
                continue
            pattern = [
                None if name else segment
                for segment, name in zip(segments, names, strict=True)
            ]
            self._templates.setdefault(len(pattern), []).append((pattern, route))

    def match(self, target: bytes) -> Route | None:
        """Return the route of a path as it was received, with its escapes."""
        route = self._targets.get(target)
        if route is not None:
            return route
        segments = split_target(target)
        if b"%" in target:
            segments = tuple(map(unquote_to_bytes, segments))
        route = self._literal.get(segments)
        if route is not None or not self._templates:
            return route
        for pattern, target_route in self._templates.get(len(segments), ()):
            if all(
                known is None or known == segment
                for known, segment in zip(pattern, segments, strict=True)
            ):
                return target_route
        return None


def split_target(target: bytes) -> Segments:
    """Return the segments of a path as it was received, without empty ones."""
    return tuple(segment for segment in target.split(b"/") if segment)


def segment_values(names: Sequence[str | None], target: bytes) -> dict[str, str]:
    """Return the values of a path's segments by the names of the inputs, with percent
    escapes decoded once."""
    segments = split_target(target)
    return {
        name: decode_segment(segment)
        for name, segment in zip(names, segments, strict=False)
        if name is not None
    }
