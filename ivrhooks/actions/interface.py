"""What others know of the outbox without opening it: states, filters, summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

FILE = "outbox.db"

STATES = ("waiting", "delivering", "delivered", "dead", "dropped")
RETRIED = ("dead", "waiting", "dropped")
"""What people can have tried again."""
DROPPED = ("dead", "waiting")
"""What people can let go of."""

CONCURRENCY = 8
"""Actions of each source that a process delivers at once."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which actions are meant; "" and () leave it open."""

    state: str = ""
    source: str = ""
    ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What waits and what is dead, by source; ``oldest_s``: the age of the oldest that
    waits; ``delivered`` and ``retried`` since the outbox was made."""

    waiting: dict[str, int] = field(default_factory=dict)
    dead: dict[str, int] = field(default_factory=dict)
    oldest_s: dict[str, float] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    retried: dict[str, int] = field(default_factory=dict)

    @property
    def totals(self) -> dict[str, float]:
        """``waiting``, ``dead`` and ``oldest_s`` of all sources together."""
        return {
            "waiting": sum(self.waiting.values()),
            "dead": sum(self.dead.values()),
            "oldest_s": round(max(self.oldest_s.values(), default=0.0), 1),
        }


@dataclass(frozen=True, slots=True)
class Dead:
    """What is told of an action that is given up."""

    endpoint: str
    action: str
    source: str
    id: str
    error: str


def outbox_url(store: str, folder: Path) -> str:
    """``store:`` of the configuration, else a file in the data folder."""
    return store or f"sqlite:///{folder / FILE}"
