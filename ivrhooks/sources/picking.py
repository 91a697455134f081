"""``pick:`` of a lookup: which of several entries a call is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]


def pick_entry(
    entries: Sequence[Entry],
    pick: str | None,
    *,
    identity: Callable[[Entry], str],
    created: Callable[[Entry], float | None],
    risk: Callable[[Entry], int],
) -> Entry:
    """The entry that ``pick`` names, of one or more.

    ``identity``: an entry's id as text; ``created``: when it came to be, None where
    nobody says; ``risk``: 2 for a blacklisted one, 1 for a VIP, else 0.
    """
    if pick == "first":
        return entries[0]
    if pick == "newest":
        return max(entries, key=lambda entry: _age(entry, identity, created))
    return min(entries, key=lambda entry: (-risk(entry), identity(entry)))


def _age(
    entry: Entry,
    identity: Callable[[Entry], str],
    created: Callable[[Entry], float | None],
) -> tuple[bool, float, str]:
    moment = created(entry)
    return (moment is not None, moment or 0.0, identity(entry))
