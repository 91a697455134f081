"""The outbox for the console: what waits, what is dead and why, and changes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ivrhooks.actions.interface import DROPPED, RETRIED, STATES, Filter
from ivrhooks.actions.service import kinds_of_actions, secrets_of_actions
from ivrhooks.console.context import ConsoleContext, ConsoleError, invalid
from ivrhooks.languages.catalogue import because

if TYPE_CHECKING:
    from ivrhooks.actions.query import StoredActions

CHANGES = {"retry": RETRIED, "drop": DROPPED}
"""The possible changes, and the states in which each is possible."""

_KEYS = ("ids", "all", "state", "source")
_EMPTY = {"waiting": 0, "dead": 0, "oldest_s": 0.0}


def recent(
    context: ConsoleContext, *, state: str = "", source: str = "", limit: int = 100
) -> dict[str, Any]:
    """Return ``{"actions": [row, …], "waiting", "dead", "oldest_s"}``, newest first."""
    if state and state not in STATES:
        raise invalid(because("one_of_at", key="state", values=", ".join(STATES)))
    stored = context.outbox()
    if stored is None:
        return {"actions": [], **_EMPTY}
    rows = stored.recent(Filter(state, source), limit)
    return {"actions": rows, **stored.summary().totals}


def entry(
    context: ConsoleContext, action_id: str, *, show_personal: bool = False
) -> dict[str, Any]:
    """Return one action with its request, masked. Raises ConsoleError."""
    stored = context.outbox()
    configuration = context.configuration()
    action = None
    if stored is not None:
        action = stored.entry(
            action_id,
            kinds=kinds_of_actions(configuration),
            secrets=secrets_of_actions(configuration),
            personal=show_personal,
        )
    if action is None:
        raise ConsoleError(404, "not_found", because("action_gone"))
    return action


def count(context: ConsoleContext, chosen: Filter) -> int:
    """Return how many actions match."""
    stored = context.outbox()
    return 0 if stored is None else stored.count(chosen)


def change(context: ConsoleContext, what: str, chosen: Filter) -> dict[str, Any]:
    """Return ``{"changed": n, "missed": n}`` after the change of all that match."""
    stored = context.outbox()
    if stored is None:
        return {"changed": 0, "missed": len(chosen.ids)}
    done = _done(stored, what, chosen)
    return {"changed": done, "missed": max(0, len(chosen.ids) - done)}


def _done(stored: StoredActions, what: str, chosen: Filter) -> int:
    step = stored.retry if what == "retry" else stored.drop
    total, done = stored.count(chosen), 0
    while some := step(chosen):
        done += some
        if chosen.ids or done >= total:
            break
    return done


def read_filter(what: str, request: Any) -> Filter:
    """Return the filter of a request: ``{ids: […]}``, or ``{all: true, state,
    source?}``.

    Raises ConsoleError.
    """
    if not isinstance(request, Mapping):
        raise invalid(because("ids_object"))
    unknown = sorted(str(key) for key in request if key not in _KEYS)
    if unknown:
        key, known = repr(unknown[0]), ", ".join(_KEYS)
        raise invalid(because("key_unknown_here", key=key, known=known))
    ids = request.get("ids") or []
    if not isinstance(ids, list) or not all(
        isinstance(action_id, str) for action_id in ids
    ):
        raise invalid(because("ids_list"))
    state, source = request.get("state") or "", request.get("source") or ""
    if not isinstance(source, str):
        raise invalid(because("source_name"))
    if bool(ids) == (request.get("all") is True):
        raise invalid(because("ids_or_all"))
    if not ids and state not in CHANGES[what]:
        values = ", ".join(CHANGES[what])
        raise invalid(because("one_of_at", key="state", values=values))
    return Filter(str(state), source, tuple(ids))
