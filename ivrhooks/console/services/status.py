"""The state of the server: sources, endpoints, workers, and a refused configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ivrhooks.config.plan import Configuration
from ivrhooks.console.context import ConsoleContext
from ivrhooks.observe.durations import percentile
from ivrhooks.observe.recent import WINDOWS
from ivrhooks.observe.totals import added_up

FEWEST = 20
"""The number of answers below which shares and percentiles mean nothing."""

LONGEST = "60"
"""The window of the figures outside ``recent``."""

_WORST = ("open", "half_open", "closed")


def status(context: ConsoleContext) -> dict[str, Any]:
    """Of all live workers of this server:

    - ``config``: fingerprint, loaded_at (ISO 8601), endpoints, caller, problems
      (warnings and notes);
    - ``banner``: None, or where a newer configuration is refused ``text``, ``still``
      (the fingerprint that is answered with) and ``problems`` (file:line:column first);
    - ``workers``: pid, fingerprint, loaded_at, in_flight, shares (whether Redis is
      there; None without ``shared_cache``);
    - ``sources``: name, kind, breaker (the worst state), breakers (workers by state),
      lookups, statuses, cache_share, failure (the last one: at, status, message; None),
      recent, p50_ms, p99_ms;
    - ``endpoints``: name, answers, statuses, degraded, defaulted, outputs (of each
      default: because of what, how often), recent, default_share, p50_ms, p99_ms;
    - ``recent`` of both: by the minutes of each window ``all``, ``failed``, ``share``
      (the failed among the good answers or lookups), p50_ms, p99_ms; the last three are
      None below FEWEST. ``default_share`` and percentiles are those of 60 minutes;
    - ``journal``: rows, bytes, oldest, dropped, and its bounds: most_rows,
      keep_s; ``refused``: by code; ``tests``.
    """
    configuration = context.configuration()
    snapshots = context.workers()
    counts = added_up(snapshots)
    return {
        "config": _config(configuration, snapshots),
        "banner": banner(context),
        "workers": [_worker(snapshot) for snapshot in snapshots],
        "sources": [
            _source(name, settings.kind, counts)
            for name, settings in configuration.sources.items()
        ],
        "endpoints": [
            _endpoint(plan.endpoint, counts) for plan in configuration.plans.values()
        ],
        "journal": {
            **_journal(context),
            "dropped": counts["dropped"],
            "most_rows": configuration.journal.max_entries,
            "keep_s": configuration.journal.keep,
        },
        "refused": counts["refused"],
        "tests": counts["tests"],
        "in_flight": counts["in_flight"],
    }


def banner(context: ConsoleContext) -> dict[str, Any] | None:
    """Return what every page says while a worker has refused a newer configuration."""
    for worker in context.workers():
        problems = list(worker.get("problems") or ())
        if problems:
            still = worker["config"]["fingerprint"]
            text = (
                f"The new configuration is refused: {problems[0]}. "
                f"The server is still answering with {still}."
            )
            return {"text": text, "still": still, "problems": problems}
    return None


def _config(
    configuration: Configuration, snapshots: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    loaded = [
        snapshot["config"]["loaded_at"]
        for snapshot in snapshots
        if snapshot.get("config")
    ]
    return {
        "fingerprint": configuration.fingerprint,
        "loaded_at": loaded[0] if loaded else "",
        "endpoints": len(configuration.plans),
        "caller": configuration.caller,
        "folder": configuration.folder,
        "problems": [str(problem) for problem in configuration.problems],
    }


def _worker(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "pid": entry["pid"],
        "fingerprint": entry["config"]["fingerprint"],
        "loaded_at": entry["config"]["loaded_at"],
        "in_flight": entry["in_flight"],
        "shares": entry.get("shares"),
    }


def _source(name: str, kind: str, counts: Mapping[str, Any]) -> dict[str, Any]:
    states = counts["breakers"].get(name, {})
    statuses = counts["lookups"].get(name, {})
    total = sum(statuses.values())
    recent = _recent(name, counts["recent_lookups"])
    return {
        "name": name,
        "kind": kind,
        "breaker": next((state for state in _WORST if state in states), "closed"),
        "breakers": states,
        "lookups": total,
        "statuses": statuses,
        "cache_share": _share(counts["cached"].get(name, 0), total),
        "failure": _failure(counts["failures"].get(name)),
        "recent": recent,
        "p50_ms": recent[LONGEST]["p50_ms"],
        "p99_ms": recent[LONGEST]["p99_ms"],
    }


def _failure(last: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if last is None:
        return None
    at = datetime.fromtimestamp(last["at"], UTC)
    return {**last, "at": at.isoformat(timespec="seconds")}


def _endpoint(name: str, counts: Mapping[str, Any]) -> dict[str, Any]:
    statuses = counts["answers"].get(name, {})
    recent = _recent(name, counts["recent"])
    return {
        "name": name,
        "answers": sum(statuses.values()),
        "statuses": statuses,
        "degraded": counts["degraded"].get(name, 0),
        "defaulted": counts["defaulted"].get(name, 0),
        "outputs": counts["defaults"].get(name, {}),
        "recent": recent,
        "default_share": recent[LONGEST]["share"],
        "p50_ms": recent[LONGEST]["p50_ms"],
        "p99_ms": recent[LONGEST]["p99_ms"],
    }


def _recent(name: str, windows: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the figures of each window; few answers give counts only."""
    return {
        minutes: _figures(windows.get(minutes, {}).get(name, {})) for minutes in WINDOWS
    }


def _figures(counted: Mapping[str, Any]) -> dict[str, Any]:
    good, failed = counted.get("good", 0), counted.get("failed", 0)
    took = counted.get("took", {}) if counted.get("all", 0) >= FEWEST else {}
    return {
        "all": counted.get("all", 0),
        "failed": failed,
        "share": _share(failed, good) if good >= FEWEST else None,
        "p50_ms": _milliseconds(percentile(took, 0.5)),
        "p99_ms": _milliseconds(percentile(took, 0.99)),
    }


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _journal(context: ConsoleContext) -> dict[str, Any]:
    journal = context.journal()
    if journal is None:
        return {"rows": 0, "bytes": 0, "oldest": None, "unreadable": 0}
    from sqlalchemy.exc import SQLAlchemyError  # already imported by the journal

    try:
        return journal.size()
    except (SQLAlchemyError, OSError):
        return {"rows": None, "bytes": None, "oldest": None, "unreadable": None}
