"""What other packages know of the outbox without opening it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

FILE = "outbox.db"

STATES = ("waiting", "delivering", "delivered", "dead", "dropped")
RETRIED = ("dead", "waiting", "dropped")
"""The states from which people can retry an action."""
DROPPED = ("dead", "waiting")
"""The states from which people can drop an action."""

CONCURRENCY = 8
"""How many actions of each source one process delivers at once."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of actions; "" and () match everything."""

    state: str = ""
    source: str = ""
    ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Waiting and dead actions by source.

    ``oldest_s``: the age of the oldest waiting one; ``delivered`` and ``retried``:
    since the outbox was created.
    """

    waiting: dict[str, int] = field(default_factory=dict)
    dead: dict[str, int] = field(default_factory=dict)
    oldest_s: dict[str, float] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    retried: dict[str, int] = field(default_factory=dict)

    @property
    def totals(self) -> dict[str, float]:
        """Return ``waiting``, ``dead`` and ``oldest_s`` of all sources together."""
        return {
            "waiting": sum(self.waiting.values()),
            "dead": sum(self.dead.values()),
            "oldest_s": round(max(self.oldest_s.values(), default=0.0), 1),
        }


@dataclass(frozen=True, slots=True)
class DeadAction:
    """What is reported of an action that was given up."""

    endpoint: str
    action: str
    source: str
    id: str
    error: str


def outbox_url(store: str, folder: Path) -> str:
    """Return ``store:`` of the configuration, else a file in the data folder."""
    return store or f"sqlite:///{folder / FILE}"
