"""What a person can order: reload the configuration, empty a cache, close a breaker."""

from __future__ import annotations

from typing import Any

from ivrhooks.config.loader import examine
from ivrhooks.console.context import ConsoleContext, invalid
from ivrhooks.languages.catalogue import because


def reload(context: ConsoleContext) -> dict[str, Any]:
    """Return ``{"ok", "config", "problems"}`` and have all workers reload the
    configuration.

    Where it would be refused, ``ok`` is false and the last good one stays in use.
    """
    configuration, problems = examine(context.configuration().folder)
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    context.order("reload", "")
    return {
        "ok": configuration is not None,
        "config": (configuration or context.configuration()).fingerprint,
        "problems": errors,
    }


def purge_cache(context: ConsoleContext, source: str = "") -> dict[str, Any]:
    """Return ``{"ok", "sources"}`` and empty the caches of ``source`` in all workers
    and Redis.

    "" means all sources. Raises ConsoleError.
    """
    names = [source] if source else sorted(context.configuration().sources)
    if source:
        _check_source(context, source)
    context.order("purge", source)
    return {"ok": True, "sources": names}


def reset_breaker(context: ConsoleContext, source: str) -> dict[str, Any]:
    """Return ``{"ok", "source"}`` and close the breaker of ``source`` in all workers.

    Raises ConsoleError.
    """
    _check_source(context, source)
    context.order("reset", source)
    return {"ok": True, "source": source}


def _check_source(context: ConsoleContext, source: str) -> None:
    known = context.configuration().sources
    if source not in known:
        names = ", ".join(sorted(known)) or because("known_none")
        raise invalid(because("source_unknown_of", known=names))
