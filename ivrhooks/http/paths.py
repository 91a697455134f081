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
            pieces = tuple(piece.encode() for piece in path.split("/") if piece)
            names = segments_of(path)
            if not any(names):
                self._targets[path.encode()] = self._literal[pieces] = route
                continue
            pattern = [
                None if name else piece
                for piece, name in zip(pieces, names, strict=True)
            ]
            self._templates.setdefault(len(pattern), []).append((pattern, route))

    def match(self, target: bytes) -> Route | None:
        """Return the route of a path as it was received, with its escapes."""
        route = self._targets.get(target)
        if route is not None:
            return route
        pieces = split_target(target)
        if b"%" in target:
            pieces = tuple(map(unquote_to_bytes, pieces))
        route = self._literal.get(pieces)
        if route is not None or not self._templates:
            return route
        for pattern, found in self._templates.get(len(pieces), ()):
            if all(
                known is None or known == piece
                for known, piece in zip(pattern, pieces, strict=True)
            ):
                return found
        return None


def split_target(target: bytes) -> Segments:
    """Return the segments of a path as it was received, without empty ones."""
    return tuple(piece for piece in target.split(b"/") if piece)


def segment_values(names: Sequence[str | None], target: bytes) -> dict[str, str]:
    """Return the values of a path's segments by the names of the inputs, with percent
    escapes decoded once."""
    pieces = split_target(target)
    return {
        name: decode_segment(piece)
        for name, piece in zip(names, pieces, strict=False)
        if name is not None
    }
