"""What a person has the server do: read its configuration again, forget what is kept of
a source's answers, ask a source again whose breaker is open."""

from __future__ import annotations

from typing import Any

from ivrhooks.config.loader import examine
from ivrhooks.console.context import ConsoleContext, invalid
from ivrhooks.languages.catalogue import because


def reload(context: ConsoleContext) -> dict[str, Any]:
    """``{"ok", "config", "problems"}``: has all workers read the configuration again.
    Where it would be refused, ``ok`` is false, and the last good one answers on."""
    configuration, problems = examine(context.configuration().folder)
    errors = [str(one) for one in problems if one.severity == "error"]
    context.order("reload", "")
    return {
        "ok": configuration is not None,
        "config": (configuration or context.configuration()).fingerprint,
        "problems": errors,
    }


def purge_cache(context: ConsoleContext, source: str = "") -> dict[str, Any]:
    """``{"ok", "sources"}``: forgets what all workers, and Redis, keep of the answers
    of ``source``, "" of all sources. Raises ConsoleError."""
    names = [source] if source else sorted(context.configuration().sources)
    if source:
        _check_source(context, source)
    context.order("purge", source)
    return {"ok": True, "sources": names}


def reset_breaker(context: ConsoleContext, source: str) -> dict[str, Any]:
    """``{"ok", "source"}``: closes the breaker of ``source`` in all workers. Raises
    ConsoleError."""
    _check_source(context, source)
    context.order("reset", source)
    return {"ok": True, "source": source}


def _check_source(context: ConsoleContext, source: str) -> None:
    known = context.configuration().sources
    if source not in known:
        names = ", ".join(sorted(known)) or because("known_none")
        raise invalid(because("source_unknown_of", known=names))
