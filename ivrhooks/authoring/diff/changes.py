"""What one change of a configuration means for the IVR, and the verdict of all
changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Protocol

from ivrhooks.authoring.diff.sides import Place

BREAKS = "breaks"
MAY = "may_route_differently"
SAFE = "safe"

_ORDER = (SAFE, MAY, BREAKS)


@dataclass(frozen=True, slots=True)
class Affected:
    """An endpoint that a change reaches: the IVR variables that may get another value,
    the actions that may be written otherwise, and where it is used."""

    endpoint: str
    outputs: tuple[str, ...]
    actions: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()


class Reach(Protocol):
    """What the change of a key reaches."""

    def of(self, path: Sequence[str | int], *, breaks: bool) -> tuple[Affected, ...]:
        """``breaks``: a data request may be refused for it."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """``endpoint`` is None for a change of the root file; ``name``: the output,
    parameter, lookup, source or key; ``old`` and ``new`` as written, None for a secret
    and for what is not there; ``used_by``: of every endpoint that is affected; ``file``
    and ``line``: of the new side, of the old one where the thing is gone."""

    verdict: str
    endpoint: str | None
    name: str
    change: str
    old: Any = None
    new: Any = None
    used_by: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    affects: tuple[Affected, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """A place where changes are recorded: an endpoint or the root file, old and new.

    ``reach``: what a change here affects.
    """

    endpoint: str | None
    used_by: tuple[str, ...]
    old: Place
    new: Place
    reach: Reach

    def at(self, *steps: str | int) -> Scope:
        """Return the scope below a key."""
        old, new = self.old.at(*steps), self.new.at(*steps)
        return Scope(self.endpoint, self.used_by, old, new, self.reach)

    def within(self, old: Any, new: Any) -> Scope:
        """Return the scope of the first difference inside, as deep as possible."""
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            keys = [key for key in (*new, *old) if old.get(key) != new.get(key)]
            if keys:
                return self._inside(str(keys[0]), old.get(keys[0]), new.get(keys[0]))
        if isinstance(old, list) and isinstance(new, list):
            for index, (was, now) in enumerate(zip_longest(old, new)):
                has_line = now is not None or isinstance(was, (Mapping, list))
                if was != now and has_line:
                    return self._inside(index, was, now)
        return self

    def _inside(self, step: str | int, old: Any, new: Any) -> Scope:
        below = self.at(step)
        return below if old is None or new is None else below.within(old, new)

    def change(
        self, verdict: str, name: str, change: str, old: Any = None, new: Any = None
    ) -> Change:
        """Return a change here, on the old side where the new one has nothing."""
        is_gone = self.old.exists and not self.new.exists
        place = self.old if is_gone else self.new
        line = place.line if is_gone else self.new.line_beside(self.old)
        affects: tuple[Affected, ...] = ()
        if verdict != SAFE:
            affects = self.reach.of(self.new.path, breaks=verdict == BREAKS)
        users = dict.fromkeys(user for affected in affects for user in affected.used_by)
        return Change(
            verdict,
            self.endpoint,
            name,
            change,
            old,
            new,
            self.used_by or tuple(users),
            place.file,
            line,
            affects,
        )


def worst(changes: Iterable[Change]) -> str:
    """Return the verdict of all changes: ``safe`` where there is none."""
    return max((change.verdict for change in changes), key=_ORDER.index, default=SAFE)
