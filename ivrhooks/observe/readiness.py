"""Readiness: the state of a server, and whether it should receive requests.

The worst state among its workers counts. Answers continue whatever a source does, so a
failing source makes only the strict form unready.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivrhooks.config.plan import Configuration

_WORST = ("open", "half_open", "closed")

Snapshot = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """``state``: ok | down | unused; of the outbox the numbers of waiting and dead
    actions, and the age of the oldest waiting one in seconds."""

    state: str = "unused"
    waiting: int = 0
    dead: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """``strictly``: there is no problem at all; ``checks``: by name, as reported."""

    ready: bool
    strictly: bool
    config: str
    checks: Mapping[str, Any]

    def report(self, *, strict: bool) -> dict[str, Any]:
        """Return the body of ``/readyz``."""
        ready = self.strictly if strict else self.ready
        return {"ready": ready, "config": self.config, "checks": dict(self.checks)}


def readiness(
    configuration: Configuration,
    snapshots: Sequence[Snapshot],
    store: StoreHealth,
    *,
    ending: bool = False,
) -> Readiness:
    """Return the state of a server whose workers are ``snapshots``. ``ending``: the
    server is stopping."""
    refused = any(snapshot.get("problems") for snapshot in snapshots)
    sources = {
        name: _breaker(name, snapshots) for name in sorted(configuration.sources)
    }
    shared = _shared(snapshot.get("shares") for snapshot in snapshots)
    checks = {
        "configuration": "newer_refused" if refused else "ok",
        "store": store.state,
        "shared_cache": shared,
        "sources": sources,
        "outbox": {
            "waiting": store.waiting,
            "dead": store.dead,
            "oldest_s": store.oldest_s,
        },
    }
    down = store.state == "down"
    ready = not ending and not (down and configuration.has_actions)
    open_ = "open" in sources.values()
    trouble = refused or down or shared == "down" or open_ or store.dead > 0
    return Readiness(ready, ready and not trouble, configuration.fingerprint, checks)


def _breaker(source: str, snapshots: Iterable[Snapshot]) -> str:
    states = {(snapshot.get("breakers") or {}).get(source) for snapshot in snapshots}
    return next((state for state in _WORST if state in states), "closed")


def _shared(sharing: Iterable[bool | None]) -> str:
    """Return the state of Redis; None stands for a worker that shares nothing."""
    known = [state for state in sharing if state is not None]
    if not known:
        return "unused"
    return "ok" if all(known) else "down"
