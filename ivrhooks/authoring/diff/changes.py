"""What one change of a configuration means for the IVR, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ivrhooks.authoring.diff.sides import Place

BREAKS = "breaks"
MAY = "may_route_differently"
SAFE = "safe"

_ORDER = (SAFE, MAY, BREAKS)


@dataclass(frozen=True, slots=True)
class Change:
    """``endpoint`` is None for a change of the root file; ``name``: the output,
    parameter, lookup, source or key; ``old`` and ``new`` as written, None for a secret
    and for what is not there; ``file`` and ``line``: of the new side, of the old one
    where the thing is gone."""

    verdict: str
    endpoint: str | None
    name: str
    change: str
    old: Any = None
    new: Any = None
    used_by: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Where changes are noted: an endpoint or the root file, old and new."""

    endpoint: str | None
    used_by: tuple[str, ...]
    old: Place
    new: Place

    def at(self, *steps: str | int) -> Scope:
        """The same below a key."""
        return Scope(
            self.endpoint, self.used_by, self.old.at(*steps), self.new.at(*steps)
        )

    def change(
        self,
        verdict: str,
        name: str,
        change: str,
        old: Any = None,
        new: Any = None,
        *,
        gone: bool = False,
    ) -> Change:
        """A change here. ``gone``: it stands on the old side alone."""
        place = self.old if gone else self.new
        return Change(
            verdict,
            self.endpoint,
            name,
            change,
            old,
            new,
            self.used_by,
            place.file,
            place.line,
        )


def worst(changes: Iterable[Change]) -> str:
    """The verdict of all of them: ``safe`` where there is none."""
    return max((one.verdict for one in changes), key=_ORDER.index, default=SAFE)
