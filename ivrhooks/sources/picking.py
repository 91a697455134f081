"""``pick:`` of a lookup: chooses one of several entries."""

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
    """Return the entry that ``pick`` chooses, from one or more.

    ``identity`` gives an entry's id as text; ``created`` gives its creation date, or
    None where it is unknown; ``risk`` gives 2 for a blacklisted entry, 1 for a VIP,
    else 0.
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
